//! The packages of a scene: which are left, and what becomes of their databases.

use std::collections::BTreeSet;

pub use jettison_packages::Whole;
pub(crate) use jettison_packages::{
    Databases, Landmarks, Manager, Package, PackageId, Packages, Trimmed, database_links,
    database_parts,
};
use jettison_rootfs::{Kind, PathId, evidence::Touches};

use crate::{KeepSet, Scene, rules};

/// The packages of which a file is kept that is more than documentation.
pub(crate) fn left(scene: &Scene<'_>, keep: &KeepSet) -> BTreeSet<PackageId> {
    jettison_packages::left(scene.tree, scene.packages(), &|path| keep.contains(path))
}

/// What becomes of the kept databases that name what is gone: packages, and files of Python distributions.
///
/// A database that the program itself read stays as it is: the program would notice. So does one that the user named.
pub(crate) fn databases(scene: &Scene<'_>, keep: &KeepSet) -> Databases {
    let mut found =
        jettison_packages::trimmed(scene.tree, scene.packages(), &|path| keep.contains(path));
    for database in std::mem::take(&mut found.trimmed) {
        match held(scene, keep, &database) {
            None => found.trimmed.push(database),
            Some(because) => found.whole.extend(whole(scene, keep, database.home, because)),
        }
    }
    found
}

/// Why a database that could be cut down is not.
fn held(scene: &Scene<'_>, keep: &KeepSet, database: &Trimmed) -> Option<&'static str> {
    let touches = |path: &PathId| scene.evidence.touches(*path);
    let is_read = database.rewrites.keys().any(|path| touches(path).contains(Touches::READ))
        || database.spent.iter().any(|path| !touches(path).is_empty());
    let is_named =
        |path: &PathId| keep.reason(*path).is_some_and(|reason| reason.rule == rules::INCLUDED);
    if database.rewrites.keys().chain(&database.spent).any(is_named) {
        Some("--include-path names it")
    } else if is_read {
        Some("the program itself read it")
    } else if database.rewrites.keys().any(|&path| scene.tree.inode(path).kind != Kind::File) {
        Some("it is no regular file")
    } else {
        None
    }
}

/// A database of rpm's that stays as it is. The others' are plain lists, of which nobody needs to be told.
fn whole(scene: &Scene<'_>, keep: &KeepSet, home: PathId, because: &str) -> Option<Whole> {
    let is_in = |package: &Package| package.manager == Manager::Rpm && package.home == home;
    let packages = scene.packages();
    let listed: Vec<PackageId> =
        packages.iter().filter(|(_, package)| is_in(package)).map(|(id, _)| id).collect();
    let all = left(scene, keep);
    let left = listed.iter().filter(|id| all.contains(id)).count();
    let because = because.to_owned();
    (!listed.is_empty()).then_some(Whole { home, listed: listed.len(), left, because })
}
