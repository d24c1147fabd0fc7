//! The packages of a scene: which are left, and what becomes of their databases.

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use jettison_packages::{Landmarks, Manager, Package, PackageId, Packages};
use jettison_rootfs::{Kind, PathId, evidence::Touches};

use crate::{KeepSet, Scene, rules};

/// The packages of which a file is kept that is more than documentation.
pub(crate) fn left(scene: &Scene<'_>, keep: &KeepSet) -> BTreeSet<PackageId> {
    jettison_packages::left(scene.tree, scene.packages(), &|path| keep.contains(path))
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
