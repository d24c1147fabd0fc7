//! The packages of a scene: which are left, and what becomes of their databases.

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use jettison_packages::{Landmarks, Manager, Package, PackageId, Packages};
use jettison_rootfs::{Kind, PathId, evidence::Touches};

use crate::{KeepSet, Scene, rules};

/// The packages of which a file is kept that is more than documentation.
pub(crate) fn left(scene: &Scene<'_>, keep: &KeepSet) -> BTreeSet<PackageId> {
    jettison_packages::left(scene.tree, scene.packages(), &|path| keep.contains(path))
}

/// Of rpm's packages, how many its kept database lists, and of how many of these something is left: it stays whole. `None`
/// where there is no such database, or all of them are left.
pub fn rpm_excess(scene: &Scene<'_>, keep: &KeepSet) -> Option<(usize, usize)> {
    let left = left(scene, keep);
    let of_rpm = |package: &Package| package.manager == Manager::Rpm && keep.contains(package.home);
    let listed: Vec<PackageId> =
        scene.packages().iter().filter(|(_, package)| of_rpm(package)).map(|(id, _)| id).collect();
    let remaining = listed.iter().filter(|id| left.contains(id)).count();
    (remaining < listed.len()).then_some((listed.len(), remaining))
}

/// New bytes for each kept database that names what is gone: entries of packages, and files of Python distributions.
///
/// A database that the program itself read stays as it is: the program would notice. So does one that the user named.
pub(crate) fn rewrites(scene: &Scene<'_>, keep: &KeepSet) -> BTreeMap<PathId, Vec<u8>> {
    let is_free = |path: PathId| {
        scene.tree.inode(path).kind == Kind::File
            && keep.reason(path).is_some_and(|reason| reason.rule != rules::INCLUDED)
            && !scene.evidence.touches(path).contains(Touches::READ)
    };
    let keeps = |path: PathId| keep.contains(path);
    let mut rewrites = jettison_packages::trimmed(scene.tree, scene.packages(), &keeps);
    rewrites.retain(|&path, _| is_free(path));
    rewrites
}
