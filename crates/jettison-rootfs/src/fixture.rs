//! Small trees for tests, of this crate and of others. They take the way of real images: layers
//! are written as tars, indexed and merged.

use std::sync::Arc;

use jettison_image::ReadAt;

use crate::{
    Device, EntryKind, Kind, LayerIndex, LayerSource, Limits, Meta, Segment, Timestamp, Tree,
    writer::{END, NewEntry, padding},
};

/// Collects entries, layer by layer, and makes a tree of them.
///
/// Paths are absolute or relative to the root. Entries belong to the layer opened last by
/// [`TreeBuilder::layer`]; the first is open from the start. Owners are root and times 0 unless
/// [`TreeBuilder::owner`] and [`TreeBuilder::mtime`] say otherwise of the last entry of a path.
#[derive(Clone, Debug)]
pub struct TreeBuilder {
    layers: Vec<Vec<Entry>>,
}

#[derive(Clone, Debug)]
struct Entry {
    path: Vec<u8>,
    kind: EntryKind,
    meta: Meta,
    target: Vec<u8>,
    size: u64,
    segments: Option<Vec<Segment>>,
    bytes: Vec<u8>,
}

impl Default for TreeBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl TreeBuilder {
    /// One empty layer.
    pub fn new() -> Self {
        Self { layers: vec![Vec::new()] }
    }

    /// Opens the next layer, above those before.
    #[must_use]
    pub fn layer(mut self) -> Self {
        self.layers.push(Vec::new());
        self
    }

    /// A directory.
    #[must_use]
    pub fn dir(self, path: &str, mode: u32) -> Self {
        self.add(path, EntryKind::Own(Kind::Directory), mode)
    }

    /// A regular file.
    #[must_use]
    pub fn file(self, path: &str, mode: u32, bytes: &[u8]) -> Self {
        let mut builder = self.add(path, EntryKind::Own(Kind::File), mode);
        let entry = builder.last();
        entry.size = bytes.len() as u64;
        entry.bytes = bytes.to_vec();
        builder
    }

    /// A sparse file of `size` bytes that is zeros but for `runs`, (offset, bytes) in order.
    #[must_use]
    pub fn sparse(self, path: &str, size: u64, runs: &[(u64, &[u8])]) -> Self {
        let mut builder = self.add(path, EntryKind::Own(Kind::File), 0o644);
        let entry = builder.last();
        entry.size = size;
        let segment = |&(start, bytes): &(u64, &[u8])| Segment {
            start,
            blob_offset: 0,
            len: bytes.len() as u64,
        };
        entry.segments = Some(runs.iter().map(segment).collect());
        entry.bytes = runs.iter().flat_map(|&(_, bytes)| bytes).copied().collect();
        builder
    }

    /// A symbolic link.
    #[must_use]
    pub fn symlink(self, path: &str, target: &str) -> Self {
        let mut builder = self.add(path, EntryKind::Own(Kind::Symlink), 0o777);
        builder.last().target = target.as_bytes().to_vec();
        builder
    }

    /// One more name for the file at `target`, with that file's metadata where the layer has it.
    #[must_use]
    pub fn hardlink(self, path: &str, target: &str) -> Self {
        let plain = relative(target);
        let current = self.layers.last().into_iter().flatten();
        let meta = current.rev().find(|entry| entry.path == plain).map(|entry| entry.meta.clone());
        let mut builder = self.add(path, EntryKind::Hardlink, 0o644);
        let entry = builder.last();
        entry.target = plain;
        entry.meta = meta.unwrap_or_else(|| entry.meta.clone());
        builder
    }

    /// A named pipe.
    #[must_use]
    pub fn fifo(self, path: &str, mode: u32) -> Self {
        self.add(path, EntryKind::Own(Kind::Fifo), mode)
    }

    /// A character device with mode 0666.
    #[must_use]
    pub fn char_device(self, path: &str, major: u32, minor: u32) -> Self {
        self.add(path, EntryKind::Own(Kind::CharDevice), 0o666).device(major, minor)
    }

    /// A block device with mode 0660.
    #[must_use]
    pub fn block_device(self, path: &str, major: u32, minor: u32) -> Self {
        self.add(path, EntryKind::Own(Kind::BlockDevice), 0o660).device(major, minor)
    }

    /// A marker that hides `path` of the layers below.
    #[must_use]
    pub fn whiteout(self, path: &str) -> Self {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        self.file(&format!("{directory}/.wh.{name}"), 0, b"")
    }

    /// A marker that hides everything that the layers below have in `directory`.
    #[must_use]
    pub fn opaque(self, directory: &str) -> Self {
        self.file(&format!("{directory}/.wh..wh..opq"), 0, b"")
    }

    /// Sets the owner of an entry of the open layer.
    #[must_use]
    pub fn owner(mut self, path: &str, uid: u32, gid: u32) -> Self {
        let meta = self.meta(path);
        meta.uid = uid;
        meta.gid = gid;
        self
    }

    /// Sets the time of an entry of the open layer.
    #[must_use]
    pub fn mtime(mut self, path: &str, mtime: Timestamp) -> Self {
        self.meta(path).mtime = mtime;
        self
    }

    /// Gives an entry of the open layer an extended attribute.
    #[must_use]
    pub fn xattr(mut self, path: &str, name: &str, value: &[u8]) -> Self {
        self.meta(path).xattrs.insert(name.as_bytes(), value);
        self
    }

    /// The tars of the layers, the lowest first.
    pub fn blobs(&self) -> Vec<Vec<u8>> {
        self.layers.iter().map(|entries| tar(entries)).collect()
    }

    /// The layers, indexed.
    ///
    /// # Panics
    ///
    /// When a path is one that no layer can have, such as one with `..` at its start.
    pub fn layers(&self) -> Vec<LayerSource> {
        let index = |blob: Vec<u8>| {
            let index = LayerIndex::read(&blob, &Limits::DEFAULT).expect("fixtures are valid tars");
            let blob: Arc<dyn ReadAt> = Arc::new(blob);
            LayerSource { blob, index: Arc::new(index) }
        };
        self.blobs().into_iter().map(index).collect()
    }

    /// The merged tree.
    ///
    /// # Panics
    ///
    /// When the layers do not make one, see [`Tree::merge`].
    pub fn build(&self) -> Tree {
        Tree::merge(self.layers()).expect("fixtures are valid layers")
    }

    fn add(mut self, path: &str, kind: EntryKind, mode: u32) -> Self {
        let entry = Entry {
            path: relative(path),
            kind,
            meta: Meta { mode, ..Meta::default() },
            target: Vec::new(),
            size: 0,
            segments: None,
            bytes: Vec::new(),
        };
        self.layers.last_mut().expect("there always is a layer").push(entry);
        self
    }

    fn device(mut self, major: u32, minor: u32) -> Self {
        let rdev = Device { major, minor }.to_rdev().expect("fixtures use valid devices");
        self.last().meta.rdev = rdev;
        self
    }

    fn last(&mut self) -> &mut Entry {
        self.layers.last_mut().and_then(|layer| layer.last_mut()).expect("an entry was added")
    }

    fn meta(&mut self, path: &str) -> &mut Meta {
        let plain = relative(path);
        let layer = self.layers.last_mut().expect("there always is a layer");
        let entry = layer.iter_mut().rev().find(|entry| entry.path == plain);
        &mut entry.unwrap_or_else(|| panic!("{path} is not in the open layer")).meta
    }
}

fn relative(path: &str) -> Vec<u8> {
    path.trim_matches('/').as_bytes().to_vec()
}

fn tar(entries: &[Entry]) -> Vec<u8> {
    let mut tar = Vec::new();
    for entry in entries {
        let headers = NewEntry {
            path: &entry.path,
            kind: entry.kind,
            meta: &entry.meta,
            target: &entry.target,
            size: entry.size,
            segments: entry.segments.as_deref(),
        };
        tar.extend(headers.headers());
        tar.extend_from_slice(&entry.bytes);
        tar.extend_from_slice(padding(entry.bytes.len() as u64));
    }
    tar.extend_from_slice(&END);
    tar
}
