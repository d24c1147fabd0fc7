//! Directories of plug-ins stay whole once one of them was loaded.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId, evidence::Touches};

use super::libraries;
use crate::{Level, Rule, Scene, Wants, rule::Page, subtree::Subtree};

/// Keeps the plug-ins beside a loaded one.
pub(super) struct Plugins;

/// Plug-ins are kept whole up to here; a directory with more is no collection of parts of one program.
const WHOLE_BYTES: u64 = 64 << 20;

/// Directories that other rules decide about, by their names: interpreters' modules, character sets, PAM, virtual
/// machines, and servers whose settings name each module they load.
const DECIDED: [&[u8]; 16] = [
    b"lib-dynload",
    b"gconv",
    b"security",
    b"server",
    b"enc",
    b"trans",
    b"site-packages",
    b"dist-packages",
    b"modules",
    b"ossl-modules",
    b"perl-base",
    b"gems",
    b"Release",
    b"nginx",
    b"lib",
    b"bin",
];

impl Rule for Plugins {
    fn name(&self) -> &'static str {
        "plugins"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Where a shared object was loaded from a directory that is none of the library directories, the other shared \
                   objects in it, and its caches and lists: image coders, database drivers, authentication methods, Qt and \
                   GStreamer plug-ins. Up to 64 MB a directory.",
            why: "Programs choose a plug-in by the data they meet: the next image has another format than the probe's.",
            instead: "--exclude-path for the plug-ins that are not meant.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        let tree = scene.tree;
        let of_loader: BTreeSet<PathId> = libraries::system_directories(scene)
            .iter()
            .filter_map(|directory| scene.find(directory))
            .collect();
        let mut seen = BTreeSet::new();
        for (path, touched) in scene.evidence.iter() {
            let directory = tree.parent(path);
            let is_loaded = touched.touches.contains(Touches::READ) && is_object(scene, path);
            if !is_loaded
                || of_loader.contains(&directory)
                || is_decided(scene, directory)
                || !seen.insert(directory)
            {
                continue;
            }
            if own_bytes(scene, directory) > WHOLE_BYTES {
                continue;
            }
            let subtree = Subtree { directory, by: Some(path), because: "a plug-in beside" };
            wants.want_below(scene, subtree, |found| {
                tree.parent(found) == directory
                    && (is_object(scene, found) || is_list(scene, found))
            });
        }
    }
}

fn is_object(scene: &Scene<'_>, path: PathId) -> bool {
    let name = scene.tree.name(path);
    let kind = scene.tree.inode(path).kind;
    matches!(kind, Kind::File | Kind::Symlink) && (name.ends_with(b".so") || is_versioned(name))
}

/// `libx.so.1.2`: digits and dots behind `.so`.
fn is_versioned(name: &[u8]) -> bool {
    name.windows(4)
        .rposition(|part| part == b".so.")
        .is_some_and(|at| name[at + 4..].iter().all(|byte| byte.is_ascii_digit() || *byte == b'.'))
}

/// Caches and descriptions, by which programs find the plug-in for a kind of data.
fn is_list(scene: &Scene<'_>, path: PathId) -> bool {
    /// The longest such file, a cache of all of VLC's plug-ins, has 200 KB.
    const LIST_BYTES: u64 = 512 << 10;
    let inode = scene.tree.inode(path);
    let name = scene.tree.name(path);
    let is_named = [&b".cache"[..], b".la", b".dat", b".conf", b".json", b".xml"]
        .iter()
        .any(|ending| name.ends_with(ending));
    inode.kind == Kind::File && inode.size <= LIST_BYTES && is_named
}

fn is_decided(scene: &Scene<'_>, directory: PathId) -> bool {
    DECIDED.contains(&scene.tree.name(directory))
        || scene.is_in_language_package(directory)
        || scene.packages().language_owner(directory).is_some()
        || has_interpreter(scene, directory)
}

/// Compiled modules of Perl and Ruby lie in trees of their own, a directory for each.
fn has_interpreter(scene: &Scene<'_>, directory: PathId) -> bool {
    let mut at = directory;
    while at != scene.tree.root() {
        if matches!(scene.tree.name(at), b"perl" | b"perl5" | b"ruby" | b"jvm" | b"php" | b"auto")
            || scene.tree.name(at).starts_with(b"python")
        {
            return true;
        }
        at = scene.tree.parent(at);
    }
    false
}

/// Bytes of the shared objects of a directory, without what is below.
fn own_bytes(scene: &Scene<'_>, directory: PathId) -> u64 {
    let children = scene.tree.children(directory).filter(|&child| is_object(scene, child));
    children
        .map(|child| scene.tree.inode(child))
        .filter(|inode| inode.kind == Kind::File)
        .map(|inode| inode.size)
        .sum()
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    #[test]
    fn plug_ins_beside_a_loaded_one_stay() {
        let stage = |used: &str| {
            Stage::new(|tree| {
                tree.file("/usr/lib/x86_64-linux-gnu/magick/coders/png.so", 0o644, b"x")
                    .file("/usr/lib/x86_64-linux-gnu/magick/coders/jpeg.so", 0o644, b"x")
                    .file("/usr/lib/x86_64-linux-gnu/magick/coders/coders.cache", 0o644, b"x")
                    .file("/usr/lib/x86_64-linux-gnu/magick/coders/README", 0o644, b"x")
                    .file("/usr/lib/x86_64-linux-gnu/libz.so.1", 0o644, b"x")
                    .file("/usr/lib/x86_64-linux-gnu/libother.so.1", 0o644, b"x")
                    .file("/usr/lib/python3.11/lib-dynload/_csv.so", 0o644, b"x")
                    .file("/usr/lib/python3.11/lib-dynload/_dbm.so", 0o644, b"x")
            })
            .level(Level::Balanced)
            .read(used)
            .kept_files()
        };
        let coders = "/usr/lib/x86_64-linux-gnu/magick/coders";
        assert_eq!(
            stage("/usr/lib/x86_64-linux-gnu/magick/coders/png.so"),
            [
                format!("{coders}/coders.cache"),
                format!("{coders}/jpeg.so"),
                format!("{coders}/png.so")
            ]
        );
        assert_eq!(
            stage("/usr/lib/x86_64-linux-gnu/libz.so.1"),
            ["/usr/lib/x86_64-linux-gnu/libz.so.1"]
        );
        assert!(
            !stage("/usr/lib/python3.11/lib-dynload/_csv.so")
                .iter()
                .any(|path| path.contains("_dbm"))
        );
    }
}
