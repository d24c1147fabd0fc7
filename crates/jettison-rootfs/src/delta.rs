//! One layer that does what several do.
//!
//! Laid over the tree below, it gives the same tree as they did: names, metadata, bytes, and which
//! names share a file. It is made from the two trees and not from the layers' entries, so that
//! nothing in it depends on how the layers came to it:
//!
//! * what the tree below does not show in the same way is written, copied byte for byte where the
//!   entry that made it says the same;
//! * what the tree below has and the one above has not is hidden by a whiteout; by an opaque mark
//!   where nothing of a directory is left. Of the root each name is hidden alone: overlayfs knows
//!   no opaque root. A name that changes its kind needs no whiteout, and none stands beside an
//!   entry of the same name, since Docker ignores such;
//! * if one name of a file is written, all of its names are: runtimes refuse hard links into
//!   lower layers;
//! * directories that lead to something written are written too, because Docker and podman give
//!   those that a layer does not list new metadata. Where no layer ever listed one, it has the
//!   metadata that the runtime gives it, and goes on having it: such are written only if nothing
//!   below them is.
//!
//! Entries stand in the order of their paths, directories before what is in them.

use std::collections::{HashMap, HashSet};

use crate::{
    ComposedLayer, EntryKind, EntryRef, InodeId, PathId, Tree,
    filter::{Rewrites, says_the_same},
    layer_writer::{LayerWriter, WriteError},
};

/// The mark of a directory that shows nothing of lower layers (layer.md, "Opaque Whiteout").
const OPAQUE: &[u8] = b".wh..wh..opq";
/// What stands before the name of something that is gone (layer.md, "Whiteouts").
const WHITEOUT: &[u8] = b".wh.";

/// One entry of the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    /// The bytes of an entry as they are.
    Raw { at: EntryRef, path: PathId },
    /// The whole file under this name, written anew.
    File(PathId),
    /// One more name of a file that stands before it.
    Link { path: PathId, to: PathId },
    /// A name of the tree below is gone from this directory.
    Whiteout { directory: PathId, name: PathId },
    /// Nothing of the tree below is left in this directory.
    Opaque(PathId),
}

/// What the upper layers of a tree do to the tree of the layers below them, as one layer.
#[derive(Debug)]
pub struct Delta<'a> {
    lower: &'a Tree,
    upper: &'a Tree,
    items: Vec<Item>,
}

impl<'a> Delta<'a> {
    /// `lower` must be made of the first layers of `upper`.
    pub fn new(lower: &'a Tree, upper: &'a Tree) -> Self {
        let written = Written::new(lower, upper);
        let mut delta = Self { lower, upper, items: Vec::new() };
        let mut held = Held::default();
        let mut opaque = None;
        for path in upper.iter().filter(|path| written.is_needed[path.index()]) {
            if path != upper.root() && !written.makes_itself(path) {
                delta.items.push(delta.entry(path, &mut held));
            }
            // Below an opaque mark nothing of the tree below is left to hide.
            if opaque.is_none_or(|directory| !upper.is_below(path, directory)) {
                let marks = written.marks(path);
                opaque = marks.contains(&Item::Opaque(path)).then_some(path).or(opaque);
                delta.items.extend(marks);
            }
        }
        delta
    }

    /// Whether the upper layers do nothing at all.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The number of entries, marks included.
    pub fn entries(&self) -> usize {
        self.items.len()
    }

    /// The number of marks that hide something of the tree below.
    pub fn marks(&self) -> usize {
        let is_mark = |item: &&Item| matches!(item, Item::Whiteout { .. } | Item::Opaque(_));
        self.items.iter().filter(is_mark).count()
    }

    /// The layer, as an uncompressed tar.
    pub fn compose(&self) -> ComposedLayer {
        let mut layer = ComposedLayer::new(self.upper);
        self.write(&mut layer).expect("noting pieces neither reads nor writes");
        layer
    }

    fn write(&self, layer: &mut ComposedLayer) -> Result<(), WriteError> {
        let rewrites = Rewrites::new();
        let mut writer = LayerWriter::new(self.upper, &rewrites, layer);
        for &item in &self.items {
            match item {
                Item::Raw { at, path } => {
                    let raw = self.upper.entry(at).raw.clone();
                    writer.copy(at.layer as usize, raw, path)?;
                }
                Item::File(path) => writer.file(path)?,
                Item::Link { path, to } => writer.link(path, to)?,
                Item::Whiteout { directory, name } => {
                    writer.mark(directory, &[WHITEOUT, self.lower.name(name)].concat())?;
                }
                Item::Opaque(directory) => writer.mark(directory, OPAQUE)?,
            }
        }
        writer.finish()
    }

    /// How a name is written.
    fn entry(&self, path: PathId, held: &mut Held) -> Item {
        let tree = self.upper;
        let inode = tree.inode_id(path);
        let first = *held.firsts.entry(inode).or_insert(path);
        let provider = tree.provider_ref(path);
        let is_raw = provider.is_some_and(|at| {
            let entry = tree.entry(at);
            let fits = match entry.kind {
                EntryKind::Own(_) => first == path,
                EntryKind::Hardlink => tree.find(&entry.target).is_some_and(|target| {
                    tree.inode_id(target) == inode && held.names.contains(&target)
                }),
            };
            fits && says_the_same(tree, entry, path)
        });
        // Directories have one name each: there is no need to remember them.
        if !tree.inode(path).is_directory() && tree.inode(path).nlink > 1 {
            held.names.insert(path);
        }
        match (provider.filter(|_| is_raw), first == path) {
            (Some(at), _) => Item::Raw { at, path },
            (None, true) => Item::File(path),
            (None, false) => Item::Link { path, to: first },
        }
    }
}

/// The names that the layer holds so far, of files that have several.
#[derive(Default)]
struct Held {
    firsts: HashMap<InodeId, PathId>,
    names: HashSet<PathId>,
}

/// What must be written, and what hidden.
struct Written<'a> {
    lower: &'a Tree,
    upper: &'a Tree,
    /// For each name of the upper tree the one of the same path in the lower tree.
    lower_of: Vec<Option<PathId>>,
    /// The names that get an entry, or whose directory gets marks.
    is_needed: Vec<bool>,
    /// The names of the upper tree below which, themselves included, something shows through.
    has_lower: Vec<bool>,
    /// For each directory of the upper tree the names of the lower one that are gone.
    gone: HashMap<PathId, Vec<PathId>>,
}

impl<'a> Written<'a> {
    fn new(lower: &'a Tree, upper: &'a Tree) -> Self {
        let mut written = Self {
            lower,
            upper,
            lower_of: pair(lower, upper),
            is_needed: vec![false; upper.len()],
            has_lower: vec![false; upper.len()],
            gone: HashMap::new(),
        };
        written.find_changes();
        written.find_gone();
        written.close();
        written
    }

    /// Marks the names that the lower tree does not show in the same way.
    fn find_changes(&mut self) {
        let upper = self.upper;
        let mut is_changed = vec![false; upper.inode_count()];
        for path in upper.iter() {
            is_changed[upper.inode_id(path).index()] |= !self.is_same(path);
        }
        for path in upper.iter() {
            self.is_needed[path.index()] = is_changed[upper.inode_id(path).index()];
        }
        // Runtimes make the root themselves and ignore its entry.
        self.is_needed[upper.root().index()] = false;
    }

    fn is_same(&self, path: PathId) -> bool {
        let Some(below) = self.lower_of[path.index()] else { return false };
        let (old, new) = (self.lower.inode(below), self.upper.inode(path));
        let is_from_same_entry = || {
            old.origin == new.origin
                && self.lower.provider_ref(below) == self.upper.provider_ref(path)
        };
        old.kind == new.kind
            && old.meta() == new.meta()
            && (new.is_directory() || is_from_same_entry())
    }

    /// Finds the names that only the lower tree has, the topmost of each.
    fn find_gone(&mut self) {
        let mut upper_of = vec![None; self.lower.len()];
        for path in self.upper.iter() {
            if let Some(below) = self.lower_of[path.index()] {
                upper_of[below.index()] = Some(path);
            }
        }
        for below in self.lower.iter().filter(|below| upper_of[below.index()].is_none()) {
            let directory = upper_of[self.lower.parent(below).index()];
            // Where it is no directory any more, it hides by itself what was in it.
            let is_directory = |path: &PathId| self.upper.inode(*path).is_directory();
            if let Some(directory) = directory.filter(is_directory) {
                self.gone.entry(directory).or_default().push(below);
                self.is_needed[directory.index()] = true;
            }
        }
    }

    /// Carries needs up to the root; and what shows through, too.
    fn close(&mut self) {
        for path in self.upper.iter().rev() {
            let parent = self.upper.parent(path).index();
            self.is_needed[parent] |= self.is_needed[path.index()];
            self.has_lower[path.index()] |= !self.is_needed[path.index()];
            self.has_lower[parent] |= self.has_lower[path.index()];
        }
    }

    /// Whether a directory that no layer lists is there because of what is written below it.
    fn makes_itself(&self, path: PathId) -> bool {
        let is_unlisted_below = |below: PathId| {
            self.lower.inode(below).is_directory() && self.lower.provider_ref(below).is_none()
        };
        let has_entries = || self.upper.children(path).any(|child| self.is_needed[child.index()]);
        self.upper.inode(path).is_directory()
            && self.upper.provider_ref(path).is_none()
            && self.lower_of[path.index()].is_none_or(is_unlisted_below)
            && has_entries()
    }

    /// The marks that a directory gets.
    fn marks(&self, directory: PathId) -> Vec<Item> {
        let Some(gone) = self.gone.get(&directory) else { return Vec::new() };
        let shows_through =
            self.upper.children(directory).any(|child| self.has_lower[child.index()]);
        if directory != self.upper.root() && !shows_through {
            return vec![Item::Opaque(directory)];
        }
        gone.iter().map(|&name| Item::Whiteout { directory, name }).collect()
    }
}

/// For each name of `upper` the one of the same path in `lower`.
fn pair(lower: &Tree, upper: &Tree) -> Vec<Option<PathId>> {
    let mut lower_of: Vec<Option<PathId>> = vec![None; upper.len()];
    for path in upper.iter() {
        lower_of[path.index()] = if path == upper.root() {
            Some(lower.root())
        } else {
            lower_of[upper.parent(path).index()]
                .and_then(|parent| lower.child(parent, upper.name(path)))
        };
    }
    lower_of
}
