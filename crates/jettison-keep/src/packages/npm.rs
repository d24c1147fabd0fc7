//! npm's packages: the directories in node_modules.

use jettison_rootfs::{PathId, Tree};
use serde::Deserialize;

use super::{Landmarks, Manager, Package, paths::files_below};

/// Longest package.json that is read; the registry refuses packages with longer ones.
const JSON_BYTES: u64 = 1 << 20;

#[derive(Default, Deserialize)]
struct Manifest {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
}

/// Every package in a node_modules directory. Outer ones come before those inside them.
pub(super) fn packages(tree: &Tree, landmarks: &Landmarks) -> Vec<Package> {
    landmarks.node_packages.iter().map(|&home| package(tree, home)).collect()
}

fn package(tree: &Tree, home: PathId) -> Package {
    let json = tree.child(home, b"package.json");
    let bytes = json
        .and_then(|json| tree.read_all(tree.inode_id(json), JSON_BYTES).ok())
        .unwrap_or_default();
    // Many packages carry files for tests that are no valid manifests: the directory is theirs all the same.
    let mut manifest: Manifest = serde_json::from_slice(&bytes).unwrap_or_default();
    if manifest.name.is_empty() {
        manifest.name = String::from_utf8_lossy(tree.name(home)).into_owned();
    }
    // What packages inside this one own is theirs.
    let nested = |path: PathId| {
        let mut at = tree.parent(path);
        while at != home {
            if tree.name(at) == b"node_modules" {
                return true;
            }
            at = tree.parent(at);
        }
        false
    };
    Package {
        manager: Manager::Npm,
        name: manifest.name,
        version: manifest.version,
        architecture: None,
        files: files_below(tree, home).into_iter().filter(|&path| !nested(path)).collect(),
        home,
        stanza: None,
    }
}
