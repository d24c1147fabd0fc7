//! The part of a layer's stream that is at hand: read forwards, hashed as it arrives, let go when it is done with.

use std::{
    io,
    sync::{Mutex, MutexGuard},
};

use jettison_image::{Digest, ReadAt, Sha256Hasher};
use jettison_transport::{LayerError, LayerStream};

/// How much is read and hashed at a time, in bytes: fits a core's own cache together with what is done next.
const CHUNK: usize = 256 << 10;

/// A window that moves over the uncompressed bytes of a layer.
///
/// To [`jettison_rootfs::EntryReader`] it is a blob of unknown length.
#[derive(Debug)]
pub(crate) struct Window {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    stream: LayerStream,
    hasher: Sha256Hasher,
    buffer: Vec<u8>,
    /// The bytes at hand are `buffer[start..end]`.
    start: usize,
    end: usize,
    /// Where `buffer[start]` lies in the layer.
    offset: u64,
    is_ended: bool,
    /// Why the stream broke off; kept for whoever asks, since readers only see an I/O error.
    fault: Option<LayerError>,
}

impl Window {
    pub(crate) fn new(stream: LayerStream) -> Self {
        let inner = Inner {
            stream,
            hasher: Sha256Hasher::new(),
            buffer: vec![0; 4 * CHUNK],
            start: 0,
            end: 0,
            offset: 0,
            is_ended: false,
            fault: None,
        };
        Self { inner: Mutex::new(inner) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("one thread reads a layer, and it does not panic while it does")
    }

    /// Shows `look` the bytes from `offset` on: `len` of them, fewer only where the layer ends.
    pub(crate) fn show<T>(
        &self,
        offset: u64,
        len: usize,
        look: impl FnOnce(&[u8]) -> T,
    ) -> io::Result<T> {
        let mut inner = self.lock();
        inner.fill(offset, len)?;
        let from = inner.place(offset);
        let to = inner.end.min(from + len);
        Ok(look(&inner.buffer[from..to]))
    }

    /// Lets go of all bytes before `offset`, read or not.
    pub(crate) fn release(&self, offset: u64) -> io::Result<()> {
        self.lock().release(offset)
    }

    /// Where what has been read so far ends.
    pub(crate) fn end(&self) -> u64 {
        let inner = self.lock();
        inner.offset + (inner.end - inner.start) as u64
    }

    /// Reads what is left; the digest and the length of the whole.
    pub(crate) fn finish(self) -> Result<(Digest, u64), LayerError> {
        let mut inner = self.inner.into_inner().expect("as in `lock`");
        while !inner.is_ended {
            inner.offset += (inner.end - inner.start) as u64;
            (inner.start, inner.end) = (0, 0);
            if let Err(error) = inner.read_more() {
                return Err(inner.fault.take().unwrap_or(LayerError::Read(error)));
            }
        }
        let len = inner.offset + (inner.end - inner.start) as u64;
        Ok((inner.hasher.finish(), len))
    }

    /// Why reading failed, if it did because of the stream.
    pub(crate) fn take_fault(&self) -> Option<LayerError> {
        self.lock().fault.take()
    }
}

impl Inner {
    /// Where in the buffer a byte of the layer lies, or would.
    fn place(&self, offset: u64) -> usize {
        let ahead = offset.saturating_sub(self.offset);
        usize::try_from(ahead).map_or(self.end, |ahead| (self.start + ahead).min(self.end))
    }

    /// Reads until `len` bytes from `offset` are at hand, or the stream ends.
    fn fill(&mut self, offset: u64, len: usize) -> io::Result<()> {
        if offset < self.offset {
            return Err(io::Error::other("the window has moved on; this is a mistake in jettison"));
        }
        // A skip over bytes that nobody wants needs no room for them.
        if offset > self.offset + (self.end - self.start) as u64 {
            self.release(offset)?;
        }
        while !self.is_ended && self.offset + ((self.end - self.start) as u64) < offset + len as u64
        {
            self.read_more()?;
        }
        Ok(())
    }

    fn release(&mut self, offset: u64) -> io::Result<()> {
        loop {
            let at_hand = (self.end - self.start) as u64;
            let ahead = offset.saturating_sub(self.offset);
            if ahead < at_hand || self.is_ended {
                let step = usize::try_from(ahead.min(at_hand)).expect("it is within the buffer");
                self.start += step;
                self.offset += step as u64;
                return Ok(());
            }
            self.offset += at_hand;
            (self.start, self.end) = (0, 0);
            if ahead == at_hand {
                return Ok(());
            }
            self.read_more()?;
        }
    }

    fn read_more(&mut self) -> io::Result<()> {
        if self.buffer.len() - self.end < CHUNK {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            if self.buffer.len() - self.end < CHUNK {
                self.buffer.resize(self.end + CHUNK, 0);
            }
        }
        let room = &mut self.buffer[self.end..self.end + CHUNK];
        match self.stream.read(room) {
            Ok(0) => self.is_ended = true,
            Ok(read) => {
                self.hasher.update(&room[..read]);
                self.end += read;
            }
            Err(fault) => {
                let error = io::Error::other(fault.to_string());
                self.fault = Some(fault);
                return Err(error);
            }
        }
        Ok(())
    }
}

impl ReadAt for Window {
    fn len(&self) -> u64 {
        u64::MAX
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.show(offset, buf.len(), |bytes| {
            buf[..bytes.len()].copy_from_slice(bytes);
            bytes.len()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jettison_transport::InflateLimits;

    use super::*;

    fn window(bytes: &[u8]) -> Window {
        let stream = LayerStream::open(Arc::new(bytes.to_vec()), &InflateLimits::default());
        Window::new(stream.expect("memory"))
    }

    #[test]
    fn bytes_are_shown_in_order_and_the_digest_is_of_all() {
        let bytes: Vec<u8> =
            (0..3_000_000_u32).map(|at| at.to_le_bytes()[at as usize % 3]).collect();
        let window = window(&bytes);
        let shown = |offset: usize, len: usize| {
            window.show(offset as u64, len, <[u8]>::to_vec).expect("it lies ahead")
        };
        assert_eq!(shown(0, 10), bytes[..10]);
        assert_eq!(shown(5, 1_000_000), bytes[5..1_000_005]);
        window.release(1_500_000).expect("it lies ahead");
        assert_eq!(shown(1_500_001, 2), bytes[1_500_001..1_500_003]);
        assert!(window.show(3, 1, <[u8]>::to_vec).is_err());
        assert_eq!(shown(2_999_990, 100), bytes[2_999_990..]);
        assert_eq!(shown(4_000_000, 1), b"");
        let (digest, len) = window.finish().expect("memory");
        assert_eq!((digest, len), (Digest::sha256(&bytes), 3_000_000));
    }

    #[test]
    fn the_length_counts_what_nobody_looked_at() {
        let bytes = vec![7; 1_234_567];
        let (digest, len) = window(&bytes).finish().expect("memory");
        assert_eq!((digest, len), (Digest::sha256(&bytes), 1_234_567));
    }
}
