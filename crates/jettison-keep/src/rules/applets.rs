//! The names under which one program plays many stay with it.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId};

use crate::{Level, Rule, Scene, Wants, rule::Page};

/// Keeps the links to busybox and its like.
pub(super) struct Applets;

/// Programs that act by the name under which they are called.
const PROGRAMS: [&[u8]; 8] = [
    b"busybox",
    b"toybox",
    b"coreutils",
    b"busybox.static",
    b"uutils",
    b"box",
    b"sbase-box",
    b"busybox-extras",
];

impl Rule for Applets {
    fn name(&self) -> &'static str {
        "applets"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Every link in the search path, symbolic or hard, that leads to a kept busybox, toybox or coreutils binary.",
            why: "They cost no bytes, and a shell script finds the commands it calls by these names.",
            instead: "--no-rule applets, to make an image poorer in commands, not smaller.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let inode = scene.tree.inode(path);
        if inode.kind != Kind::File || !PROGRAMS.contains(&scene.tree.name(path)) {
            return;
        }
        for &name in scene.tree.names(scene.tree.inode_id(path)) {
            wants.want_for(name, path, "another name of");
        }
        let directories: BTreeSet<PathId> =
            scene.contract.search_path().filter_map(|directory| scene.find(directory)).collect();
        for directory in directories {
            let links = scene
                .tree
                .children(directory)
                .filter(|&child| scene.tree.inode(child).kind == Kind::Symlink);
            for link in links.filter(|&link| scene.find(scene.tree.path(link)) == Some(path)) {
                wants.want_for(link, path, "another name of");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    #[test]
    fn links_to_busybox_stay_and_other_links_go() {
        let kept = Stage::new(|tree| {
            tree.file("/bin/busybox", 0o755, b"x")
                .symlink("/bin/ls", "/bin/busybox")
                .symlink("/usr/bin/awk", "../../bin/busybox")
                .hardlink("/sbin/ip", "/bin/busybox")
                .file("/bin/other", 0o755, b"x")
                .symlink("/bin/alias", "other")
        })
        .level(Level::Balanced)
        .read("/bin/busybox")
        .kept_files();
        assert_eq!(kept, ["/bin/busybox", "/bin/ls", "/sbin/ip", "/usr/bin/awk"]);
    }
}
