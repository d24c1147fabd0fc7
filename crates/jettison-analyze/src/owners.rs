//! Which package each file belongs to: in the final tree, and where a later layer removed it, in the tree as it was.

use std::collections::BTreeMap;

use jettison_packages::{Landmarks, Manager, Package, Packages};
use jettison_rootfs::{EntryRef, Fate, LayerIndex, LayerSource, PathId, Tree};

use crate::index::ImageIndex;

/// Files by which a layer shows that it installed or removed packages of a distribution.
const DATABASES: &[&[u8]] = &[
    b"var/lib/dpkg/status",
    b"var/lib/dpkg/status.d",
    b"lib/apk/db/installed",
    b"usr/lib/apk/db/installed",
    b"var/lib/rpm",
    b"usr/lib/sysimage/rpm",
];

/// Trees of lower layers that are made for the owners of what later layers hide. Each costs what the whole image does;
/// images install packages in two or three layers.
const MAX_STATES: usize = 8;

/// The packages of an image, and whose each file is.
#[derive(Debug)]
pub struct Owners {
    /// The packages of the final tree.
    pub packages: Packages,
    /// Their names as they are shown, in their order.
    names: Vec<String>,
    /// Packages that own hidden entries.
    hidden: BTreeMap<EntryRef, HiddenOwner>,
    /// Layers that changed a database of packages.
    changes: Vec<bool>,
}

#[derive(Clone, Debug)]
struct HiddenOwner {
    name: String,
    is_system: bool,
}

/// The package of an entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner {
    /// Whether it is one of the distribution.
    pub(crate) is_system: bool,
    /// Whether the file is as the package brought it, as far as the layers tell.
    pub(crate) is_unchanged: bool,
}

impl Owners {
    /// Reads the databases in the index.
    pub fn of(index: &ImageIndex) -> Self {
        let packages = Packages::of(&index.tree, &Landmarks::of(&index.tree));
        let mut hidden = BTreeMap::new();
        for top in states(index) {
            // The whole image makes a tree, so its lower layers do.
            let layers = index.layers[..=top].iter().map(|layer| layer.source()).collect();
            if let Ok(tree) = Tree::merge(layers) {
                note_hidden(index, &tree, &mut hidden);
            }
        }
        if hides_files(index)
            && let Ok(tree) = Tree::merge(without_whiteouts(index))
        {
            note_hidden(index, &tree, &mut hidden);
        }
        let names = packages.iter().map(|(_, package)| name_of(package)).collect();
        let changes = (0..index.layers.len()).map(|layer| changes_packages(index, layer)).collect();
        Self { packages, names, hidden, changes }
    }

    /// The package of an entry, as it is shown: `deb gcc-12`.
    pub fn of_entry(&self, index: &ImageIndex, at: EntryRef) -> Option<&str> {
        Some(match index.tree.fates(at.layer as usize)[at.entry as usize] {
            Fate::Visible(path) => &self.names[self.packages.owner(&index.tree, path)?.index()],
            _ => &self.hidden.get(&at)?.name,
        })
    }

    pub(crate) fn owner(&self, index: &ImageIndex, at: EntryRef) -> Option<Owner> {
        self.of_entry(index, at)?;
        let is_system = match index.tree.fates(at.layer as usize)[at.entry as usize] {
            Fate::Visible(path) => self.packages.system_owner(path).is_some(),
            _ => self.hidden.get(&at).is_some_and(|owner| owner.is_system),
        };
        Some(Owner { is_system, is_unchanged: self.is_unchanged(index, at) })
    }

    /// Whether a file is as its package brought it: its layer installs packages, or it has the bytes that the lowest layer
    /// with this path has.
    fn is_unchanged(&self, index: &ImageIndex, at: EntryRef) -> bool {
        let content = |layer: usize, entry: usize| index.layers[layer].contents[entry];
        let own = at.layer as usize;
        let path = &index.layers[own].index.entries()[at.entry as usize].path;
        let first = (0..own).find_map(|layer| {
            let entries = index.layers[layer].index.entries();
            let place = entries.iter().position(|entry| entry.path == *path)?;
            Some(content(layer, place))
        });
        self.changes[own] || first == Some(content(own, at.entry as usize))
    }

    /// The name of the distribution's package that owns a file.
    pub(crate) fn system(&self, path: PathId) -> Option<&str> {
        let id = self.packages.system_owner(path)?;
        Some(&self.packages.get(id).name)
    }

    /// Whether a file belongs to a package of a language, and to none of the distribution.
    pub(crate) fn runtime(&self, path: PathId) -> Option<&str> {
        let package = self.packages.get(self.packages.language_owner(path)?);
        (package.manager == Manager::Runtime).then_some(package.name.as_str())
    }
}

/// Notes who owns each hidden entry whose path `tree` shows: the entry itself, or a later one that took its place.
fn note_hidden(index: &ImageIndex, tree: &Tree, hidden: &mut BTreeMap<EntryRef, HiddenOwner>) {
    let packages = Packages::of(tree, &Landmarks::of(tree));
    for (layer, record) in (0..).zip(&index.layers).take(tree.layers().len()) {
        for (entry, raw) in (0..).zip(record.index.entries()) {
            let at = EntryRef { layer, entry };
            if index.tree.hidden_by(at).is_none() || hidden.contains_key(&at) {
                continue;
            }
            let owner = tree.find(&raw.path).and_then(|path| hidden_owner(tree, &packages, path));
            if let Some(owner) = owner {
                hidden.insert(at, owner);
            }
        }
    }
}

fn hides_files(index: &ImageIndex) -> bool {
    (0..index.layers.len())
        .any(|layer| index.tree.fates(layer).iter().any(|fate| matches!(fate, Fate::Hidden)))
}

/// The layers without what removes: together they show every path that ever was.
fn without_whiteouts(index: &ImageIndex) -> Vec<LayerSource> {
    let source = |layer: &std::sync::Arc<crate::index::LayerRecord>| {
        let entries = layer.index.entries();
        let kept = entries.iter().filter(|entry| entry.whiteout.is_none()).cloned().collect();
        LayerSource { index: std::sync::Arc::new(LayerIndex::from_entries(kept)), ..layer.source() }
    };
    index.layers.iter().map(source).collect()
}

fn hidden_owner(tree: &Tree, packages: &Packages, path: PathId) -> Option<HiddenOwner> {
    let id = packages.owner(tree, path)?;
    let is_system = packages.system_owner(path).is_some();
    Some(HiddenOwner { name: name_of(packages.get(id)), is_system })
}

fn name_of(package: &Package) -> String {
    format!("{} {}", package.manager.purl_type(), package.name)
}

/// Whether a layer has an entry of a database of packages.
fn changes_packages(index: &ImageIndex, layer: usize) -> bool {
    let entries = index.layers[layer].index.entries();
    entries.iter().any(|entry| DATABASES.iter().any(|database| entry.path.starts_with(database)))
}

/// The layers above which something of theirs is hidden, and at which the packages were other ones than at the end: the
/// highest before each change of a database.
fn states(index: &ImageIndex) -> Vec<usize> {
    let changes: Vec<usize> =
        (0..index.layers.len()).filter(|&layer| changes_packages(index, layer)).collect();
    let hides = |layer: usize| {
        let fates = index.tree.fates(layer);
        fates.iter().any(|fate| matches!(fate, Fate::Hidden))
    };
    let mut states = Vec::new();
    let mut from = 0;
    for next in changes.into_iter().skip(1) {
        if (from..next).any(hides) {
            states.push(next - 1);
        }
        from = next;
    }
    states.truncate(MAX_STATES);
    states
}
