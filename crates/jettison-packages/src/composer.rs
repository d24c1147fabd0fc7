//! Composer's packages: `vendor/composer/installed.json`.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId, Tree};
use serde::Deserialize;

use crate::{Landmarks, Manager, Package, paths::files_below};

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
    #[serde(default)]
    license: Vec<String>,
    homepage: Option<String>,
    #[serde(rename = "install-path")]
    install_path: Option<String>,
}

/// Every package of each Composer project in the tree.
pub(crate) fn packages(tree: &Tree, landmarks: &Landmarks) -> Vec<Package> {
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
    let mut homes = BTreeSet::new();
    let package = |entry: Entry| {
        let place = entry.install_path.unwrap_or_else(|| format!("../{}", entry.name));
        let home = tree.resolve_from(composer, place.as_bytes())?.path;
        let is_own = tree.inode(home).kind == Kind::Directory && !tree.is_below(composer, home);
        (is_own && homes.insert(home)).then(|| {
            let mut package = Package::new(Manager::Composer, entry.name, home);
            package.version = entry.version;
            package.about.licenses = entry.license;
            package.about.homepage = entry.homepage;
            package.files = files_below(tree, home);
            package
        })
    };
    entries.into_iter().filter_map(package).collect()
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;

    #[test]
    fn both_forms_of_the_list_are_read_and_no_package_owns_the_project() {
        let two = b"{\"packages\": [{\"name\": \"a/b\", \"version\": \"1\", \"install-path\": \"../a/b\"},\
                    {\"name\": \"up\", \"install-path\": \"../../..\"}, {\"name\": \"again\", \"install-path\": \"../a/b\"}]}";
        let one = b"[{\"name\": \"c/d\", \"version\": \"2\"}]";
        for (list, name, file) in
            [(&two[..], "a/b", "/srv/vendor/a/b/x.php"), (one, "c/d", "/srv/vendor/c/d/y.php")]
        {
            let tree = TreeBuilder::new()
                .file("/srv/vendor/composer/installed.json", 0o644, list)
                .file("/srv/vendor/a/b/x.php", 0o644, b"")
                .file("/srv/vendor/c/d/y.php", 0o644, b"")
                .build();
            let found = packages(&tree, &Landmarks::of(&tree));
            assert_eq!(found.len(), 1, "{name}");
            assert_eq!(
                (found[0].name.as_str(), tree.path(found[0].files[0])),
                (name, file.as_bytes().to_vec())
            );
        }
    }
}
