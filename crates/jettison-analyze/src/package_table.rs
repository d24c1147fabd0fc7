//! Packages by size, each with the layer it lies in.

use jettison_packages::{Manager, Package, Packages, layer_of};
use jettison_rootfs::{Fate, PathId, Tree};

use crate::{
    analysis::PackageFacts,
    index::{ImageIndex, Packed},
};

/// The table, the largest first.
pub(crate) fn packages(index: &ImageIndex, packages: &Packages) -> Vec<PackageFacts> {
    let mut table: Vec<PackageFacts> =
        packages.iter().map(|(_, package)| facts(index, package)).collect();
    table.extend(packed(index, packages));
    table.sort_by(|one, other| {
        let key = |facts: &PackageFacts| {
            (facts.kind.clone(), facts.name.clone(), facts.version.clone(), facts.home.clone())
        };
        other.bytes.cmp(&one.bytes).then_with(|| key(one).cmp(&key(other)))
    });
    table
}

fn facts(index: &ImageIndex, package: &Package) -> PackageFacts {
    let tree = &index.tree;
    PackageFacts {
        kind: package.manager.purl_type().to_owned(),
        name: package.name.clone(),
        version: package.version.clone(),
        bytes: package.files.iter().filter_map(|&path| bytes(tree, path)).sum(),
        files: package.files.len() as u64,
        layer: layer_of(tree, package),
        home: String::from_utf8_lossy(&tree.path(package.home)).into_owned(),
    }
}

/// What is linked into programs and packed into jars that a container sees. What came with a distribution's package is that
/// package, and what a runtime brought is the runtime, as in bills of materials.
fn packed(index: &ImageIndex, packages: &Packages) -> Vec<PackageFacts> {
    let mut found: Vec<PackageFacts> = Vec::new();
    for (layer, record) in index.layers.iter().enumerate() {
        let fates = index.tree.fates(layer);
        let mut before = None;
        for packed in &record.packed {
            let is_first = before.replace(packed.entry) != Some(packed.entry);
            let Fate::Visible(path) = fates[packed.entry as usize] else { continue };
            let owner = packages.language_owner(path).map(|owner| packages.get(owner).manager);
            if packages.system_owner(path).is_some() || owner == Some(Manager::Runtime) {
                continue;
            }
            // The file itself counts for the first; what lies in it has no file of its own.
            let has_file = is_first && owner.is_none();
            found.push(inside(&index.tree, (path, layer), packed, has_file.then_some(path)));
        }
    }
    // A jar has the same library twice where two of its jars have it.
    let mut seen = std::collections::HashSet::new();
    let key = |facts: &PackageFacts| {
        (facts.kind.clone(), facts.name.clone(), facts.version.clone(), facts.home.clone())
    };
    found.retain(|facts| seen.insert(key(facts)));
    found
}

fn inside(
    tree: &Tree,
    (home, layer): (PathId, usize),
    packed: &Packed,
    file: Option<PathId>,
) -> PackageFacts {
    PackageFacts {
        kind: packed.package.manager.purl_type().to_owned(),
        name: packed.package.name.clone(),
        version: packed.package.version.clone(),
        bytes: file.and_then(|file| bytes(tree, file)).unwrap_or_default(),
        files: file.iter().len() as u64,
        layer: Some(layer),
        home: String::from_utf8_lossy(&tree.path(home)).into_owned(),
    }
}

/// The bytes of the entry that shows a name.
fn bytes(tree: &Tree, path: PathId) -> Option<u64> {
    let (layer, entry) = tree.provider(path)?;
    let raw = &tree.layers()[layer].index.entries()[entry].raw;
    Some(raw.end - raw.start)
}
