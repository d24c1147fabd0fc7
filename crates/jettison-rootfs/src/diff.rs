//! What two trees differ in, name by name.

use std::{io, sync::Arc};

use thiserror::Error;

use crate::{DataMap, Inode, InodeId, PathId, Tree};

/// Bytes of two files compared at a time.
const CHUNK: usize = 128 * 1024;

/// A name that two trees do not show alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The absolute path.
    pub path: Vec<u8>,
    /// How it changed.
    pub kind: ChangeKind,
}

/// How a name changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is in the new tree only.
    Added,
    /// It is in the old tree only.
    Removed,
    /// It is in both, but differs in these; never empty.
    Modified(Vec<Field>),
}

/// What a file can differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// What kind of file it is; then nothing else but metadata is compared.
    Kind,
    /// The bytes of a regular file.
    Content,
    /// Where a symbolic link points.
    Target,
    /// The numbers of a device.
    Device,
    /// Permission bits.
    Mode,
    /// Owner or group.
    Owner,
    /// Time of modification.
    Mtime,
    /// Extended attributes.
    Xattrs,
    /// With which of the names that both trees have it shares its file.
    HardLinks,
}

/// Two trees could not be compared.
#[derive(Debug, Error)]
#[error("cannot read {path:?} to compare it: {source}")]
pub struct DiffError {
    /// The path whose bytes were wanted.
    pub path: String,
    /// What the system said.
    pub source: io::Error,
}

/// Everything that changed from `old` to `new`, sorted by path.
///
/// Files are compared byte by byte, unless both trees read them from the same place.
pub fn diff(old: &Tree, new: &Tree) -> Result<Vec<Change>, DiffError> {
    diff_by(old, new, &|left, right| same_bytes(old, left, new, right))
}

/// Tells whether a regular file of the old tree and one of the new tree, which are of one length, hold
/// the same bytes.
pub type SameContent<'a> = &'a dyn Fn(InodeId, InodeId) -> io::Result<bool>;

/// The same as [`diff()`], for a caller who knows without reading whether files are equal.
pub fn diff_by(old: &Tree, new: &Tree, is_same: SameContent<'_>) -> Result<Vec<Change>, DiffError> {
    let pairs = Pairs::new(old, new, is_same);
    let mut changes = Vec::new();
    for path in old.iter() {
        let kind = match pairs.new_of[path.index()] {
            None => ChangeKind::Removed,
            Some(other) => match pairs.fields(path, other)? {
                fields if fields.is_empty() => continue,
                fields => ChangeKind::Modified(fields),
            },
        };
        changes.push(Change { path: old.path(path), kind });
    }
    let added = new.iter().filter(|path| pairs.old_of[path.index()].is_none());
    changes.extend(added.map(|path| Change { path: new.path(path), kind: ChangeKind::Added }));
    changes.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(changes)
}

/// Which names of two trees have the same path.
struct Pairs<'a> {
    old: &'a Tree,
    new: &'a Tree,
    new_of: Vec<Option<PathId>>,
    old_of: Vec<Option<PathId>>,
    /// For each file of a tree its first name that the other tree has too, as a name of the old
    /// one. If these agree for all names, both trees group them alike.
    old_firsts: Vec<Option<PathId>>,
    new_firsts: Vec<Option<PathId>>,
    is_same: SameContent<'a>,
}

impl<'a> Pairs<'a> {
    fn new(old: &'a Tree, new: &'a Tree, is_same: SameContent<'a>) -> Self {
        let mut new_of = vec![None; old.len()];
        let mut old_of = vec![None; new.len()];
        for path in old.iter() {
            let other = if path == old.root() {
                Some(new.root())
            } else {
                let parent: Option<PathId> = new_of[old.parent(path).index()];
                parent.and_then(|parent| new.child(parent, old.name(path)))
            };
            new_of[path.index()] = other;
            if let Some(other) = other {
                old_of[other.index()] = Some(path);
            }
        }
        let mut old_firsts = vec![None; old.inode_count()];
        for path in old.iter().filter(|path| new_of[path.index()].is_some()) {
            old_firsts[old.inode_id(path).index()].get_or_insert(path);
        }
        let mut new_firsts = vec![None; new.inode_count()];
        for (path, common) in new.iter().zip(&old_of) {
            let first = &mut new_firsts[new.inode_id(path).index()];
            *first = first.or(*common);
        }
        Self { old, new, new_of, old_of, old_firsts, new_firsts, is_same }
    }

    fn fields(&self, path: PathId, other: PathId) -> Result<Vec<Field>, DiffError> {
        let (left, right) = (self.old.inode(path), self.new.inode(other));
        let mut fields = Vec::new();
        if left.kind != right.kind {
            fields.push(Field::Kind);
        } else {
            let ids = (self.old.inode_id(path), self.new.inode_id(other));
            let failed = |source| DiffError {
                path: String::from_utf8_lossy(&self.old.path(path)).into_owned(),
                source,
            };
            if left.is_file() && !self.is_same_content(ids.0, ids.1).map_err(failed)? {
                fields.push(Field::Content);
            }
            if !left.is_directory()
                && self.old_firsts[ids.0.index()] != self.new_firsts[ids.1.index()]
            {
                fields.push(Field::HardLinks);
            }
        }
        fields.extend(metadata_fields(left, right));
        fields.sort_unstable();
        Ok(fields)
    }

    fn is_same_content(&self, left: InodeId, right: InodeId) -> io::Result<bool> {
        let has_one_size = self.old.inode_by_id(left).size == self.new.inode_by_id(right).size;
        Ok(has_one_size && (self.is_same)(left, right)?)
    }
}

/// Compares two files of one length, byte by byte if need be.
fn same_bytes(old: &Tree, left: InodeId, new: &Tree, right: InodeId) -> io::Result<bool> {
    if place(old, left) == place(new, right) {
        return Ok(true);
    }
    let origins = (origin(old, left), origin(new, right));
    if origins.0.is_some() && origins.0 == origins.1 {
        return Ok(true);
    }
    let size = old.inode_by_id(left).size;
    let (mut one, mut two) = (vec![0; CHUNK], vec![0; CHUNK]);
    let mut at = 0;
    while at < size {
        let read = old.read(left, at, &mut one)?;
        let other = new.read(right, at, &mut two)?;
        if one[..read] != two[..other] {
            return Ok(false);
        }
        at += read as u64;
    }
    Ok(true)
}

/// The blob, by its address, and where in it the bytes lie.
fn place(tree: &Tree, id: InodeId) -> Option<(*const (), &DataMap)> {
    let (layer, data) = tree.data(id)?;
    Some((Arc::as_ptr(&tree.layers()[layer].blob).cast(), data))
}

/// The blob that the bytes of a file come from at last, and where they lie there in one run.
fn origin(tree: &Tree, id: InodeId) -> Option<(*const (), u64)> {
    let (layer, data) = tree.data(id)?;
    let DataMap::Contiguous(mut start) = *data else { return None };
    let size = tree.inode_by_id(id).size;
    let mut blob = &tree.layers()[layer].blob;
    while let Some((below, offset)) = blob.origin(start..start + size) {
        (blob, start) = (below, offset);
    }
    Some((Arc::as_ptr(blob).cast(), start))
}

fn metadata_fields(left: &Inode, right: &Inode) -> impl Iterator<Item = Field> {
    let checks = [
        (Field::Target, left.target != right.target),
        (Field::Device, left.rdev != right.rdev),
        (Field::Mode, left.mode != right.mode),
        (Field::Owner, (left.uid, left.gid) != (right.uid, right.gid)),
        (Field::Mtime, left.mtime != right.mtime),
        (Field::Xattrs, left.xattrs != right.xattrs),
    ];
    checks.into_iter().filter_map(|(field, differs)| differs.then_some(field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Timestamp, fixture::TreeBuilder};

    #[test]
    fn every_field_is_told_apart() {
        let builder = || {
            let mut builder = TreeBuilder::new();
            for name in
                ["kind", "content", "size", "mode", "owner", "mtime", "xattrs", "same", "gone"]
            {
                builder = builder.file(&format!("/{name}"), 0o644, b"bytes");
            }
            builder.symlink("/target", "a").char_device("/device", 1, 3)
        };
        let old = builder().hardlink("/link", "/same").build();
        let new = builder()
            .layer()
            .dir("/kind", 0o644)
            .file("/content", 0o644, b"bytez")
            .file("/size", 0o644, b"byte")
            .file("/mode", 0o755, b"bytes")
            .file("/owner", 0o644, b"bytes")
            .owner("/owner", 0, 1)
            .file("/mtime", 0o644, b"bytes")
            .mtime("/mtime", Timestamp { seconds: 0, nanos: 1 })
            .file("/xattrs", 0o644, b"bytes")
            .xattr("/xattrs", "user.x", b"")
            .symlink("/target", "b")
            .char_device("/device", 1, 5)
            .file("/link", 0o644, b"bytes")
            .whiteout("/gone")
            .dir("/new", 0o755)
            .build();
        let changes = diff(&old, &new).expect("memory reads");
        let modified = |field| ChangeKind::Modified(vec![field]);
        let expected = [
            ("/content", modified(Field::Content)),
            ("/device", modified(Field::Device)),
            ("/gone", ChangeKind::Removed),
            ("/kind", modified(Field::Kind)),
            ("/mode", modified(Field::Mode)),
            ("/mtime", modified(Field::Mtime)),
            ("/new", ChangeKind::Added),
            ("/owner", modified(Field::Owner)),
            // `/link` comes first of the two, so it is `/same` that has left it.
            ("/same", modified(Field::HardLinks)),
            ("/size", modified(Field::Content)),
            ("/target", modified(Field::Target)),
            ("/xattrs", modified(Field::Xattrs)),
        ];
        let expected = expected.map(|(path, kind)| Change { path: path.into(), kind });
        assert_eq!(changes, expected);
        assert_eq!(
            diff(&old, &builder().hardlink("/link", "/same").build()).expect("memory reads"),
            []
        );
    }
}
