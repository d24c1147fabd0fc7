//! A regular file as bytes readable at any offset.

use std::{
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use fs_err::os::unix::fs::OpenOptionsExt;
use jettison_image::ReadAt;
use rustix::fs::OFlags;

/// A file, open for reading.
///
/// Read with `pread(2)`, not mapped: when somebody cuts the file short, a read fails; a mapping
/// would end the process with SIGBUS. The length is that of the moment it was opened.
#[derive(Debug)]
pub struct FileBlob {
    file: std::fs::File,
    path: PathBuf,
    len: u64,
}

impl FileBlob {
    /// Opens a regular file; anything else (a device, a FIFO) is an error and is not read from.
    pub fn open(path: &Path) -> io::Result<Self> {
        // Without O_NONBLOCK, opening a FIFO waits for a writer.
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        let flags = i32::try_from(flags.bits()).expect("open flags fit an int: it is their C type");
        let file = fs_err::OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            let problem = format!("{}: not a regular file", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        }
        Ok(Self { file: file.into_parts().0, path: path.to_owned(), len: metadata.len() })
    }

    /// Notes that it was used now.
    pub(crate) fn touch(&self) -> io::Result<()> {
        self.file.set_modified(std::time::SystemTime::now())
    }

    /// Takes over a file that holds `len` bytes; `path` is for messages.
    pub(crate) fn from_parts(file: std::fs::File, path: PathBuf, len: u64) -> Self {
        Self { file, path, len }
    }
}

impl ReadAt for FileBlob {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let rest = self.len.saturating_sub(offset);
        let wanted = usize::try_from(rest).map_or(buf.len(), |rest| rest.min(buf.len()));
        if wanted == 0 {
            return Ok(0);
        }
        let problem = |kind, what: &dyn std::fmt::Display| {
            io::Error::new(kind, format!("{}: at byte {offset}: {what}", self.path.display()))
        };
        match self.file.read_at(&mut buf[..wanted], offset) {
            Ok(0) => Err(problem(
                io::ErrorKind::UnexpectedEof,
                &"the file was cut short while it was read",
            )),
            Ok(read) => Ok(read),
            Err(error) => Err(problem(error.kind(), &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_cut_short_is_an_error() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("blob");
        fs_err::write(&path, b"jettison").expect("writable");
        let blob = FileBlob::open(&path).expect("a regular file");
        let mut buf = [0; 16];
        assert_eq!(blob.read_at(2, &mut buf).expect("readable"), 6);
        assert_eq!(blob.read_at(8, &mut buf).expect("at the end"), 0);
        fs_err::write(&path, b"jet").expect("writable");
        let error = blob.read_at(4, &mut buf).expect_err("cut short");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert!(error.to_string().contains("blob: at byte 4"), "{error}");
    }

    #[test]
    fn only_regular_files_are_read() {
        for path in ["/", "/dev/zero"] {
            let error = FileBlob::open(Path::new(path)).expect_err(path);
            assert!(error.to_string().contains("not a regular file"), "{error}");
        }
    }
}
