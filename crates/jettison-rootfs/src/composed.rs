//! A layer that is not written anywhere: it is put together out of others while it is read.
//!
//! What stays as it was is known by its place in the old layers; only headers written anew take
//! memory. So a layer of gigabytes can be indexed, compared, hashed and stored without a copy.

use std::{fmt, io, ops::Range, sync::Arc};

use jettison_image::ReadAt;

use crate::{PathId, Tree, WriteError, layer_writer::Sink};

/// Where a run of bytes comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// A layer, from this byte on.
    Layer { layer: u32, offset: u64 },
    /// The bytes made anew, from this one on.
    New { offset: u64 },
    /// Zeros: a hole of a sparse file that is no longer one.
    Zeros,
}

impl Source {
    /// The source of what follows `len` bytes later.
    fn after(self, len: u64) -> Self {
        match self {
            Self::Layer { layer, offset } => Self::Layer { layer, offset: offset + len },
            Self::New { offset } => Self::New { offset: offset + len },
            Self::Zeros => Self::Zeros,
        }
    }
}

/// A run of bytes of the new layer; it ends where the next one begins.
#[derive(Clone, Copy, Debug)]
struct Piece {
    start: u64,
    source: Source,
}

/// A layer out of pieces of others and of headers written anew. See [`crate::Delta::compose`].
#[derive(Clone)]
pub struct ComposedLayer {
    blobs: Vec<Arc<dyn ReadAt>>,
    new: Vec<u8>,
    pieces: Vec<Piece>,
    len: u64,
}

impl ComposedLayer {
    pub(crate) fn new(tree: &Tree) -> Self {
        let blobs = tree.layers().iter().map(|layer| Arc::clone(&layer.blob)).collect();
        Self { blobs, new: Vec::new(), pieces: Vec::new(), len: 0 }
    }

    /// Bytes that are copied from the layers it was made of.
    pub fn copied_bytes(&self) -> u64 {
        self.len - self.new.len() as u64
    }

    fn push(&mut self, source: Source, len: u64) {
        if len == 0 {
            return;
        }
        let goes_on = self
            .pieces
            .last()
            .is_some_and(|last| last.source.after(self.len - last.start) == source);
        if !goes_on {
            self.pieces.push(Piece { start: self.len, source });
        }
        self.len += len;
    }

    /// The run that holds byte `offset`: its source from there on, and how many bytes are left of it.
    fn run_at(&self, offset: u64) -> (Source, u64) {
        let next = self.pieces.partition_point(|piece| piece.start <= offset);
        let piece = self.pieces[next - 1];
        let end = self.pieces.get(next).map_or(self.len, |next| next.start);
        (piece.source.after(offset - piece.start), end - offset)
    }

    fn read_run(&self, source: Source, buf: &mut [u8]) -> io::Result<()> {
        match source {
            Source::Layer { layer, offset } => {
                self.blobs[layer as usize].read_exact_at(offset, buf)
            }
            Source::New { offset } => self.new.read_exact_at(offset, buf),
            Source::Zeros => {
                buf.fill(0);
                Ok(())
            }
        }
    }
}

impl ReadAt for ComposedLayer {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buf.len() && offset + (filled as u64) < self.len {
            let (source, left) = self.run_at(offset + filled as u64);
            let rest = &mut buf[filled..];
            let take = usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()));
            self.read_run(source, &mut rest[..take])?;
            filled += take;
        }
        Ok(filled)
    }

    fn origin(&self, range: Range<u64>) -> Option<(&Arc<dyn ReadAt>, u64)> {
        if range.is_empty() || range.end > self.len {
            return None;
        }
        match self.run_at(range.start) {
            (Source::Layer { layer, offset }, left) if range.end - range.start <= left => {
                Some((&self.blobs[layer as usize], offset))
            }
            _ => None,
        }
    }
}

impl Sink for ComposedLayer {
    fn copy(
        &mut self,
        _tree: &Tree,
        layer: usize,
        bytes: Range<u64>,
        _path: PathId,
    ) -> Result<(), WriteError> {
        let layer = u32::try_from(layer).expect("layers are counted in hundreds");
        let source = Source::Layer { layer, offset: bytes.start };
        self.push(source, bytes.end - bytes.start);
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        let source = Source::New { offset: self.new.len() as u64 };
        self.new.extend_from_slice(bytes);
        self.push(source, bytes.len() as u64);
        Ok(())
    }

    fn zeros(&mut self, len: u64) -> Result<(), WriteError> {
        self.push(Source::Zeros, len);
        Ok(())
    }
}

impl fmt::Debug for ComposedLayer {
    /// Counts only: a layer has as many pieces as files.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComposedLayer")
            .field("len", &self.len)
            .field("pieces", &self.pieces.len())
            .field("new", &self.new.len())
            .finish_non_exhaustive()
    }
}
