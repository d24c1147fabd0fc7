//! npm's packages: the directories in node_modules.

use jettison_rootfs::{Kind, PathId, Tree};
use serde::Deserialize;
use serde_json::Value;

use crate::{Landmarks, Manager, Package, paths::in_order};

/// Longest package.json that is read; the registry refuses packages with longer ones.
const JSON_BYTES: u64 = 1 << 20;

#[derive(Default, Deserialize)]
struct Manifest {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
    /// Of any kind, as these are: an odd one must not make the name unreadable.
    #[serde(default)]
    license: Value,
    #[serde(default)]
    licenses: Value,
    #[serde(default)]
    homepage: Value,
}

/// Every package in a node_modules directory.
pub(crate) fn packages(tree: &Tree, landmarks: &Landmarks) -> Vec<Package> {
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
    let mut package = Package::new(Manager::Npm, manifest.name, home);
    package.version = manifest.version;
    package.about.licenses = licenses(&manifest.license, &manifest.licenses);
    package.about.homepage = manifest.homepage.as_str().map(str::to_owned);
    package.files = own_files(tree, home);
    package
}

/// `"MIT"`, or of old `{"type": "MIT"}` and a list of such.
fn licenses(one: &Value, several: &Value) -> Vec<String> {
    let several = several.as_array().map_or(&[][..], Vec::as_slice);
    let name = |value: &Value| value.as_str().or_else(|| value["type"].as_str()).map(str::to_owned);
    [one].into_iter().chain(several).filter_map(name).collect()
}

/// What is below a package's directory, but not in the node_modules there: that is other packages'.
fn own_files(tree: &Tree, home: PathId) -> Vec<PathId> {
    let mut files = Vec::new();
    let mut open = vec![home];
    while let Some(directory) = open.pop() {
        for child in tree.children(directory) {
            match tree.inode(child).kind {
                Kind::Directory if tree.name(child) == b"node_modules" => {}
                Kind::Directory => open.push(child),
                _ => files.push(child),
            }
        }
    }
    in_order(files)
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;

    #[test]
    fn packages_own_what_no_package_inside_them_owns() {
        let tree = TreeBuilder::new()
            .file("/app/package.json", 0o644, b"{\"name\": \"app\"}")
            .file(
                "/app/node_modules/a/package.json",
                0o644,
                b"{\"name\": \"a\", \"version\": \"1.2.3\"}",
            )
            .file("/app/node_modules/a/lib/x.js", 0o644, b"")
            .file("/app/node_modules/a/node_modules/@s/b/package.json", 0o644, b"not json")
            .file("/app/node_modules/a/node_modules/@s/b/y.js", 0o644, b"")
            .build();
        let mut found: Vec<_> = packages(&tree, &Landmarks::of(&tree))
            .into_iter()
            .map(|package| (package.name, package.version, package.files.len()))
            .collect();
        found.sort();
        assert_eq!(
            found,
            [("a".to_owned(), "1.2.3".to_owned(), 2), ("b".to_owned(), String::new(), 2)]
        );
    }
}
