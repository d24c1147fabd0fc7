//! Writes a layer entry by entry, with bytes out of the blobs of a tree.

use std::{
    io::{self, Write},
    ops::Range,
};

use thiserror::Error;

use crate::{
    DataMap, EntryKind, Kind, Meta, PathId, Segment, Tree,
    filter::Rewrites,
    header::BLOCK,
    writer::{END, NewEntry, padding},
};

/// Bytes copied at a time: large enough that calls do not count, small enough for the cache.
const CHUNK: u64 = 128 * 1024;

/// Why a layer could not be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The bytes of a source layer could not be read.
    #[error("cannot read {path:?} from layer {layer}: {source}")]
    Read {
        /// The layer, counted from 0.
        layer: usize,
        /// The path whose bytes were wanted.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The new layer could not be written.
    #[error("cannot write the new layer: {0}")]
    Write(#[source] io::Error),
}

/// Takes the bytes of a layer, in order.
pub(crate) trait Sink {
    /// Bytes of a layer of `tree` as they are. `path` is whose bytes they are.
    fn copy(
        &mut self,
        tree: &Tree,
        layer: usize,
        bytes: Range<u64>,
        path: PathId,
    ) -> Result<(), WriteError>;

    /// Bytes made anew.
    fn put(&mut self, bytes: &[u8]) -> Result<(), WriteError>;

    /// This many zeros.
    fn zeros(&mut self, len: u64) -> Result<(), WriteError>;
}

/// Writes at once.
pub(crate) struct WriteTo<'a> {
    out: &'a mut dyn Write,
    chunk: Vec<u8>,
}

impl<'a> WriteTo<'a> {
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, chunk: Vec::new() }
    }

    /// Makes room for the next chunk of `left` bytes.
    fn next_chunk(&mut self, left: u64) -> u64 {
        let len = left.min(CHUNK);
        self.chunk.resize(usize::try_from(len).expect("a chunk is small"), 0);
        len
    }
}

impl Sink for WriteTo<'_> {
    fn copy(
        &mut self,
        tree: &Tree,
        layer: usize,
        bytes: Range<u64>,
        path: PathId,
    ) -> Result<(), WriteError> {
        let blob = &tree.layers()[layer].blob;
        let mut at = bytes.start;
        while at < bytes.end {
            let len = self.next_chunk(bytes.end - at);
            let read = blob.read_exact_at(at, &mut self.chunk);
            read.map_err(|source| read_error(tree, layer, path, source))?;
            self.out.write_all(&self.chunk).map_err(WriteError::Write)?;
            at += len;
        }
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.out.write_all(bytes).map_err(WriteError::Write)
    }

    fn zeros(&mut self, len: u64) -> Result<(), WriteError> {
        let mut left = len;
        while left > 0 {
            left -= self.next_chunk(left);
            self.chunk.fill(0);
            self.out.write_all(&self.chunk).map_err(WriteError::Write)?;
        }
        Ok(())
    }
}

/// A layer being written.
pub(crate) struct LayerWriter<'a> {
    tree: &'a Tree,
    rewrites: &'a Rewrites,
    out: &'a mut dyn Sink,
}

impl<'a> LayerWriter<'a> {
    pub(crate) fn new(tree: &'a Tree, rewrites: &'a Rewrites, out: &'a mut dyn Sink) -> Self {
        Self { tree, rewrites, out }
    }

    /// Copies bytes of a layer as they are. `path` is whose bytes they are.
    pub(crate) fn copy(
        &mut self,
        layer: usize,
        bytes: Range<u64>,
        path: PathId,
    ) -> Result<(), WriteError> {
        self.out.copy(self.tree, layer, bytes, path)
    }

    /// Writes a file of any kind under one of its names, with all its bytes.
    pub(crate) fn file(&mut self, path: PathId) -> Result<(), WriteError> {
        if let Some(bytes) = self.rewrites.get(&path) {
            return self.rewritten(path, bytes);
        }
        let tree = self.tree;
        let inode = tree.inode(path);
        let id = tree.inode_id(path);
        let segments = match tree.data(id) {
            Some((_, DataMap::Sparse(segments))) => Some(whole_blocks(segments, inode.size)),
            _ => None,
        };
        let meta = inode.meta();
        let entry = NewEntry {
            path: &relative(tree, path),
            kind: EntryKind::Own(inode.kind),
            meta: &meta,
            target: inode.target.as_deref().unwrap_or_default(),
            size: if inode.kind == Kind::File { inode.size } else { 0 },
            segments: segments.as_deref(),
        };
        self.put(&entry.headers())?;
        match (tree.data(id), &segments) {
            (Some((layer, DataMap::Contiguous(start))), _) => {
                self.copy(layer, *start..start + inode.size, path)?;
            }
            (Some((layer, DataMap::Sparse(_))), Some(segments)) => {
                for run in segments {
                    self.copy_run(layer, path, run.start..run.start + run.len)?;
                }
            }
            _ => {}
        }
        self.put(padding(entry.stored_data()))
    }

    /// Writes a regular file with other bytes.
    fn rewritten(&mut self, path: PathId, bytes: &[u8]) -> Result<(), WriteError> {
        let meta = self.tree.inode(path).meta();
        let entry = NewEntry {
            path: &relative(self.tree, path),
            kind: EntryKind::Own(Kind::File),
            meta: &meta,
            target: &[],
            size: bytes.len() as u64,
            segments: None,
        };
        self.put(&entry.headers())?;
        self.put(bytes)?;
        self.put(padding(entry.stored_data()))
    }

    /// Writes a part of a file as it reads, holes as zeros.
    fn copy_run(&mut self, layer: usize, path: PathId, part: Range<u64>) -> Result<(), WriteError> {
        let tree = self.tree;
        let (id, size) = (tree.inode_id(path), tree.inode(path).size);
        let (_, data) = tree.data(id).expect("only regular files have runs");
        let mut at = part.start;
        while at < part.end {
            let Some(run) = data.run_at(at, size) else {
                return self.out.zeros(part.end - at);
            };
            let start = run.start.min(part.end);
            self.out.zeros(start - at)?;
            let len = run.len.min(part.end - start);
            self.copy(layer, run.blob_offset..run.blob_offset + len, path)?;
            at = start + len;
        }
        Ok(())
    }

    /// Writes one more name of a file, which was written as `to` before.
    pub(crate) fn link(&mut self, path: PathId, to: PathId) -> Result<(), WriteError> {
        let meta = self.tree.inode(path).meta();
        let entry = NewEntry {
            path: &relative(self.tree, path),
            kind: EntryKind::Hardlink,
            meta: &meta,
            target: &relative(self.tree, to),
            size: 0,
            segments: None,
        };
        self.put(&entry.headers())
    }

    /// Writes the end of the archive.
    pub(crate) fn finish(mut self) -> Result<(), WriteError> {
        self.put(&END)
    }

    /// Writes a mark about the layers below: an empty file of this name in a directory.
    pub(crate) fn mark(&mut self, directory: PathId, name: &[u8]) -> Result<(), WriteError> {
        let mut path = relative(self.tree, directory);
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        let entry = NewEntry {
            path: &path,
            kind: EntryKind::Own(Kind::File),
            meta: &Meta::default(),
            target: &[],
            size: 0,
            segments: None,
        };
        self.put(&entry.headers())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.out.put(bytes)
    }
}

fn read_error(tree: &Tree, layer: usize, path: PathId, source: io::Error) -> WriteError {
    let path = String::from_utf8_lossy(&tree.path(path)).into_owned();
    WriteError::Read { layer, path, source }
}

/// The runs of a sparse file, widened to whole blocks. GNU tar begins each run in a block of its
/// own where Go's reader lets them follow one another; so written, both find the same bytes.
fn whole_blocks(segments: &[Segment], size: u64) -> Vec<Segment> {
    const BLOCK_BYTES: u64 = BLOCK as u64;
    let mut wide: Vec<Segment> = Vec::with_capacity(segments.len());
    for run in segments {
        let start = run.start - run.start % BLOCK_BYTES;
        let end = (run.start + run.len).next_multiple_of(BLOCK_BYTES).min(size);
        match wide.last_mut().filter(|last| last.start + last.len >= start) {
            Some(last) => last.len = end - last.start,
            None => wide.push(Segment { start, blob_offset: 0, len: end - start }),
        }
    }
    wide
}

/// The path in the form of [`crate::LayerEntry::path`].
pub(crate) fn relative(tree: &Tree, path: PathId) -> Vec<u8> {
    tree.path(path).split_off(1)
}
