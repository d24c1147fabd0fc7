//! Packages by size, each with the layer it lies in.

use std::collections::HashSet;

use jettison_packages::{Package, Packages, layer_of};
use jettison_rootfs::{PathId, Tree};

use crate::{
    analysis::PackageFacts,
    index::{ImageIndex, Packed},
};

/// The table, the largest first; each file counts for one package alone.
pub(crate) fn packages(index: &ImageIndex, packages: &Packages) -> Vec<PackageFacts> {
    let mut table: Vec<PackageFacts> =
        packages.own().map(|(_, package)| facts(index, package)).collect();
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
    let mut before = None;
    for (path, layer, packed) in index.packed().filter(|(path, ..)| !packages.has_brought(*path)) {
        // The file itself counts for the first, unless a package has it; what lies in it has no file of its own.
        let is_first = before.replace((layer, packed.entry)) != Some((layer, packed.entry));
        let has_file = is_first && packages.language_owner(path).is_none();
        found.push(inside(&index.tree, (path, layer), packed, has_file.then_some(path)));
    }
    // A jar has the same library twice where two of its jars have it.
    let mut seen = HashSet::new();
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
