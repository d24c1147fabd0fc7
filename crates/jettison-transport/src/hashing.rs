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

/// The digests of two blobs that are read side by side, in less time than one after the other (see
/// [`Sha256Hasher::update_two`]). `progress` is told which of them was read, and of each further byte count.
pub(crate) fn digests_of_two(
    blobs: [&dyn ReadAt; 2],
    progress: &mut dyn FnMut(usize, u64),
) -> io::Result<[Digest; 2]> {
    // Both together have to fit into a core's cache.
    let mut buffers = [vec![0; CHUNK / 2], vec![0; CHUNK / 2]];
    let [mut one, mut other] = [Sha256Hasher::new(), Sha256Hasher::new()];
    let mut offset = 0;
    loop {
        let mut filled = [0; 2];
        for (at, (blob, buffer)) in blobs.iter().zip(&mut buffers).enumerate() {
            filled[at] = fill(*blob, offset, buffer)?;
            progress(at, filled[at] as u64);
        }
        if filled == [0, 0] {
            return Ok([one.finish(), other.finish()]);
        }
        let [left, right] = &buffers;
        Sha256Hasher::update_two((&mut one, &left[..filled[0]]), (&mut other, &right[..filled[1]]));
        offset += (CHUNK / 2) as u64;
    }
}

/// Reads into all of `buffer`, or to the end of the blob.
fn fill(blob: &dyn ReadAt, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let left = blob.len().saturating_sub(offset);
    let wanted = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
    blob.read_exact_at(offset, &mut buffer[..wanted])?;
    Ok(wanted)
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
