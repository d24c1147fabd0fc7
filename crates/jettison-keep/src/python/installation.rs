//! Python installations: standard libraries, and the directories that distributions are installed into.

use std::collections::{BTreeMap, BTreeSet};

use jettison_rootfs::{Kind, PathId, Tree};

use super::requirements::normal;
use crate::packages::{Landmarks, Manager, PackageId, Packages};

/// One standard library.
#[derive(Debug)]
pub(crate) struct Stdlib {
    /// `lib/pythonX.Y`.
    pub(crate) directory: PathId,
    /// `lib-dynload` in it.
    pub(crate) dynload: Option<PathId>,
    /// The ending of its extension modules.
    pub(crate) suffix: Option<Vec<u8>>,
    /// `bin/pythonX.Y` of the same prefix, links not followed.
    pub(crate) interpreters: Vec<PathId>,
}

impl Stdlib {
    fn of(tree: &Tree, directory: PathId) -> Self {
        let dynload = tree.child(directory, b"lib-dynload");
        let extension = dynload.and_then(|dynload| {
            tree.children(dynload).find(|&file| tree.name(file).ends_with(b".so"))
        });
        let suffix = extension.and_then(|file| {
            let name = tree.name(file);
            name.iter().position(|&byte| byte == b'.').map(|dot| name[dot..].to_vec())
        });
        let prefix = tree.parent(tree.parent(directory));
        let bin = tree.child(prefix, b"bin");
        let interpreters =
            bin.and_then(|bin| tree.child(bin, tree.name(directory))).into_iter().collect();
        Self { directory, dynload, suffix, interpreters }
    }

    /// Whether a file is the library's own, not that of something installed into it.
    pub(crate) fn holds(&self, tree: &Tree, path: PathId) -> bool {
        if !tree.is_below(path, self.directory) {
            return false;
        }
        let mut at = path;
        while tree.parent(at) != self.directory {
            at = tree.parent(at);
        }
        !matches!(tree.name(at), b"site-packages" | b"dist-packages")
    }
}

/// Every standard library and every directory of distributions in the tree.
#[derive(Debug)]
pub(crate) struct Pythons {
    /// In the order of their directories.
    pub(crate) stdlibs: Vec<Stdlib>,
    /// Directories of the import path that hold distributions.
    pub(crate) sites: BTreeSet<PathId>,
}

impl Pythons {
    pub(crate) fn of(tree: &Tree, landmarks: &Landmarks) -> Self {
        let stdlibs =
            landmarks.stdlibs.iter().map(|&directory| Stdlib::of(tree, directory)).collect();
        let mut sites: BTreeSet<PathId> =
            landmarks.distributions.iter().map(|&home| tree.parent(home)).collect();
        for &stdlib in &landmarks.stdlibs {
            sites.extend(
                [b"site-packages", b"dist-packages"]
                    .iter()
                    .filter_map(|name| tree.child(stdlib, *name)),
            );
            // Debian's own place, shared by all versions of Python 3.
            let shared = tree.child(tree.parent(stdlib), b"python3");
            sites.extend(shared.and_then(|shared| tree.child(shared, b"dist-packages")));
        }
        sites.retain(|&site| tree.inode(site).kind == Kind::Directory);
        Self { stdlibs, sites }
    }

    /// The distributions by their normalised names (PEP 503).
    pub(super) fn distributions(packages: &Packages) -> BTreeMap<String, Vec<PackageId>> {
        let mut found: BTreeMap<String, Vec<PackageId>> = BTreeMap::new();
        for (id, package) in
            packages.iter().filter(|(_, package)| package.manager == Manager::Wheel)
        {
            found.entry(normal(&package.name)).or_default().push(id);
        }
        found
    }
}
