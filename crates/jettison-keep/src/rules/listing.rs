//! The children of a listed directory stay where the listing itself is what a program uses.

use jettison_rootfs::{Kind, PathId, evidence::Touches};

use crate::{Level, Rule, Scene, Wants, rule::Page};

/// Keeps what a listing showed, when a program is likely to act on what it shows.
pub(super) struct Listing;

/// Listed directories of the system are kept whole up to this many bytes of files: configuration fragments and plug-in
/// lists are small, program and library directories (which interpreters list for their import caches) are not.
const SYSTEM_BYTES: u64 = 256 << 10;

/// Directories that packages fill, below which a listing rarely means that each child is wanted.
const SYSTEM: [&str; 6] = ["/usr", "/lib", "/lib64", "/bin", "/sbin", "/var/lib"];

/// Below these, files are somebody's own although they lie in a system directory (hier(7)).
const OWN: [&str; 2] = ["/usr/local", "/usr/src"];

impl Rule for Listing {
    fn name(&self) -> &'static str {
        "listing"
    }

    fn level(&self) -> Level {
        Level::Minimal
    }

    fn page(&self) -> Page {
        Page {
            what: "The children (not their contents) of a directory that the program listed: all of them in the \
                   application's own directories and in /etc, up to 256 KiB of files elsewhere; never those of import \
                   directories, which interpreters list only to fill a cache.",
            why: "A program that lists a directory acts on the names in it: it serves them, counts them or loads them later.",
            instead: "--no-rule listing, if nothing depends on the listing being whole.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        for (path, seen) in scene.evidence.iter() {
            if !seen.touches.contains(Touches::LISTED)
                || path == scene.tree.root()
                || is_import_directory(scene, path)
            {
                continue;
            }
            if is_system(&scene.tree.path(path)) && bytes(scene, path) > SYSTEM_BYTES {
                continue;
            }
            for child in scene.tree.children(path) {
                wants.want_for(child, path, "in the listing of");
            }
        }
    }
}

fn is_system(path: &[u8]) -> bool {
    let below = |directory: &&str| {
        path.strip_prefix(directory.as_bytes())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    };
    SYSTEM.iter().any(below) && !OWN.iter().any(below)
}

fn bytes(scene: &Scene<'_>, directory: PathId) -> u64 {
    let files = scene.tree.children(directory).map(|child| scene.tree.inode(child));
    files.filter(|inode| inode.kind == Kind::File).map(|inode| inode.size).sum()
}

/// Directories that Python, Node and Ruby list or search while they look for a module.
fn is_import_directory(scene: &Scene<'_>, directory: PathId) -> bool {
    let name = scene.tree.name(directory);
    let holds = |file: &[u8]| scene.tree.child(directory, file).is_some();
    let is_named = matches!(
        name,
        b"site-packages"
            | b"dist-packages"
            | b"lib-dynload"
            | b"node_modules"
            | b"__pycache__"
            | b"gems"
    );
    is_named
        || holds(b"__init__.py")
        || holds(b"site.py")
        || name.ends_with(b".dist-info")
        || name.ends_with(b".egg-info")
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::Stage;

    #[test]
    fn listings_of_data_are_whole_and_those_of_import_directories_are_not() {
        let big = vec![0; 300 << 10];
        let kept = Stage::new(|tree| {
            tree.file("/data/many/1.txt", 0o644, b"1")
                .file("/data/many/sub/deep", 0o644, b"2")
                .file("/usr/lib/python3/dist-packages/x.py", 0o644, b"3")
                .file("/usr/lib/big/blob", 0o644, &big)
                .file("/usr/share/small/a", 0o644, b"4")
        })
        .listed("/data/many")
        .listed("/usr/lib/python3/dist-packages")
        .listed("/usr/lib/big")
        .listed("/usr/share/small")
        .kept();
        for path in ["/data/many/1.txt", "/data/many/sub", "/usr/share/small/a"] {
            assert!(kept.contains(&path.to_owned()), "{path} in {kept:?}");
        }
        for path in
            ["/data/many/sub/deep", "/usr/lib/python3/dist-packages/x.py", "/usr/lib/big/blob"]
        {
            assert!(!kept.contains(&path.to_owned()), "{path} in {kept:?}");
        }
    }
}
