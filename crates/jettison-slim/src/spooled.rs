//! A temporary file without a name as bytes readable at any offset.

use std::{fs::File, io, os::unix::fs::FileExt};

use jettison_image::ReadAt;

/// A file that nobody else can open: it is as long as when it was taken over.
#[derive(Debug)]
pub(crate) struct Spooled {
    file: File,
    len: u64,
}

impl Spooled {
    /// Takes over a file that is written to its end.
    pub(crate) fn new(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { file, len })
    }
}

impl ReadAt for Spooled {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(buf, offset)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn bytes_are_read_where_they_were_written() {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(b"overboard").expect("writable");
        let spooled = Spooled::new(file).expect("it has a length");
        assert_eq!(spooled.len(), 9);
        let mut bytes = [0; 5];
        spooled.read_exact_at(4, &mut bytes).expect("they are there");
        assert_eq!(&bytes, b"board");
        assert_eq!(spooled.read_at(9, &mut bytes).expect("the end is no error"), 0);
    }
}
