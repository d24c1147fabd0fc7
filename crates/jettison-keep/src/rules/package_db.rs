//! What says which packages are inside stays, cut down to those that are.

use crate::{KeepSet, Level, Rule, Scene, Wants, packages, rule::Page};

/// Keeps package databases and os-release; the engine asks `packages::databases` for their new bytes.
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
            what: "os-release, and the databases of dpkg, apk and rpm with the entries of those packages of which a file \
                   is left that is more than documentation; apk's world, which names what was asked for, likewise. RECORD of kept Python distributions names kept files alone. \
                   Of rpm's databases all three forms are written anew with their indexes (SQLite, NDB, Berkeley DB), \
                   and read back before they are believed. One that is damaged or of an unknown version stays whole, \
                   as does any that the program itself read; the report says so (rpm-database-whole).",
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
                // Beside rpm's headers lie indexes, and a log with what is not yet in the database itself; apk reads none of
                // its own without the list of what was asked for.
                for part in packages::database_parts(scene.tree, package) {
                    wants.want(part, "part of the package database");
                }
                for link in packages::database_links(scene.tree, package) {
                    wants.want(link, "the way to the package database");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use jettison_rootfs::fixture::TreeBuilder;

    use crate::{
        Level,
        packages::{Landmarks, Packages},
        rules::fixture::Stage,
    };

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

    /// A database of rpm's with three packages.
    fn rpm_database() -> Vec<u8> {
        let database = include_bytes!("../../../jettison-packages/tests/fixtures/rpmdb.sqlite.gz");
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(&database[..])
            .read_to_end(&mut bytes)
            .expect("fixtures are whole");
        bytes
    }

    /// A database of rpm's with a file beside it, and files of two of its packages.
    fn rpm_stage(beside: &str, content: &[u8]) -> Stage {
        let mut stage = Stage::new(|tree| {
            tree.file(RPM, 0o644, &rpm_database())
                .file(beside, 0o644, content)
                .file("/var/lib/rpm/.rpm.lock", 0o644, b"")
                .file("/usr/bin/small", 0o755, b"x")
                .file("/usr/bin/epochal", 0o755, b"x")
                .file("/usr/bin/other", 0o755, b"x")
        });
        stage.options.level = Level::Balanced;
        stage
    }

    const RPM: &str = "/var/lib/rpm/rpmdb.sqlite";
    const RPM_LOG: &str = "/var/lib/rpm/rpmdb.sqlite-wal";

    #[test]
    fn a_database_of_rpms_is_cut_down_and_its_log_goes() {
        let stage = rpm_stage(RPM_LOG, b"").read("/usr/bin/other");
        assert!(!stage.kept().contains(&RPM.to_owned()), "none of its packages is left");
        let stage = stage.read("/usr/bin/small");
        let kept = stage.kept();
        assert!(
            kept.contains(&RPM.to_owned()) && kept.contains(&"/var/lib/rpm/.rpm.lock".to_owned())
        );
        assert!(!kept.contains(&RPM_LOG.to_owned()), "a log beside a new database would damage it");
        let bytes = stage.rewritten(RPM).expect("two of its packages are gone");
        let tree =
            TreeBuilder::new().file(RPM, 0o644, &bytes).file("/usr/bin/small", 0o755, b"x").build();
        let packages = Packages::of(&tree, &Landmarks::of(&tree));
        let names: Vec<&str> = packages.iter().map(|(_, package)| package.name.as_str()).collect();
        assert_eq!(names, ["small"]);
        assert_eq!(stage.whole(), []);
    }

    #[test]
    fn the_old_way_to_a_database_of_rpms_stays() {
        let mut stage = Stage::new(|tree| {
            tree.file("/usr/lib/sysimage/rpm/rpmdb.sqlite", 0o644, &rpm_database())
                .symlink("/var/lib/rpm", "../../usr/lib/sysimage/rpm")
                .symlink("/usr/share/rpm", "../lib/other")
                .file("/usr/bin/small", 0o755, b"x")
        });
        stage.options.level = Level::Balanced;
        let stage = stage.read("/usr/bin/small");
        let kept = stage.kept();
        assert!(kept.contains(&"/var/lib/rpm".to_owned()), "{kept:?}");
        assert!(!kept.contains(&"/usr/share/rpm".to_owned()), "{kept:?}");
        assert!(stage.rewritten("/usr/lib/sysimage/rpm/rpmdb.sqlite").is_some());
    }

    #[test]
    fn a_database_of_rpms_that_is_in_use_stays_whole_with_its_log() {
        for (stage, because) in [
            (rpm_stage(RPM_LOG, b"").read(RPM), "the program itself read it"),
            (rpm_stage(RPM_LOG, b"").looked_up(RPM_LOG), "the program itself read it"),
            (rpm_stage(RPM_LOG, b"").include(RPM), "--include-path names it"),
        ] {
            let stage = stage.read("/usr/bin/small");
            assert_eq!(stage.rewritten(RPM), None);
            assert!(stage.kept().contains(&RPM_LOG.to_owned()));
            assert_eq!(stage.whole(), [(3, 1, because.to_owned())]);
        }
    }

    #[test]
    fn a_damaged_database_of_rpms_stays_whole() {
        let journal = "/var/lib/rpm/rpmdb.sqlite-journal";
        let stage = rpm_stage(journal, b"half of a change").read("/usr/bin/small");
        assert!(stage.kept().contains(&journal.to_owned()));
        let whole = stage.whole();
        assert!(whole.len() == 1 && whole[0].2.contains("rpmdb.sqlite-journal"), "{whole:?}");
    }
}
