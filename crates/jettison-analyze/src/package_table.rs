//! Packages by size, each with the layer it lies in.

use jettison_packages::{Package, layer_of};
use jettison_rootfs::Tree;

use crate::{analysis::PackageFacts, index::ImageIndex};

/// The table, the largest first.
pub(crate) fn packages<'a>(
    index: &ImageIndex,
    packages: impl Iterator<Item = &'a Package>,
) -> Vec<PackageFacts> {
    let mut table: Vec<PackageFacts> = packages.map(|package| facts(index, package)).collect();
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

/// The bytes of the entry that shows a name.
fn bytes(tree: &Tree, path: jettison_rootfs::PathId) -> Option<u64> {
    let (layer, entry) = tree.provider(path)?;
    let raw = &tree.layers()[layer].index.entries()[entry].raw;
    Some(raw.end - raw.start)
}
