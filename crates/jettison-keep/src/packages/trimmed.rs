//! Package databases, cut down to the packages of which something is left.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use jettison_rootfs::{Kind, PathId, evidence::Touches};

use crate::{KeepSet, Scene, rules};

use super::{Manager, Package, PackageId, wheel};

/// Longest database that is rewritten: the readers' own limit.
const DATABASE_BYTES: u64 = 64 << 20;

/// The packages of which a file is kept that is more than documentation.
pub fn left(scene: &Scene<'_>, keep: &KeepSet) -> BTreeSet<PackageId> {
    let packages = scene.packages();
    let is_left = |package: &Package| {
        let is_content =
            |file: &&PathId| keep.contains(**file) && !is_documentation(&scene.tree.path(**file));
        package.files.iter().any(|file| is_content(&file))
    };
    packages.iter().filter(|(_, package)| is_left(package)).map(|(id, _)| id).collect()
}

fn is_documentation(path: &[u8]) -> bool {
    ["/usr/share/doc/", "/usr/share/man/", "/usr/share/info/", "/usr/share/lintian/"]
        .iter()
        .any(|directory| path.starts_with(directory.as_bytes()))
}

/// New bytes for each kept database that names what is gone: entries of packages, and files of Python distributions.
///
/// A database that the program itself read stays as it is: the program would notice. So does one that the user named.
pub(crate) fn rewrites(scene: &Scene<'_>, keep: &KeepSet) -> BTreeMap<PathId, Vec<u8>> {
    let wheels = scene.packages().iter().filter(|(_, package)| package.manager == Manager::Wheel);
    let records = wheels.filter_map(|(_, package)| wheel::trimmed_record(scene, keep, package));
    let is_free = |path: PathId| {
        scene.tree.inode(path).kind == Kind::File
            && keep.reason(path).is_some_and(|reason| reason.rule != rules::INCLUDED)
            && !scene.evidence.touches(path).contains(Touches::READ)
    };
    databases(scene, keep).into_iter().chain(records).filter(|(path, _)| is_free(*path)).collect()
}

/// The databases of several packages each, cut down.
fn databases(scene: &Scene<'_>, keep: &KeepSet) -> BTreeMap<PathId, Vec<u8>> {
    let left = left(scene, keep);
    let mut databases: BTreeMap<PathId, Vec<(PackageId, &Package)>> = BTreeMap::new();
    for (id, package) in scene.packages().iter().filter(|(_, package)| package.stanza.is_some()) {
        databases.entry(package.home).or_default().push((id, package));
    }
    databases
        .into_iter()
        .filter(|(home, entries)| {
            keep.contains(*home) && !entries.iter().all(|(id, _)| left.contains(id))
        })
        .filter_map(|(home, entries)| {
            let text = scene.tree.read_all(scene.tree.inode_id(home), DATABASE_BYTES).ok()?;
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
