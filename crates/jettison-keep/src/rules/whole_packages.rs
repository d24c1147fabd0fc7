//! The packages of what was touched stay whole.

use std::collections::BTreeSet;

use jettison_rootfs::Kind;

use crate::{Level, Rule, Scene, Wants, packages::Package, rule::Page};

/// Keeps packages whole, but for what only people read.
pub(super) struct WholePackages;

/// Directories of documents, of sources for compilers, and of messages (hier(7)); messages have a rule of their own.
const LEFT_OUT: [&str; 12] = [
    "/usr/share/doc/",
    "/usr/share/man/",
    "/usr/share/info/",
    "/usr/share/lintian/",
    "/usr/share/linda/",
    "/usr/share/gtk-doc/",
    "/usr/share/doc-base/",
    "/usr/share/bash-completion/",
    "/usr/share/locale/",
    "/usr/include/",
    "/usr/lib/debug/",
    "/usr/share/icons/",
];

impl Rule for WholePackages {
    fn name(&self) -> &'static str {
        "whole-packages"
    }

    fn level(&self) -> Level {
        Level::Generous
    }

    fn page(&self) -> Page {
        Page {
            what: "Every package of the distribution of which a file was touched, without its documents, headers and \
                   messages.",
            why: "Who packaged a program put together what it may need. It is the widest net, for images that are probed \
                  little and must not fail.",
            instead: "--keep balanced keeps what the program's files refer to.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        let packages = scene.packages();
        let is_file = |path| scene.tree.inode(path).kind != Kind::Directory;
        let touched = scene.evidence.iter().map(|(path, _)| path).filter(|&path| is_file(path));
        let owners: BTreeSet<_> = touched.filter_map(|path| packages.system_owner(path)).collect();
        for package in owners.into_iter().map(|id| packages.get(id)) {
            want_whole(scene, package, wants);
        }
    }
}

fn want_whole(scene: &Scene<'_>, package: &Package, wants: &mut Wants) {
    for &file in &package.files {
        if !is_left_out(&scene.tree.path(file)) {
            wants.want(file, format!("a file of the package {}", package.name));
        }
    }
}

/// Whether a path of a package is for people or compilers alone.
pub(super) fn is_left_out(path: &[u8]) -> bool {
    LEFT_OUT.iter().any(|directory| path.starts_with(directory.as_bytes()))
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    #[test]
    fn touched_packages_stay_whole() {
        let stage = Stage::new(|tree| {
            tree.file("/var/lib/dpkg/status", 0o644, b"Package: a\n\nPackage: b\n")
                .file(
                    "/var/lib/dpkg/info/a.list",
                    0o644,
                    b"/usr/bin/a\n/usr/lib/shared/plugin\n/usr/share/doc/a/copyright\n",
                )
                .file("/var/lib/dpkg/info/b.list", 0o644, b"/usr/bin/b\n")
                .file("/usr/bin/a", 0o755, b"x")
                .file("/usr/bin/b", 0o755, b"x")
                .file("/usr/lib/shared/plugin", 0o644, b"x")
                .file("/usr/share/doc/a/copyright", 0o644, b"x")
        })
        .read("/usr/bin/a");
        let balanced = stage.level(Level::Balanced);
        assert!(!balanced.kept_files().contains(&"/usr/lib/shared/plugin".to_owned()));
        let kept = balanced.level(Level::Generous).kept_files();
        assert!(kept.contains(&"/usr/lib/shared/plugin".to_owned()), "{kept:?}");
        for path in ["/usr/bin/b", "/usr/share/doc/a/copyright"] {
            assert!(!kept.contains(&path.to_owned()), "{path} in {kept:?}");
        }
    }
}
