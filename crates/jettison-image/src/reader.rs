//! Reading a [`ReadAt`] from front to back.

use std::io::{self, Read, Seek, SeekFrom};

use crate::ReadAt;

/// A position in a [`ReadAt`]: gives it [`Read`] and [`Seek`].
///
/// Not buffered. The source ending before its [`ReadAt::len`] is an error, not an end: somebody cut
/// the file short while it was read.
#[derive(Debug, Clone)]
pub struct Reader<T> {
    source: T,
    position: u64,
}

impl<T: ReadAt> Reader<T> {
    /// A reader at the beginning.
    pub fn new(source: T) -> Self {
        Self { source, position: 0 }
    }

    /// Bytes from the beginning.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// What is read.
    pub fn source(&self) -> &T {
        &self.source
    }
}

impl<T: ReadAt> Read for Reader<T> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read_at(self.position, buf)?;
        if read == 0 && !buf.is_empty() && self.position < self.source.len() {
            let problem = format!(
                "the source ends at byte {} of {}: it was cut short while it was read",
                self.position,
                self.source.len()
            );
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, problem));
        }
        self.position += read as u64;
        Ok(read)
    }
}

impl<T: ReadAt> Seek for Reader<T> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
            SeekFrom::End(delta) => self.source.len().checked_add_signed(delta),
        };
        self.position = target.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "seek to before the beginning")
        })?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct CutShort;

    impl ReadAt for CutShort {
        fn len(&self) -> u64 {
            8
        }

        fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
            b"jett".to_vec().read_at(offset, buf)
        }
    }

    #[test]
    fn reads_and_seeks() {
        let mut reader = Reader::new(b"jettison".to_vec());
        let mut text = String::new();
        reader.seek(SeekFrom::End(-3)).expect("within");
        reader.read_to_string(&mut text).expect("memory reads");
        assert_eq!((text.as_str(), reader.position()), ("son", 8));
        reader.seek(SeekFrom::Current(-9)).expect_err("before the beginning");
        reader.seek(SeekFrom::Start(99)).expect("behind the end");
        assert_eq!(reader.read(&mut [0; 4]).expect("memory reads"), 0);
    }

    #[test]
    fn a_source_that_shrinks_is_an_error() {
        let error = Reader::new(CutShort).read_to_end(&mut Vec::new()).expect_err("cut short");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert!(error.to_string().contains("byte 4 of 8"), "{error}");
    }
}
