//! Layers with only those names that are kept.
//!
//! Kept entries are copied byte for byte, headers and all, so that nothing about them can change.
//! An entry is written anew only where its bytes would mean something else in the new layer: a
//! hard link whose first name is gone, a path that led through a symbolic link, metadata that
//! came from another header. What no longer shows, because a higher layer hides it, goes from its
//! layer; with nothing left to hide, whiteouts go too. For these reasons all layers are planned
//! together.
//!
//! Written layers hold no path twice, and hard links only to names that stand before them in the
//! same layer: Docker refuses anything else.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io::Write,
};

use crate::{
    EntryKind, Fate, InodeId, LayerEntry, Meta, PathId, Problem, ProblemKind, Tree,
    layer_writer::{LayerWriter, WriteError, WriteTo, relative},
};

/// New bytes for kept regular files.
pub type Rewrites = BTreeMap<PathId, Vec<u8>>;

/// What becomes of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerPlan {
    /// Everything in it stays: blob and digest can be kept.
    Unchanged,
    /// It adds nothing to what is kept: it can go.
    Empty,
    /// It is written anew with this many entries.
    Filtered {
        /// The number of entries.
        entries: usize,
    },
}

/// One entry of a new layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    /// The bytes of this entry of the old layer, which is shown at the path.
    Raw { entry: u32, path: PathId },
    /// The whole file under this name, written anew.
    File(PathId),
    /// One more name of a file that the layer holds already, written anew.
    Link { path: PathId, to: PathId },
}

impl Item {
    fn path(self) -> PathId {
        match self {
            Self::Raw { path, .. } | Self::File(path) | Self::Link { path, .. } => path,
        }
    }
}

#[derive(Debug)]
struct Planned {
    plan: LayerPlan,
    items: Vec<Item>,
}

/// The layers of a tree, reduced to the names that are kept.
#[derive(Debug)]
pub struct LayerFilter<'a> {
    tree: &'a Tree,
    kept: Vec<bool>,
    rewrites: Rewrites,
    layers: Vec<Planned>,
}

impl<'a> LayerFilter<'a> {
    /// Plans all layers. Directories that lead to a kept name are kept with it, and so is the
    /// root.
    pub fn new(tree: &'a Tree, keep: &dyn Fn(PathId) -> bool) -> Self {
        Self::rewriting(tree, keep, Rewrites::new())
    }

    /// Plans all layers, where some kept files get other bytes. Their metadata stays, and their
    /// other names (hard links) get the same bytes.
    pub fn rewriting(tree: &'a Tree, keep: &dyn Fn(PathId) -> bool, rewrites: Rewrites) -> Self {
        let rewrites = for_all_names(tree, rewrites);
        let mut filter = Self { tree, kept: kept_names(tree, keep), rewrites, layers: Vec::new() };
        filter.layers = (0..tree.layers().len()).map(|layer| filter.plan_layer(layer)).collect();
        filter.add_bare_directories();
        filter
    }

    /// What becomes of a layer, counted from 0.
    pub fn plan(&self, layer: usize) -> LayerPlan {
        self.layers[layer].plan
    }

    /// What becomes of each layer, the lowest first.
    pub fn plan_all(&self) -> Vec<LayerPlan> {
        self.layers.iter().map(|layer| layer.plan).collect()
    }

    /// Whether a name is kept.
    pub fn keeps(&self, path: PathId) -> bool {
        self.kept[path.index()]
    }

    /// Writes a layer as an uncompressed tar: the old one as it was if it is unchanged, one
    /// without entries if it is empty.
    pub fn write(&self, layer: usize, out: &mut dyn Write) -> Result<(), WriteError> {
        let planned = &self.layers[layer];
        let source = &self.tree.layers()[layer];
        let mut out = WriteTo::new(out);
        let mut writer = LayerWriter::new(self.tree, &self.rewrites, &mut out);
        if planned.plan == LayerPlan::Unchanged {
            return writer.copy(layer, 0..source.blob.len(), self.tree.root());
        }
        for &item in &planned.items {
            match item {
                Item::Raw { entry, path } => {
                    let raw = source.index.entries()[entry as usize].raw.clone();
                    writer.copy(layer, raw, path)?;
                }
                Item::File(path) => writer.file(path)?,
                Item::Link { path, to } => writer.link(path, to)?,
            }
        }
        writer.finish()
    }

    /// Writes one layer that holds all kept names, each written anew; directories come before
    /// what is in them. The root itself has no entry, since runtimes ignore it.
    pub fn flatten(&self, out: &mut dyn Write) -> Result<(), WriteError> {
        let tree = self.tree;
        let mut out = WriteTo::new(out);
        let mut writer = LayerWriter::new(tree, &self.rewrites, &mut out);
        let mut firsts = vec![None; tree.inode_count()];
        for path in tree.iter().filter(|path| self.keeps(*path) && *path != tree.root()) {
            match *firsts[tree.inode_id(path).index()].get_or_insert(path) {
                first if first == path => writer.file(path)?,
                first => writer.link(path, first)?,
            }
        }
        writer.finish()
    }

    fn plan_layer(&self, layer: usize) -> Planned {
        let entries = self.tree.layers()[layer].index.entries();
        let fates = self.tree.fates(layer);
        let mut held = Held::default();
        let mut items = Vec::new();
        for (place, (entry, &fate)) in (0..).zip(entries.iter().zip(fates)) {
            let item = match fate {
                Fate::Visible(path) if self.keeps(path) => {
                    Some(self.item(place, entry, path, &mut held))
                }
                Fate::Merged(path) if self.keeps(path) => self.merged_item(place, entry, path),
                _ => None,
            };
            items.extend(item);
        }
        let is_shown = |path: PathId| {
            let provider = self.tree.provider(path);
            path != self.tree.root() && provider.is_some_and(|(from, _)| from == layer)
        };
        if !items.iter().any(|item| is_shown(item.path())) {
            return Planned { plan: LayerPlan::Empty, items: Vec::new() };
        }
        if self.is_whole(layer) {
            return Planned { plan: LayerPlan::Unchanged, items };
        }
        self.drop_idle_directories(&mut items, is_shown);
        Planned { plan: LayerPlan::Filtered { entries: items.len() }, items }
    }

    /// How an entry is written whose name the tree shows.
    fn item(&self, place: u32, entry: &LayerEntry, path: PathId, held: &mut Held) -> Item {
        let inode = self.tree.inode_id(path);
        let first = *held.firsts.entry(inode).or_insert(path);
        let target = match entry.kind {
            EntryKind::Hardlink => self.tree.find(&entry.target),
            EntryKind::Own(_) => None,
        };
        let is_target_held = target
            .is_some_and(|name| self.tree.inode_id(name) == inode && held.names.contains(&name));
        held.names.insert(path);
        let is_first = first == path;
        let fits = is_target_held || (is_first && entry.kind != EntryKind::Hardlink);
        match (fits && self.says_the_same(entry, path), is_first) {
            (true, _) => Item::Raw { entry: place, path },
            (false, true) => Item::File(path),
            (false, false) => Item::Link { path, to: first },
        }
    }

    /// Whether everything in a layer stays, and in a form that runtimes accept.
    fn is_whole(&self, layer: usize) -> bool {
        let is_refused = |problem: &&Problem| {
            let kind = problem.kind;
            problem.at.layer as usize == layer
                && matches!(kind, ProblemKind::LinkAcrossLayers | ProblemKind::LinkForward)
        };
        let is_kept = |fate: &Fate| match *fate {
            Fate::Visible(path) => self.keeps(path) && !self.rewrites.contains_key(&path),
            Fate::Merged(path) => self.keeps(path),
            Fate::Whiteout | Fate::Hidden => false,
        };
        self.tree.fates(layer).iter().all(is_kept)
            && self.tree.problems().iter().find(is_refused).is_none()
    }

    /// How an entry is written that lists a directory which a higher layer lists too.
    fn merged_item(&self, place: u32, entry: &LayerEntry, path: PathId) -> Option<Item> {
        let is_plain = !entry.needs_global && *relative(self.tree, path) == *entry.path;
        is_plain.then_some(Item::Raw { entry: place, path })
    }

    /// Whether the bytes of an entry, unpacked alone, make what the tree shows at `path`.
    fn says_the_same(&self, entry: &LayerEntry, path: PathId) -> bool {
        !self.rewrites.contains_key(&path) && says_the_same(self.tree, entry, path)
    }

    /// Drops entries for directories whose metadata a higher layer gives and in which this layer
    /// makes nothing.
    fn drop_idle_directories(&self, items: &mut Vec<Item>, is_shown: impl Fn(PathId) -> bool) {
        let mut is_needed = vec![false; self.tree.len()];
        for item in items.iter().filter(|item| is_shown(item.path())) {
            let mut at = item.path();
            while !is_needed[at.index()] {
                is_needed[at.index()] = true;
                at = self.tree.parent(at);
            }
        }
        items.retain(|item| is_needed[item.path().index()]);
    }

    /// Directories that no layer lists vanish with the last entry below them. Where they are kept
    /// all the same, the first layer that changes anyway lists them.
    fn add_bare_directories(&mut self) {
        let mut is_made = vec![false; self.tree.len()];
        for item in self.layers.iter().flat_map(|layer| &layer.items) {
            let mut at = item.path();
            while !is_made[at.index()] {
                is_made[at.index()] = true;
                at = self.tree.parent(at);
            }
        }
        let root = self.tree.root();
        let is_bare = |path: &PathId| *path != root && self.keeps(*path) && !is_made[path.index()];
        let bare: Vec<_> = self.tree.iter().filter(is_bare).map(Item::File).collect();
        if bare.is_empty() {
            return;
        }
        let changed = self.layers.iter_mut().find(|layer| layer.plan != LayerPlan::Unchanged);
        let layer = changed.expect("what implied the directory was dropped from some layer");
        layer.items.extend(bare);
        layer.plan = LayerPlan::Filtered { entries: layer.items.len() };
    }
}

/// The names that a layer holds so far.
#[derive(Default)]
struct Held {
    firsts: HashMap<InodeId, PathId>,
    names: HashSet<PathId>,
}

/// Whether the bytes of an entry, unpacked alone, make what the tree shows at `path`.
pub(crate) fn says_the_same(tree: &Tree, entry: &LayerEntry, path: PathId) -> bool {
    let is_root = path == tree.root();
    let meta = tree.inode(path).meta();
    !entry.needs_global
        && *relative(tree, path) == *entry.path
        && (is_root || entry.meta == meta || is_link_header(entry, &meta))
}

/// Whether the header of a hard link fits the file: it needs no attributes, which the first name
/// brings, and no device numbers.
fn is_link_header(entry: &LayerEntry, meta: &Meta) -> bool {
    let mut stated = entry.meta.clone();
    stated.rdev = meta.rdev;
    if stated.xattrs.is_empty() {
        stated.xattrs = meta.xattrs.clone();
    }
    entry.kind == EntryKind::Hardlink && stated == *meta
}

fn kept_names(tree: &Tree, keep: &dyn Fn(PathId) -> bool) -> Vec<bool> {
    let mut kept = vec![false; tree.len()];
    // Children come after their parents, so backwards each name is settled before its parent.
    for path in tree.iter().rev() {
        if path == tree.root() || kept[path.index()] || keep(path) {
            kept[path.index()] = true;
            kept[tree.parent(path).index()] = true;
        }
    }
    kept
}

/// Writes one layer that holds all kept names, see [`LayerFilter::flatten`].
pub fn flatten(
    tree: &Tree,
    keep: &dyn Fn(PathId) -> bool,
    out: &mut dyn Write,
) -> Result<(), WriteError> {
    LayerFilter::new(tree, keep).flatten(out)
}

/// Gives every name of a rewritten file the bytes of the first one.
fn for_all_names(tree: &Tree, rewrites: Rewrites) -> Rewrites {
    let mut all = Rewrites::new();
    for (path, bytes) in rewrites {
        for &name in tree.names(tree.inode_id(path)) {
            all.entry(name).or_insert_with(|| bytes.clone());
        }
    }
    all
}
