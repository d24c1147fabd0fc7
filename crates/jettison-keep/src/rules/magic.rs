//! The database by which file contents are recognised stays with the library that reads it.

use jettison_rootfs::PathId;

use crate::{Level, Rule, Scene, Wants, family, rule::Page};

/// Keeps libmagic's database.
pub(super) struct Magic;

/// Where libmagic looks (magic(5)): the compiled database, its links, and the administrator's additions.
const DATABASES: [&str; 6] = [
    "/etc/magic",
    "/etc/magic.mime",
    "/usr/share/misc/magic.mgc",
    "/usr/share/file/magic.mgc",
    "/usr/lib/file/magic.mgc",
    "/usr/share/misc/magic",
];

impl Rule for Magic {
    fn name(&self) -> &'static str {
        "magic"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "magic.mgc and /etc/magic once libmagic is kept.",
            why: "libmagic answers no question without its database, and is asked when the first file arrives, not at start.",
            instead: "--no-rule magic, if nothing asks what a file is: the database has 8 MB.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        if family::is_library(scene.tree.name(path), &["libmagic"]) {
            for database in DATABASES {
                wants.want_resolved(scene, database.as_bytes(), Some(path), "the database of");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    #[test]
    fn the_database_stays_with_its_library_only() {
        let stage = |used: &str| {
            Stage::new(|tree| {
                tree.file("/usr/lib/libmagic.so.1", 0o644, b"x")
                    .file("/usr/lib/other.so", 0o644, b"x")
                    .file("/usr/lib/file/magic.mgc", 0o644, b"x")
                    .symlink("/usr/share/misc/magic.mgc", "../../lib/file/magic.mgc")
            })
            .level(Level::Balanced)
            .read(used)
            .kept_files()
        };
        assert_eq!(
            stage("/usr/lib/libmagic.so.1"),
            ["/usr/lib/file/magic.mgc", "/usr/lib/libmagic.so.1", "/usr/share/misc/magic.mgc"]
        );
        assert_eq!(stage("/usr/lib/other.so"), ["/usr/lib/other.so"]);
    }
}
