//! Bytes that can be read at any offset: a layer blob, in memory, mapped or in a file.

use std::{fmt::Debug, io, ops::Range, sync::Arc};

/// A finite run of bytes, readable at any offset by several threads at once.
///
/// Readers never move a shared position, so one blob serves the index, the file system and the
/// layer writer at the same time.
pub trait ReadAt: Send + Sync + Debug {
    /// The number of bytes there are.
    fn len(&self) -> u64;

    /// Whether there is nothing to read.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buf` from `offset`, as far as there are bytes, and returns how many were written.
    ///
    /// Returns 0 at or behind the end, and may return less than asked for before it, as
    /// `pread(2)` does.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// Fills the whole of `buf` from `offset`.
    ///
    /// Fails with [`io::ErrorKind::UnexpectedEof`] when the bytes end before `buf` is full.
    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let mut filled = 0;
        while filled < buf.len() {
            let at = offset.saturating_add(filled as u64);
            match self.read_at(at, &mut buf[filled..]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// For a blob that is put together out of others: the one that holds all of `range`, and where it
    /// begins there. Two files are equal if their bytes come from the same place.
    fn origin(&self, _range: Range<u64>) -> Option<(&Arc<dyn ReadAt>, u64)> {
        None
    }
}

impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        Self::len(self) as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let Some(rest) = usize::try_from(offset).ok().and_then(|start| self.get(start..)) else {
            return Ok(0);
        };
        let read = rest.len().min(buf.len());
        buf[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn len(&self) -> u64 {
        (**self).len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, buf)
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        (**self).read_exact_at(offset, buf)
    }

    fn origin(&self, range: Range<u64>) -> Option<(&Arc<dyn ReadAt>, u64)> {
        (**self).origin(range)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for Arc<T> {
    fn len(&self) -> u64 {
        (**self).len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, buf)
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        (**self).read_exact_at(offset, buf)
    }

    fn origin(&self, range: Range<u64>) -> Option<(&Arc<dyn ReadAt>, u64)> {
        (**self).origin(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_stop_at_the_end() {
        let bytes = Arc::new(b"jettison".to_vec());
        let mut buf = [0; 4];
        assert_eq!(bytes.read_at(6, &mut buf).expect("memory reads"), 2);
        assert_eq!(&buf[..2], b"on");
        assert_eq!(bytes.read_at(8, &mut buf).expect("memory reads"), 0);
        assert_eq!(bytes.read_at(u64::MAX, &mut buf).expect("memory reads"), 0);
    }

    #[test]
    fn exact_reads_need_every_byte() {
        let bytes = b"jettison".to_vec();
        let mut buf = [0; 4];
        bytes.read_exact_at(4, &mut buf).expect("four bytes are there");
        assert_eq!(&buf, b"ison");
        let error = bytes.read_exact_at(5, &mut buf).expect_err("only three bytes are there");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
