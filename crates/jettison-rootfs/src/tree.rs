//! The merged view of an image: names, the files behind them, and where their bytes lie.

use std::{collections::BTreeMap, fmt, io, sync::Arc};

use jettison_image::ReadAt;

use crate::{
    Device, Kind, LayerEntry, LayerIndex, MergeError, Meta, Problem, Timestamp, Xattrs,
    draft::Draft, entry::DataMap,
};

/// One name in a tree. Several names may belong to one file (hard links).
///
/// Ids count up in depth-first order, the names of each directory sorted by their bytes; the
/// root is 0. They mean something only together with the tree they come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathId(u32);

/// One file in a tree, whatever its kind. The root is 0, the others follow in the order of their
/// first names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InodeId(u32);

impl PathId {
    /// The id as an index into a table with [`Tree::len`] places.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The id of a place in such a table.
    ///
    /// # Panics
    ///
    /// When `index` does not fit into 32 bits, which no table of a tree reaches.
    pub fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).expect("trees have fewer than 2^32 names"))
    }
}

impl InodeId {
    /// The id as an index into a table with [`Tree::inode_count`] places.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The id of a place in such a table.
    ///
    /// # Panics
    ///
    /// When `index` does not fit into 32 bits, which no table of a tree reaches.
    pub fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).expect("trees have fewer than 2^32 files"))
    }
}

/// One entry of one layer, both counted from 0, the lowest layer first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryRef {
    /// The layer.
    pub layer: u32,
    /// The place in [`LayerIndex::entries`].
    pub entry: u32,
}

/// A file: everything but its names.
#[derive(Clone, Debug)]
pub struct Inode {
    /// What it is.
    pub kind: Kind,
    /// Permission bits with setuid, setgid and sticky: the low 12 bits of `st_mode`.
    pub mode: u32,
    /// Numeric owner.
    pub uid: u32,
    /// Numeric group.
    pub gid: u32,
    /// Time of last modification.
    pub mtime: Timestamp,
    /// Length in bytes: of a file, holes included, or of a symbolic link's target; else 0.
    pub size: u64,
    /// Number of names in this tree; for a directory 2 and one for each directory in it.
    pub nlink: u32,
    /// Device number as Linux encodes it, see [`Device`]; 0 unless the file is a device.
    pub rdev: u32,
    /// Extended attributes.
    pub xattrs: Xattrs,
    /// Where a symbolic link points; `None` for every other kind.
    pub target: Option<Arc<[u8]>>,
    /// The entry that made the file and holds its bytes. `None` for the root and for directories
    /// that no layer lists but that paths below them imply.
    pub origin: Option<EntryRef>,
}

impl Inode {
    /// The metadata as a layer records it.
    pub fn meta(&self) -> Meta {
        Meta {
            mode: self.mode,
            uid: self.uid,
            gid: self.gid,
            mtime: self.mtime,
            xattrs: self.xattrs.clone(),
            rdev: self.rdev,
        }
    }

    /// Replaces the metadata.
    pub(crate) fn set_meta(&mut self, meta: &Meta) {
        self.mode = meta.mode;
        self.uid = meta.uid;
        self.gid = meta.gid;
        self.mtime = meta.mtime;
        self.xattrs = meta.xattrs.clone();
        self.rdev = meta.rdev;
    }

    /// The driver and device numbers.
    pub fn device(&self) -> Device {
        Device::from_rdev(self.rdev)
    }

    /// Whether this is a directory.
    pub fn is_directory(&self) -> bool {
        self.kind == Kind::Directory
    }

    /// Whether this is a regular file.
    pub fn is_file(&self) -> bool {
        self.kind == Kind::File
    }

    /// Whether this is a symbolic link.
    pub fn is_symlink(&self) -> bool {
        self.kind == Kind::Symlink
    }

    /// Whether this is a regular file that someone may execute.
    pub fn is_executable(&self) -> bool {
        self.is_file() && self.mode & 0o111 != 0
    }

    /// Whether no layer lists this directory: only paths below it say that it is there.
    pub fn is_implicit(&self) -> bool {
        self.origin.is_none()
    }
}

/// A layer to merge: its bytes, uncompressed, and the index over them.
#[derive(Clone, Debug)]
pub struct LayerSource {
    /// The uncompressed tar.
    pub blob: Arc<dyn ReadAt>,
    /// The index of `blob`.
    pub index: Arc<LayerIndex>,
}

/// What became of an entry of a layer in the merged tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is what the tree shows at this path.
    Visible(PathId),
    /// It lists a directory that the tree shows, with the metadata of a higher layer.
    Merged(PathId),
    /// It is a whiteout: it makes nothing.
    Whiteout,
    /// A higher layer, or a later entry of the same layer, replaced or removed it, or it could
    /// not be made (see [`Tree::problems`]).
    Hidden,
}

/// A name as it is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) parent: u32,
    pub(crate) inode: u32,
    pub(crate) name_start: u32,
    pub(crate) name_len: u32,
    /// Children lie at this place of the table of children.
    pub(crate) children_start: u32,
    pub(crate) children_len: u32,
    /// The first id behind everything below this name.
    pub(crate) subtree_end: u32,
    pub(crate) provider: Option<EntryRef>,
}

/// The merged file tree of an image.
///
/// It holds no file bytes: those are read from the layers' blobs when they are asked for.
pub struct Tree {
    pub(crate) layers: Vec<LayerSource>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) names: Vec<u8>,
    pub(crate) children: Vec<PathId>,
    pub(crate) inodes: Vec<Inode>,
    /// All names, grouped by inode.
    pub(crate) inode_names: Vec<PathId>,
    /// Where the names of each inode begin in `inode_names`, and one end mark.
    pub(crate) inode_name_starts: Vec<u32>,
    pub(crate) fates: Vec<Vec<Fate>>,
    pub(crate) hidden_by: Vec<Vec<Option<EntryRef>>>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) has_xattrs: bool,
}

impl Tree {
    /// Lays `layers`, the lowest first, over one another.
    ///
    /// The rules are those of the OCI image specification (`layer.md`), its open corners settled
    /// as in Docker's and containerd's overlay drivers; `merge.rs` lists them.
    pub fn merge(layers: Vec<LayerSource>) -> Result<Self, MergeError> {
        let mut draft = Draft::new();
        for layer in &layers {
            draft.apply(&layer.index)?;
        }
        Ok(draft.finish(layers))
    }

    /// The root directory.
    pub fn root(&self) -> PathId {
        PathId(0)
    }

    /// The number of names, the root included.
    #[expect(clippy::len_without_is_empty, reason = "a tree always has its root")]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The number of files.
    pub fn inode_count(&self) -> usize {
        self.inodes.len()
    }

    /// Every name, depth first, each directory's names in the order of their bytes.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = PathId> + ExactSizeIterator + use<> {
        (0..u32::try_from(self.nodes.len()).expect("ids are 32 bits wide")).map(PathId)
    }

    /// Every name below `path`, itself not included, in the order of [`Tree::iter`].
    pub fn descendants(&self, path: PathId) -> impl DoubleEndedIterator<Item = PathId> + use<> {
        (path.0 + 1..self.node(path).subtree_end).map(PathId)
    }

    /// Whether `path` lies somewhere below `ancestor`.
    pub fn is_below(&self, path: PathId, ancestor: PathId) -> bool {
        path.0 > ancestor.0 && path.0 < self.node(ancestor).subtree_end
    }

    /// The names in a directory, sorted by their bytes. Nothing for every other kind.
    pub fn children(
        &self,
        path: PathId,
    ) -> impl DoubleEndedIterator<Item = PathId> + ExactSizeIterator + '_ {
        self.children_slice(path).iter().copied()
    }

    fn children_slice(&self, path: PathId) -> &[PathId] {
        let node = self.node(path);
        let start = node.children_start as usize;
        &self.children[start..start + node.children_len as usize]
    }

    /// The entry of a directory that has exactly this name.
    pub fn child(&self, directory: PathId, name: &[u8]) -> Option<PathId> {
        let children = self.children_slice(directory);
        children.binary_search_by(|&child| self.name(child).cmp(name)).ok().map(|at| children[at])
    }

    /// The directory that holds `path`; the root holds itself.
    pub fn parent(&self, path: PathId) -> PathId {
        PathId(self.node(path).parent)
    }

    /// The last component of `path`; empty for the root.
    pub fn name(&self, path: PathId) -> &[u8] {
        let node = self.node(path);
        let start = node.name_start as usize;
        &self.names[start..start + node.name_len as usize]
    }

    /// The absolute path; `/` for the root.
    pub fn path(&self, path: PathId) -> Vec<u8> {
        if path == self.root() {
            return b"/".to_vec();
        }
        let mut names = Vec::new();
        let mut at = path;
        while at != self.root() {
            names.push(self.name(at));
            at = self.parent(at);
        }
        let mut joined = Vec::with_capacity(names.iter().map(|name| name.len() + 1).sum());
        for name in names.into_iter().rev() {
            joined.push(b'/');
            joined.extend_from_slice(name);
        }
        joined
    }

    /// The file behind a name.
    pub fn inode_id(&self, path: PathId) -> InodeId {
        InodeId(self.node(path).inode)
    }

    /// The file behind a name.
    pub fn inode(&self, path: PathId) -> &Inode {
        self.inode_by_id(self.inode_id(path))
    }

    /// The file with this id.
    pub fn inode_by_id(&self, id: InodeId) -> &Inode {
        &self.inodes[id.index()]
    }

    /// All names of a file, in the order of [`Tree::iter`]; never empty.
    pub fn names(&self, id: InodeId) -> &[PathId] {
        let bounds = &self.inode_name_starts[id.index()..id.index() + 2];
        &self.inode_names[bounds[0] as usize..bounds[1] as usize]
    }

    /// The name at an absolute path. Follows no symbolic links; `.` and empty components are
    /// skipped, `..` finds nothing.
    pub fn find(&self, path: &[u8]) -> Option<PathId> {
        let mut at = self.root();
        for name in path.split(|&byte| byte == b'/') {
            if !name.is_empty() && name != b"." {
                at = self.child(at, name)?;
            }
        }
        Some(at)
    }

    /// The layer entry that the tree shows at `path`: whose metadata it has, and for files whose
    /// header carries the name. `None` for implicit directories.
    pub fn provider(&self, path: PathId) -> Option<(usize, usize)> {
        self.provider_ref(path).map(|at| (at.layer as usize, at.entry as usize))
    }

    /// The same as [`Tree::provider`], as the entry's address.
    pub(crate) fn provider_ref(&self, path: PathId) -> Option<EntryRef> {
        self.node(path).provider
    }

    /// Whether any file has extended attributes.
    pub fn has_xattrs(&self) -> bool {
        self.has_xattrs
    }

    /// What was odd about the layers, in the order of their entries.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// An entry of a layer.
    ///
    /// # Panics
    ///
    /// When `at` comes from another tree.
    pub fn entry(&self, at: EntryRef) -> &LayerEntry {
        &self.layers[at.layer as usize].index.entries()[at.entry as usize]
    }

    /// The layers, the lowest first.
    pub fn layers(&self) -> &[LayerSource] {
        &self.layers
    }

    /// What became of each entry of a layer, in the order of [`LayerIndex::entries`].
    pub fn fates(&self, layer: usize) -> &[Fate] {
        &self.fates[layer]
    }

    /// Which entry took the place of this one, or hides it: the next entry of the same path, the
    /// marker of a whiteout, or what replaced a directory above it. `None` for what is visible, and
    /// for what could not be made (see [`Tree::problems`]).
    ///
    /// # Panics
    ///
    /// When `at` comes from another tree.
    pub fn hidden_by(&self, at: EntryRef) -> Option<EntryRef> {
        self.hidden_by[at.layer as usize][at.entry as usize]
    }

    /// Where the bytes of a regular file lie: the layer and the map into its blob. `None` for
    /// every other kind.
    pub fn data(&self, id: InodeId) -> Option<(usize, &DataMap)> {
        let inode = self.inode_by_id(id);
        let origin = inode.origin.filter(|_| inode.is_file())?;
        Some((origin.layer as usize, &self.entry(origin).data))
    }

    /// Reads from a regular file: fills `buf` from `offset` as far as the file goes, and returns
    /// how many bytes that were. Holes are zeros. Any other kind has no bytes.
    pub fn read(&self, id: InodeId, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let Some((layer, data)) = self.data(id) else { return Ok(0) };
        let size = self.inode_by_id(id).size;
        let left = usize::try_from(size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = left.min(buf.len());
        let buf = &mut buf[..wanted];
        let blob = &self.layers[layer].blob;
        let mut filled = 0;
        while filled < wanted {
            let at = offset + filled as u64;
            let rest = &mut buf[filled..];
            let Some(run) = data.run_at(at, size) else {
                rest.fill(0);
                break;
            };
            let hole = clamp(run.start - at, rest.len());
            let bytes = clamp(run.len, rest.len() - hole);
            rest[..hole].fill(0);
            blob.read_exact_at(run.blob_offset, &mut rest[hole..hole + bytes])?;
            filled += hole + bytes;
        }
        Ok(wanted)
    }

    /// The whole of a regular file.
    ///
    /// Fails with [`io::ErrorKind::FileTooLarge`] when it is longer than `limit` bytes, so that
    /// an image cannot make its reader run out of memory.
    pub fn read_all(&self, id: InodeId, limit: u64) -> io::Result<Vec<u8>> {
        let size = self.inode_by_id(id).size;
        let size = usize::try_from(size).ok().filter(|_| size <= limit);
        let mut bytes = vec![0; size.ok_or(io::ErrorKind::FileTooLarge)?];
        let read = self.read(id, 0, &mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// The number of files of each kind.
    pub fn kinds(&self) -> BTreeMap<Kind, usize> {
        let mut kinds = BTreeMap::new();
        for inode in &self.inodes {
            *kinds.entry(inode.kind).or_default() += 1;
        }
        kinds
    }

    fn node(&self, path: PathId) -> &Node {
        &self.nodes[path.index()]
    }
}

impl fmt::Debug for Tree {
    /// Counts only: a tree has as many names as a file system.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree")
            .field("layers", &self.layers.len())
            .field("names", &self.len())
            .field("inodes", &self.inode_count())
            .field("problems", &self.problems.len())
            .finish_non_exhaustive()
    }
}

fn clamp(value: u64, most: usize) -> usize {
    usize::try_from(value).map_or(most, |value| value.min(most))
}
