//! An application that the distribution packaged stays whole.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId, evidence::Touches};

use super::whole_packages;
use crate::{
    Level, Rule, Scene, Wants, ballast, family::first_word, packages::PackageId, rule::Page,
};

/// Keeps the packages of applications in interpreted languages of which a source was read.
pub(super) struct PackagedApps;

/// Where distributions put an application, in a directory that is called like its package (Debian Policy 9.1, FHS 4.11).
const PLACES: [&[u8]; 5] = [b"/usr/share", b"/usr/lib", b"/usr/libexec", b"/var/lib", b"/var/www"];

/// Endings of sources that an interpreter reads.
const SOURCES: [&[u8]; 7] = [b".php", b".rb", b".py", b".pl", b".cgi", b".tcl", b".js"];

/// Names in those places that belong to languages, whose libraries other rules judge one by one.
const LANGUAGES: [&[u8]; 14] = [
    b"php",
    b"pear",
    b"perl",
    b"python",
    b"pypy",
    b"ruby",
    b"rubygems",
    b"gems",
    b"node",
    b"nodejs",
    b"npm",
    b"javascript",
    b"tcltk",
    b"lua",
];

impl Rule for PackagedApps {
    fn name(&self) -> &'static str {
        "packaged-apps"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Packages of the distribution that are an application in PHP, Ruby, Python, Perl, Tcl or JavaScript: a source in a \
                   directory that is called like the package was read (/usr/share/mediawiki). Without documents and tests; \
                   libraries of a language are judged one by one.",
            why: "Which of its sources an application loads depends on what it is asked for, and a probe asks for little: \
                  nobody logged in, edited or uploaded. It is as if it had been copied into the image.",
            instead: "--exclude-path for extensions that are not in use.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        let read = scene.evidence.iter().filter(|(_, seen)| seen.touches.contains(Touches::READ));
        let owners: BTreeSet<PackageId> =
            read.filter_map(|(path, _)| application(scene, path)).collect();
        for package in owners.into_iter().map(|id| scene.packages().get(id)) {
            for &file in &package.files {
                let path = scene.tree.path(file);
                // "", "usr", "share", "wiki", "tests": what lies at the top of the application.
                let at_top = path.split(|&byte| byte == b'/').nth(4).unwrap_or_default();
                let is_residue = ballast::is_directory(&at_top.to_ascii_lowercase());
                let is_wanted = scene.tree.inode(file).kind != Kind::Directory
                    && !whole_packages::is_left_out(&path)
                    && !is_residue
                    && !ballast::is_file(scene.tree.name(file));
                if is_wanted {
                    wants.want(file, format!("a file of the application {}", package.name));
                }
            }
        }
    }
}

/// The package of an application that a source belongs to.
fn application(scene: &Scene<'_>, source: PathId) -> Option<PackageId> {
    if !SOURCES.iter().any(|ending| scene.tree.name(source).ends_with(ending)) {
        return None;
    }
    let path = scene.tree.path(source);
    let rest = PLACES.iter().find_map(|place| path.strip_prefix(*place)?.strip_prefix(b"/"))?;
    let directory = &rest[..rest.iter().position(|&byte| byte == b'/')?];
    let word = first_word(directory);
    if word.len() < 2 || LANGUAGES.contains(&word) {
        return None;
    }
    let owner = scene.packages().system_owner(source)?;
    let is_its_own = first_word(scene.packages().get(owner).name.as_bytes()) == word;
    is_its_own.then_some(owner)
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    #[test]
    fn an_application_stays_whole_and_libraries_do_not() {
        let kept = Stage::new(|tree| {
            tree.file("/var/lib/dpkg/status", 0o644, b"Package: wiki\n\nPackage: wiki-classes\n\nPackage: python3-x\n\nPackage: php-x\n")
                .file(
                    "/var/lib/dpkg/info/wiki.list",
                    0o644,
                    b"/usr/share/wiki/index.php\n/usr/share/wiki/tests/run.php\n/usr/share/doc/wiki/NEWS\n/var/lib/wiki/tools\n",
                )
                .file(
                    "/var/lib/dpkg/info/wiki-classes.list",
                    0o644,
                    b"/usr/share/wiki/api/Login.php\n/usr/share/wiki/api/Edit.php\n/usr/share/wiki/api/README.md\n",
                )
                .file("/var/lib/dpkg/info/python3-x.list", 0o644, b"/usr/lib/python3/dist-packages/x.py\n/usr/lib/python3/dist-packages/z.py\n")
                .file("/var/lib/dpkg/info/php-x.list", 0o644, b"/usr/share/php/x/a.php\n/usr/share/php/y.php\n")
                .file("/usr/share/wiki/index.php", 0o644, b"x")
                .file("/usr/share/wiki/tests/run.php", 0o644, b"x")
                .file("/usr/share/doc/wiki/NEWS", 0o644, b"x")
                .file("/usr/share/wiki/api/Login.php", 0o644, b"x")
                .file("/usr/share/wiki/api/Edit.php", 0o644, b"x")
                .file("/usr/share/wiki/api/README.md", 0o644, b"x")
                .file("/usr/share/wiki/tools/stats.php", 0o644, b"x")
                .symlink("/var/lib/wiki/tools", "/usr/share/wiki/tools")
                .file("/usr/lib/python3/dist-packages/x.py", 0o644, b"x")
                .file("/usr/lib/python3/dist-packages/z.py", 0o644, b"x")
                .file("/usr/share/php/x/a.php", 0o644, b"x")
                .file("/usr/share/php/y.php", 0o644, b"x")
        })
        .level(Level::Balanced)
        .read("/usr/share/wiki/index.php")
        .read("/usr/share/wiki/api/Login.php")
        .read("/usr/lib/python3/dist-packages/x.py")
        .read("/usr/share/php/x/a.php")
        .kept_files();
        for path in ["/usr/share/wiki/api/Edit.php", "/var/lib/wiki/tools"] {
            assert!(kept.contains(&path.to_owned()), "{path} is not in {kept:?}");
        }
        for path in [
            "/usr/share/wiki/tests/run.php",
            "/usr/share/doc/wiki/NEWS",
            "/usr/share/wiki/api/README.md",
            "/usr/lib/python3/dist-packages/z.py",
            "/usr/share/php/y.php",
        ] {
            assert!(!kept.contains(&path.to_owned()), "{path} is in {kept:?}");
        }
    }
}
