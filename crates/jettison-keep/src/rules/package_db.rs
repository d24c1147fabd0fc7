//! What says which packages are inside stays, cut down to those that are.

use jettison_rootfs::{Kind, PathId};

use crate::{
    KeepSet, Level, Rule, Scene, Wants,
    packages::{self, Manager},
    rule::Page,
};

/// Keeps package databases and os-release; the engine asks `packages::rewrites` for their new bytes.
pub(super) struct PackageDb;

/// os-release(5): the second is what the first is when it is missing.
const RELEASES: [&[u8]; 2] = [b"/etc/os-release", b"/usr/lib/os-release"];

impl Rule for PackageDb {
    fn name(&self) -> &'static str {
        "package-db"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "os-release, and the databases of dpkg and apk with the entries of those packages of which a file is \
                   left that is more than documentation. RECORD of kept Python distributions names kept files alone. \
                   rpm's database stays whole as soon as one of its packages is left: it is a web of indexes, and one \
                   that was mended by hand is worse than one that knows too much.",
            why: "Vulnerability scanners and SBOM tools learn from them what is inside. An image without them looks \
                  empty, and therefore safe.",
            instead: "--no-rule package-db; scanners then find language packages at most.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        for path in RELEASES {
            wants.want_resolved(scene, path, None, "the name of the distribution");
        }
    }

    fn settled(&self, scene: &Scene<'_>, keep: &KeepSet, wants: &mut Wants) {
        let left = packages::left(scene, keep);
        for (id, package) in scene.packages().iter() {
            if package.manager.is_system() && left.contains(&id) {
                wants.want(package.home, format!("the database entry of {}", package.name));
                if package.manager == Manager::Rpm {
                    want_indexes(scene, package.home, wants);
                }
            }
        }
    }
}

/// What lies beside the headers: indexes, and a log with what is not yet in the database itself.
fn want_indexes(scene: &Scene<'_>, home: PathId, wants: &mut Wants) {
    for file in scene.tree.children(scene.tree.parent(home)) {
        if scene.tree.inode(file).kind == Kind::File {
            wants.want(file, "part of rpm's database");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use crate::{Level, rules::fixture::Stage};

    const STATUS: &[u8] =
        b"Package: a\nVersion: 1\n\nPackage: b\nVersion: 1\n\nPackage: c\nVersion: 1\n";

    fn stage() -> Stage {
        let mut stage = Stage::new(|tree| {
            tree.file("/usr/lib/os-release", 0o644, b"ID=debian\n")
                .symlink("/etc/os-release", "../usr/lib/os-release")
                .file("/var/lib/dpkg/status", 0o644, STATUS)
                .file("/var/lib/dpkg/info/a.list", 0o644, b"/usr/bin/a\n")
                .file("/var/lib/dpkg/info/b.list", 0o644, b"/usr/bin/b\n")
                .file(
                    "/var/lib/dpkg/info/c.list",
                    0o644,
                    b"/usr/share/doc/c/copyright\n/usr/share\n",
                )
                .file("/usr/bin/a", 0o755, b"x")
                .file("/usr/bin/b", 0o755, b"x")
                .file("/usr/share/doc/c/copyright", 0o644, b"x")
        });
        stage.options.level = Level::Balanced;
        stage
    }

    #[test]
    fn only_packages_with_a_kept_file_stay_listed() {
        let stage = stage().read("/usr/bin/a").read("/usr/share/doc/c/copyright");
        let kept = stage.kept();
        for path in ["/usr/lib/os-release", "/etc/os-release", "/var/lib/dpkg/status"] {
            assert!(kept.contains(&path.to_owned()), "{path} in {kept:?}");
        }
        assert_eq!(
            stage.rewritten("/var/lib/dpkg/status").as_deref(),
            Some(&b"Package: a\nVersion: 1\n\n"[..])
        );
    }

    #[test]
    fn a_database_that_the_program_read_is_left_alone() {
        let stage = stage().read("/usr/bin/a").read("/var/lib/dpkg/status");
        assert_eq!(stage.rewritten("/var/lib/dpkg/status"), None);
    }

    #[test]
    fn without_a_package_there_is_no_database() {
        let mut stage = stage();
        assert!(!stage.kept().contains(&"/var/lib/dpkg/status".to_owned()));
        stage.options.level = Level::Minimal;
        assert!(!stage.read("/usr/bin/a").kept().contains(&"/var/lib/dpkg/status".to_owned()));
    }

    #[test]
    fn a_database_of_rpms_stays_with_what_lies_beside_it() {
        let database = include_bytes!("../../../jettison-packages/tests/fixtures/rpmdb.sqlite.gz");
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(&database[..])
            .read_to_end(&mut bytes)
            .expect("fixtures are whole");
        let mut stage = Stage::new(|tree| {
            tree.file("/var/lib/rpm/rpmdb.sqlite", 0o644, &bytes)
                .file("/var/lib/rpm/rpmdb.sqlite-wal", 0o644, b"")
                .file("/usr/bin/small", 0o755, b"x")
                .file("/usr/bin/other", 0o755, b"x")
        });
        stage.options.level = Level::Balanced;
        let log = "/var/lib/rpm/rpmdb.sqlite-wal".to_owned();
        let stage = stage.read("/usr/bin/other");
        assert!(!stage.kept().contains(&log));
        assert_eq!(stage.rpm_excess(), None, "without a database nothing is listed");
        let stage = stage.read("/usr/bin/small");
        assert!(stage.kept().contains(&log));
        assert_eq!(stage.rewritten("/var/lib/rpm/rpmdb.sqlite"), None);
        let (listed, left) = stage.rpm_excess().expect("most of its packages are gone");
        assert!(listed > left && left == 1, "{listed} {left}");
    }
}
