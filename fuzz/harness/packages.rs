//! Reads a tree whose every database of packages holds the same bytes.
//!
//! Shared by the fuzz target and by the test that replays the corpus with stable Rust.

use jettison_packages::{Landmarks, Packages, inventory, trimmed};
use jettison_rootfs::{PathId, fixture::TreeBuilder};

/// Where databases are, and files that packages are told from.
const PLACES: &[&str] = &[
    "/var/lib/dpkg/status",
    "/var/lib/dpkg/diversions",
    "/var/lib/dpkg/info/x.list",
    "/var/lib/dpkg/status.d/x",
    "/var/lib/dpkg/status.d/x.md5sums",
    "/lib/apk/db/installed",
    "/var/lib/rpm/rpmdb.sqlite",
    "/var/lib/rpm/rpmdb.sqlite-wal",
    "/usr/lib/sysimage/rpm/Packages.db",
    "/usr/lib/sysimage/rpm/Index.db",
    "/usr/share/rpm/Packages",
    "/usr/share/rpm/Name",
    "/srv/site-packages/x.dist-info/RECORD",
    "/srv/site-packages/x.dist-info/METADATA",
    "/srv/site-packages/y.egg-info/installed-files.txt",
    "/srv/node_modules/x/package.json",
    "/srv/specifications/x-1.gemspec",
    "/srv/gems/x-1/lib/x.rb",
    "/srv/vendor/composer/installed.json",
    "/srv/x.jar",
    "/srv/x.deps.json",
    "/srv/program",
    "/usr/local/go/VERSION",
    "/usr/local/go/bin/go",
    "/usr/local/go/src/runtime/x.go",
];

/// Panics when untrusted bytes do something that they must not.
pub(crate) fn run(data: &[u8]) {
    let tree = PLACES.iter().fold(TreeBuilder::new(), |tree, path| tree.file(path, 0o755, data));
    let tree = tree.build();
    let landmarks = Landmarks::of(&tree);
    let packages = Packages::of(&tree, &landmarks);
    for (_, package) in packages.iter() {
        assert!(package.files.is_sorted() && package.home.index() < tree.len());
    }
    let keeps = |path: PathId| !path.index().is_multiple_of(3);
    for database in trimmed(&tree, &packages, &keeps).trimmed {
        assert!(keeps(database.home) && database.rewrites.contains_key(&database.home));
        for (path, bytes) in database.rewrites {
            // A list ends with an empty line; pages of rpm's databases are rounded up, and an index has some at least.
            assert!(bytes.len() <= 8 * data.len() + (1 << 20), "{path:?}");
        }
    }
    let found = inventory(&tree, &landmarks, &packages, &|_| true);
    assert!(found.iter().all(|package| !package.name.is_empty() || !data.is_empty()));
}
