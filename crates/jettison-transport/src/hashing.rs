//! Digests of bytes while they are read.

use std::io::{self, Read};

use jettison_image::{Digest, ReadAt, Reader, Sha256Hasher};

/// How much is read, hashed and written at a time, in bytes: large enough that system calls do not
/// count, small enough for a core's cache.
pub(crate) const CHUNK: usize = 1 << 20;

/// The digest of everything in `bytes`. `progress` is told of each further byte count read.
pub(crate) fn digest_of(bytes: &dyn ReadAt, progress: &mut dyn FnMut(u64)) -> io::Result<Digest> {
    let mut reader = HashingReader::new(Reader::new(bytes), progress);
    reader.drain()?;
    Ok(reader.finish().0)
}

/// Hashes and counts what is read through it.
pub(crate) struct HashingReader<'p, R> {
    inner: R,
    hasher: Sha256Hasher,
    count: u64,
    progress: &'p mut dyn FnMut(u64),
}

impl<'p, R: Read> HashingReader<'p, R> {
    pub(crate) fn new(inner: R, progress: &'p mut dyn FnMut(u64)) -> Self {
        Self { inner, hasher: Sha256Hasher::new(), count: 0, progress }
    }

    /// Reads to the end.
    pub(crate) fn drain(&mut self) -> io::Result<()> {
        let mut buffer = vec![0; CHUNK];
        while self.read(&mut buffer)? > 0 {}
        Ok(())
    }

    /// Digest and number of the bytes read.
    pub(crate) fn finish(self) -> (Digest, u64) {
        (self.hasher.finish(), self.count)
    }
}

impl<R: Read> Read for HashingReader<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buf)?;
        self.hasher.update(&buf[..read]);
        self.count += read as u64;
        (self.progress)(read as u64);
        Ok(read)
    }
}
