//! .NET's packages: what the `.deps.json` beside a program lists.
//!
//! Source: the description of runtime configuration files in the .NET SDK's documentation: `libraries` has an entry for each
//! `NAME/VERSION` with its type.

use std::collections::BTreeMap;

use jettison_rootfs::{PathId, Tree};
use serde::Deserialize;

use crate::{Manager, Package};

/// Longest file that is read; that of the SDK has 1 MiB.
const JSON_BYTES: u64 = 16 << 20;

#[derive(Deserialize)]
struct Dependencies {
    #[serde(default)]
    libraries: BTreeMap<String, Library>,
}

#[derive(Deserialize)]
struct Library {
    #[serde(rename = "type", default)]
    kind: String,
}

/// The packages that a `.deps.json` names, projects of one's own not among them.
pub(crate) fn packages(tree: &Tree, home: PathId) -> Option<Vec<Package>> {
    let json = tree.read_all(tree.inode_id(home), JSON_BYTES).ok()?;
    let dependencies: Dependencies = serde_json::from_slice(&json).ok()?;
    let packages = dependencies.libraries.iter().filter(|(_, library)| library.kind != "project");
    let package = |(key, _): (&String, &Library)| {
        let (name, version) = key.split_once('/')?;
        let mut package = Package::new(Manager::NuGet, name.to_owned(), home);
        version.clone_into(&mut package.version);
        Some(package)
    };
    Some(packages.filter_map(package).collect())
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;

    #[test]
    fn packages_are_listed_and_projects_are_not() {
        let json = br#"{"runtimeTarget": {"name": ".NETCoreApp,Version=v8.0"}, "libraries": {
            "App/1.0.0": {"type": "project", "serviceable": false},
            "Newtonsoft.Json/13.0.3": {"type": "package", "serviceable": true, "sha512": "x"}}}"#;
        let tree = TreeBuilder::new().file("/app/App.deps.json", 0o644, json).build();
        let home = tree.find(b"/app/App.deps.json").expect("it was made");
        let found = packages(&tree, home).expect("it is valid");
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].name.as_str(), found[0].version.as_str()),
            ("Newtonsoft.Json", "13.0.3")
        );
    }
}
