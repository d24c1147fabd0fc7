//! The time zones stay where the program may be asked for any of them.

use jettison_rootfs::{PathId, evidence::Touches};

use crate::{Level, Rule, Scene, Wants, family, rule::Page, subtree::Subtree};

/// Keeps the time zone database.
pub(super) struct TimeZones;

/// Where the database is.
const DATABASE: &str = "/usr/share/zoneinfo";

/// Languages and servers that take zones by name from their users and look them up in the system's database.
const PROGRAMS: [&str; 12] = [
    "python", "php", "php-fpm", "php-cgi", "ruby", "perl", "postgres", "mysqld", "mariadbd", "R",
    "guile", "tclsh",
];
/// The same as libraries.
const LIBRARIES: [&str; 8] = [
    "libpython3",
    "libphp",
    "libruby",
    "libcoreclr",
    "libmono",
    "libR",
    "libboost_date_time",
    "libicui18n",
];

impl Rule for TimeZones {
    fn name(&self) -> &'static str {
        "timezones"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "/usr/share/zoneinfo, /etc/localtime and /etc/timezone once a zone was touched, TZ is set, or a language that \
                   takes zones by name is kept. The copies below posix/ and right/ go unless they were touched.",
            why: "Which zone is asked for depends on the user's data, or on the TZ that a deployment sets; a missing zone is \
                  an error in some languages and silently UTC in others. It costs about 1.3 MB.",
            instead: "--no-rule timezones, if the program lives in UTC.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        for file in ["/etc/localtime", "/etc/timezone"] {
            wants.want_resolved(scene, file.as_bytes(), None, "the system's own time zone");
        }
        let is_touched = scene.find(DATABASE).is_some_and(|database| {
            !scene.evidence.touches(database).is_empty()
                || scene
                    .tree
                    .children(database)
                    .any(|zone| scene.evidence.touches(zone) != Touches::NONE)
        });
        if is_touched || scene.contract.env.contains_key("TZ") {
            want_database(scene, None, wants);
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let name = scene.tree.name(path);
        let is_language = name.starts_with(b"libpython3.")
            || family::is_library(name, &LIBRARIES)
            || (family::is_program(name, &PROGRAMS) && scene.tree.inode(path).is_executable());
        if is_language || is_ruby_zones(name) {
            want_database(scene, Some(path), wants);
        }
    }
}

/// The gem by which Ruby programs read zones.
fn is_ruby_zones(name: &[u8]) -> bool {
    name.strip_prefix(b"tzinfo-")
        .is_some_and(|version| version.first().is_some_and(u8::is_ascii_digit))
}

fn want_database(scene: &Scene<'_>, by: Option<PathId>, wants: &mut Wants) {
    let Some(directory) = scene.find(DATABASE) else { return };
    let because = if by.is_some() { "a time zone for" } else { "a time zone, as others were used" };
    wants.want_resolved(scene, DATABASE.as_bytes(), by, because);
    let is_copy = |path: PathId| {
        scene.tree.parent(path) == directory
            && matches!(scene.tree.name(path), b"posix" | b"right" | b"localtime")
    };
    wants.want_below(scene, Subtree { directory, by, because }, |path| !is_copy(path));
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use crate::{Level, rules::fixture::Stage};

    fn image(tree: TreeBuilder) -> TreeBuilder {
        tree.file("/usr/share/zoneinfo/Europe/Berlin", 0o644, b"x")
            .file("/usr/share/zoneinfo/Etc/UTC", 0o644, b"x")
            .file("/usr/share/zoneinfo/right/Europe/Berlin", 0o644, b"x")
            .file("/usr/bin/python3.11", 0o755, b"x")
            .file("/usr/bin/app", 0o755, b"x")
            .symlink("/etc/localtime", "/usr/share/zoneinfo/Etc/UTC")
    }

    const BERLIN: &str = "/usr/share/zoneinfo/Europe/Berlin";

    #[test]
    fn zones_stay_by_evidence_by_language_and_by_environment() {
        for stage in [
            Stage::new(image).read("/usr/share/zoneinfo/Etc"),
            Stage::new(image).read("/usr/bin/python3.11"),
            Stage::new(image).env("TZ", "Europe/Berlin"),
        ] {
            let kept = stage.level(Level::Balanced).kept_files();
            assert!(kept.contains(&BERLIN.to_owned()), "{kept:?}");
            assert!(!kept.iter().any(|path| path.contains("right")), "{kept:?}");
        }
    }

    #[test]
    fn without_a_sign_only_the_own_zone_stays() {
        let kept = Stage::new(image).level(Level::Balanced).read("/usr/bin/app").kept_files();
        assert_eq!(kept, ["/etc/localtime", "/usr/bin/app", "/usr/share/zoneinfo/Etc/UTC"]);
    }
}
