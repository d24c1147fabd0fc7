//! Composer's packages: `vendor/composer/installed.json`.

use jettison_rootfs::{Kind, PathId, Tree};
use serde::Deserialize;

use super::{Landmarks, Manager, Package, paths::files_below};

/// Longest installed.json that is read; one with 200 packages has 600 KiB.
const JSON_BYTES: u64 = 16 << 20;

/// Composer 2 wraps the list in an object, Composer 1 does not.
#[derive(Deserialize)]
#[serde(untagged)]
enum Installed {
    Two { packages: Vec<Entry> },
    One(Vec<Entry>),
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(rename = "install-path")]
    install_path: Option<String>,
}

/// Every package of each Composer project in the tree.
pub(super) fn packages(tree: &Tree, landmarks: &Landmarks) -> Vec<Package> {
    landmarks.composer.iter().flat_map(|&file| of_project(tree, file)).collect()
}

fn of_project(tree: &Tree, file: PathId) -> Vec<Package> {
    let Ok(bytes) = tree.read_all(tree.inode_id(file), JSON_BYTES) else { return Vec::new() };
    let Ok(Installed::Two { packages: entries } | Installed::One(entries)) =
        serde_json::from_slice(&bytes)
    else {
        // Some other program's file of the same name.
        return Vec::new();
    };
    let composer = tree.parent(file);
    let package = |entry: Entry| {
        let place = entry.install_path.unwrap_or_else(|| format!("../{}", entry.name));
        let home = tree.resolve_from(composer, place.as_bytes())?.path;
        let is_own = tree.inode(home).kind == Kind::Directory
            && !tree.is_below(composer, home)
            && home != tree.root();
        is_own.then(|| Package {
            manager: Manager::Composer,
            name: entry.name,
            version: entry.version,
            architecture: None,
            files: files_below(tree, home),
            home,
            stanza: None,
        })
    };
    entries.into_iter().filter_map(package).collect()
}
