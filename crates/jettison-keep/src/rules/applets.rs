//! The other names of a program stay with it.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId};

use crate::{KeepSet, Level, Rule, Scene, Wants, rule::Page};

/// Keeps the links to busybox, and to every other program that acts by the name under which it is called.
pub(super) struct Applets;

impl Rule for Applets {
    fn name(&self) -> &'static str {
        "applets"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Other names of kept programs: every hard link to one, and every symbolic link in the search path that leads to \
                   one (busybox and its commands, slapd and slapcat, node and nodejs).",
            why: "They cost no bytes, scripts find the commands they call by these names, and many programs act by the name \
                  under which they are called.",
            instead: "--no-rule applets, to make an image poorer in commands, not smaller.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let inode = scene.tree.inode(path);
        if inode.kind == Kind::File && inode.is_executable() {
            for &name in scene.tree.names(scene.tree.inode_id(path)) {
                wants.want_for(name, path, "another name of");
            }
        }
    }

    fn settled(&self, scene: &Scene<'_>, keep: &KeepSet, wants: &mut Wants) {
        let directories: BTreeSet<PathId> =
            scene.contract.search_path().filter_map(|directory| scene.find(directory)).collect();
        for link in directories.into_iter().flat_map(|directory| scene.tree.children(directory)) {
            if scene.tree.inode(link).kind != Kind::Symlink || keep.contains(link) {
                continue;
            }
            let full = scene.tree.path(link);
            let Some(program) = scene.find(&full).filter(|&program| keep.contains(program)) else {
                continue;
            };
            let inode = scene.tree.inode(program);
            if inode.kind == Kind::File && inode.is_executable() {
                wants.want_resolved(scene, &full, Some(program), "another name of");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    #[test]
    fn links_to_what_stays_stay_and_other_links_go() {
        let kept = Stage::new(|tree| {
            tree.file("/bin/busybox", 0o755, b"x")
                .symlink("/bin/ls", "/bin/busybox")
                .symlink("/usr/bin/awk", "../../bin/busybox")
                .hardlink("/sbin/ip", "/bin/busybox")
                .symlink("/sbin/alternative", "/etc/alternatives/shell")
                .symlink("/etc/alternatives/shell", "/bin/busybox")
                .symlink("/srv/off-the-path", "/bin/busybox")
                .file("/bin/other", 0o755, b"x")
                .symlink("/bin/alias", "other")
        })
        .level(Level::Balanced)
        .read("/bin/busybox")
        .kept_files();
        assert_eq!(
            kept,
            [
                "/bin/busybox",
                "/bin/ls",
                "/etc/alternatives/shell",
                "/sbin/alternative",
                "/sbin/ip",
                "/usr/bin/awk"
            ]
        );
    }
}
