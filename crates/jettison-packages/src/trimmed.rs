//! Package databases, cut down to the packages of which something is left.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use jettison_rootfs::{PathId, Tree};

use crate::{Manager, Package, PackageId, Packages, wheel};

/// Longest database that is rewritten: the readers' own limit.
const DATABASE_BYTES: u64 = 64 << 20;

/// The packages of which a file is kept that is more than documentation.
pub fn left(
    tree: &Tree,
    packages: &Packages,
    keeps: &dyn Fn(PathId) -> bool,
) -> BTreeSet<PackageId> {
    let is_content = |file: &PathId| keeps(*file) && !is_documentation(&tree.path(*file));
    let is_left = |package: &Package| package.files.iter().any(is_content);
    packages.iter().filter(|(_, package)| is_left(package)).map(|(id, _)| id).collect()
}

fn is_documentation(path: &[u8]) -> bool {
    ["/usr/share/doc/", "/usr/share/man/", "/usr/share/info/", "/usr/share/lintian/"]
        .iter()
        .any(|directory| path.starts_with(directory.as_bytes()))
}

/// New bytes for each kept database that names what is gone: entries of packages, and files of Python distributions.
pub fn trimmed(
    tree: &Tree,
    packages: &Packages,
    keeps: &dyn Fn(PathId) -> bool,
) -> BTreeMap<PathId, Vec<u8>> {
    let wheels = packages.iter().filter(|(_, package)| package.manager == Manager::Wheel);
    let records = wheels.filter_map(|(_, package)| wheel::trimmed_record(tree, keeps, package));
    databases(tree, packages, keeps).into_iter().chain(records).collect()
}

/// The databases of several packages each, cut down.
fn databases(
    tree: &Tree,
    packages: &Packages,
    keeps: &dyn Fn(PathId) -> bool,
) -> BTreeMap<PathId, Vec<u8>> {
    let left = left(tree, packages, keeps);
    let mut databases: BTreeMap<PathId, Vec<(PackageId, &Package)>> = BTreeMap::new();
    for (id, package) in packages.iter().filter(|(_, package)| package.stanza.is_some()) {
        databases.entry(package.home).or_default().push((id, package));
    }
    databases
        .into_iter()
        .filter(|(home, entries)| keeps(*home) && !entries.iter().all(|(id, _)| left.contains(id)))
        .filter_map(|(home, entries)| {
            let text = tree.read_all(tree.inode_id(home), DATABASE_BYTES).ok()?;
            let kept = entries.into_iter().filter(|(id, _)| left.contains(id));
            Some((home, joined(&text, kept.filter_map(|(_, package)| package.stanza.clone()))?))
        })
        .collect()
}

/// The stanzas, each followed by a blank line.
fn joined(text: &[u8], stanzas: impl Iterator<Item = Range<usize>>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for stanza in stanzas {
        out.extend_from_slice(text.get(stanza)?);
        if !out.ends_with(b"\n") {
            out.push(b'\n');
        }
        out.push(b'\n');
    }
    Some(out)
}
