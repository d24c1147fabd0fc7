//! What layers show together, case by case: whiteouts, type changes, links, odd paths.

use jettison_rootfs::{
    EntryRef, Fate, Kind, MergeError, ProblemKind, Timestamp, Tree, fixture::TreeBuilder,
};

/// Every name with what tells it apart: permissions of directories, bytes of files, targets.
fn listing(tree: &Tree) -> Vec<String> {
    let line = |path| {
        let (id, inode) = (tree.inode_id(path), tree.inode(path));
        let detail = match (&inode.kind, &inode.target) {
            (Kind::Directory, _) => format!("{:o}", inode.mode),
            (Kind::File, _) => {
                let bytes = tree.read_all(id, 100).expect("memory reads");
                String::from_utf8(bytes).expect("test files are text")
            }
            (_, Some(target)) => format!("-> {}", target.escape_ascii()),
            (kind, None) => kind.to_string(),
        };
        format!("{} {detail}", tree.path(path).escape_ascii())
    };
    tree.iter().skip(1).map(line).collect()
}

fn problems(tree: &Tree) -> Vec<ProblemKind> {
    tree.problems().iter().map(|problem| problem.kind).collect()
}

#[test]
fn whiteouts_hide_what_is_below_and_nothing_else() {
    let tree = TreeBuilder::new()
        .file("/a/one", 0o644, b"1")
        .file("/a/two", 0o644, b"2")
        .file("/b/c/deep", 0o644, b"3")
        .file("/same", 0o644, b"old")
        .layer()
        .whiteout("/a/one")
        .whiteout("/b")
        .file("/same", 0o644, b"new")
        .whiteout("/same")
        .whiteout("/never/was")
        .build();
    assert_eq!(listing(&tree), ["/a 755", "/a/two 2", "/never 755", "/same new"]);
    let fates = tree.fates(0);
    assert_eq!(fates[0], Fate::Hidden);
    assert_eq!(fates[1], Fate::Visible(tree.find(b"/a/two").expect("it is listed")));
    assert_eq!(tree.fates(1)[0], Fate::Whiteout);
}

#[test]
fn whiteouts_count_beside_a_directory_of_the_same_layer() {
    let tree = TreeBuilder::new()
        .file("/d/low", 0o644, b"")
        .layer()
        .whiteout("/d")
        .file("/d/up", 0o644, b"")
        .build();
    assert_eq!(listing(&tree), ["/d 755", "/d/up "]);
    let problem = &tree.problems()[0];
    assert_eq!(problem.kind, ProblemKind::WhiteoutOfOwnDirectory);
    assert_eq!(*tree.entry(problem.at).path, *b".wh.d");
}

#[test]
fn opaque_directories_start_empty_wherever_the_marker_stands() {
    let lower =
        TreeBuilder::new().dir("/a", 0o700).file("/a/old", 0o644, b"").file("/a/b/old", 0o644, b"");
    let before = lower.clone().layer().opaque("/a").file("/a/new", 0o644, b"");
    let after = lower.layer().file("/a/new", 0o644, b"").opaque("/a");
    for builder in [before, after] {
        // The layer does not list `/a`, which keeps its mode.
        assert_eq!(listing(&builder.build()), ["/a 700", "/a/new "]);
    }
    let root =
        TreeBuilder::new().file("/old", 0o644, b"").layer().opaque("").file("/new", 0o644, b"");
    assert_eq!(listing(&root.build()), ["/new "]);
}

#[test]
fn kinds_change_between_layers() {
    let tree = TreeBuilder::new()
        .file("/dir-to-file/x", 0o644, b"x")
        .file("/file-to-dir", 0o644, b"x")
        .symlink("/link-to-dir", "dir-to-file")
        .file("/dir-again/x", 0o644, b"x")
        .layer()
        .file("/dir-to-file", 0o644, b"now a file")
        .dir("/file-to-dir", 0o711)
        .file("/link-to-dir/y", 0o644, b"y")
        .file("/dir-again", 0o644, b"")
        .layer()
        .dir("/dir-again", 0o700)
        .build();
    assert_eq!(
        listing(&tree),
        [
            "/dir-again 700",
            "/dir-to-file now a file",
            "/file-to-dir 711",
            "/link-to-dir 755",
            "/link-to-dir/y y",
        ]
    );
}

#[test]
fn directories_take_the_metadata_of_the_highest_layer_that_lists_them() {
    let tree = TreeBuilder::new()
        .dir("/etc", 0o700)
        .owner("/etc", 1, 2)
        .file("/etc/a", 0o644, b"")
        .layer()
        .file("/etc/b", 0o644, b"")
        .layer()
        .dir("/etc", 0o755)
        .mtime("/etc", Timestamp::from_seconds(7))
        .layer()
        .whiteout("/etc/b")
        .build();
    let etc = tree.find(b"/etc").expect("it is listed");
    let inode = tree.inode(etc);
    assert_eq!((inode.mode, inode.uid, inode.mtime.seconds), (0o755, 0, 7));
    assert_eq!(tree.provider(etc), Some((2, 0)));
    assert_eq!(tree.fates(0)[0], Fate::Merged(etc));
    assert!(!inode.is_implicit());
    assert_eq!(listing(&tree), ["/etc 755", "/etc/a "]);
}

#[test]
fn paths_follow_links_of_their_own_layer_only() {
    let tree = TreeBuilder::new()
        .dir("/usr/lib", 0o755)
        .symlink("/lib", "usr/lib")
        .file("/lib/one", 0o644, b"1")
        .dir("/deep/er", 0o755)
        .symlink("/deep/abs", "/usr/./lib/../lib")
        .file("/deep/abs/two", 0o644, b"2")
        .symlink("/deep/er/up", "../../../../made")
        .file("/deep/er/up/three", 0o644, b"3")
        .symlink("/chain", "deep/abs")
        .hardlink("/chain/four", "/chain/two")
        .build();
    assert_eq!(
        listing(&tree),
        [
            "/chain -> deep/abs",
            "/deep 755",
            "/deep/abs -> /usr/./lib/../lib",
            "/deep/er 755",
            "/deep/er/up -> ../../../../made",
            "/lib -> usr/lib",
            "/made 755",
            "/made/three 3",
            "/usr 755",
            "/usr/lib 755",
            "/usr/lib/four 2",
            "/usr/lib/one 1",
            "/usr/lib/two 2",
        ]
    );
    assert_eq!(problems(&tree), []);
    let tree = TreeBuilder::new()
        .file("/usr/lib/one", 0o644, b"1")
        .symlink("/lib", "usr/lib")
        .layer()
        .file("/lib/two", 0o644, b"2")
        .build();
    assert_eq!(
        listing(&tree),
        ["/lib 755", "/lib/two 2", "/usr 755", "/usr/lib 755", "/usr/lib/one 1"]
    );
}

#[test]
fn hard_links_share_a_file() {
    let tree = TreeBuilder::new()
        .file("/a", 0o4755, b"bytes")
        .xattr("/a", "security.capability", b"\x01")
        .hardlink("/b", "/a")
        .symlink("/s", "a")
        .hardlink("/s2", "/s")
        .layer()
        .file("/a", 0o644, b"changed")
        .build();
    assert_eq!(listing(&tree), ["/a changed", "/b bytes", "/s -> a", "/s2 -> a"]);
    let inode = |path: &[u8]| tree.inode(tree.find(path).expect("it is listed"));
    let old = inode(b"/b");
    assert_eq!(
        (old.mode, old.nlink, old.origin),
        (0o4755, 1, Some(EntryRef { layer: 0, entry: 0 }))
    );
    assert_eq!(old.xattrs.get(b"security.capability"), Some(&b"\x01"[..]));
    let (link, other) = (inode(b"/s"), tree.inode_id(tree.find(b"/s2").expect("it is listed")));
    assert_eq!(link.nlink, 2);
    assert_eq!(tree.names(other).len(), 2);
}

#[test]
fn a_links_own_header_describes_the_file() {
    let tree = TreeBuilder::new()
        .file("/a", 0o644, b"")
        .xattr("/a", "user.x", b"1")
        .file("/b", 0o644, b"")
        .hardlink("/b", "/a")
        .owner("/b", 5, 6)
        .build();
    let inode = tree.inode(tree.find(b"/a").expect("it is listed"));
    assert_eq!((inode.uid, inode.gid, inode.nlink), (5, 6, 2));
    assert_eq!(inode.xattrs.get(b"user.x"), Some(&b"1"[..]));
    assert_eq!(problems(&tree), [ProblemKind::Duplicate]);
}

#[test]
fn odd_hard_links_are_reported() {
    let tree = TreeBuilder::new()
        .file("/lower", 0o644, b"low")
        .dir("/dir", 0o755)
        .layer()
        .hardlink("/across", "/lower")
        .hardlink("/forward", "/late")
        .hardlink("/chained", "/forward")
        .hardlink("/nowhere", "/nothing")
        .hardlink("/to-dir", "/dir")
        .file("/late", 0o644, b"late")
        .dir("/own", 0o755)
        .hardlink("/to-own-dir", "/own")
        .hardlink("/to-root", "/")
        .build();
    assert_eq!(
        listing(&tree),
        [
            "/across low",
            "/chained late",
            "/dir 755",
            "/forward late",
            "/late late",
            "/lower low",
            "/own 755"
        ]
    );
    assert_eq!(
        problems(&tree),
        [
            ProblemKind::LinkAcrossLayers,
            ProblemKind::LinkForward,
            ProblemKind::LinkForward,
            ProblemKind::LinkTargetMissing,
            ProblemKind::LinkAcrossLayers,
            ProblemKind::LinkToDirectory,
            ProblemKind::LinkToDirectory,
            ProblemKind::LinkToDirectory,
        ]
    );
}

#[test]
fn later_entries_of_a_layer_win() {
    let tree = TreeBuilder::new()
        .file("/a", 0o644, b"1")
        .file("/a", 0o644, b"2")
        .dir("/d", 0o700)
        .file("/d/x", 0o644, b"x")
        .dir("/d", 0o755)
        .file("/e/x", 0o644, b"x")
        .file("/e", 0o644, b"e")
        .file("/f", 0o644, b"f")
        .dir("/f", 0o755)
        .build();
    assert_eq!(listing(&tree), ["/a 2", "/d 755", "/d/x x", "/e e", "/f 755"]);
    assert_eq!(problems(&tree), [ProblemKind::Duplicate; 3]);
}

#[test]
fn the_root_has_the_metadata_that_runtimes_give_it() {
    let tree = TreeBuilder::new().dir("/", 0o700).owner("/", 9, 9).file("/a", 0o644, b"").build();
    let root = tree.inode(tree.root());
    assert_eq!((root.mode, root.uid, root.nlink), (0o755, 0, 2));
    assert_eq!(tree.path(tree.root()), b"/");
    assert_eq!(tree.parent(tree.root()), tree.root());
    assert_eq!(tree.inode_id(tree.root()).index(), 0);
}

#[test]
fn what_no_runtime_unpacks_is_refused() {
    let merge = |builder: TreeBuilder| Tree::merge(builder.layers()).expect_err("it is refused");
    let through_file = merge(TreeBuilder::new().file("/a", 0o644, b"").file("/a/b", 0o644, b""));
    assert!(matches!(through_file, MergeError::NotADirectory { found: Kind::File, .. }));
    let message = "layer 0: \"a/b\" cannot be made: \"a\" in its path is a file, not a directory";
    assert!(through_file.to_string().starts_with(message), "{through_file}");
    let looped = TreeBuilder::new().symlink("/a", "b").symlink("/b", "a").file("/a/x", 0o644, b"");
    assert!(matches!(merge(looped), MergeError::LinkLoop { .. }));
    let root = TreeBuilder::new().file("/", 0o644, b"");
    assert!(matches!(merge(root), MergeError::RootNotADirectory { layer: 0, entry: 0 }));
    // Each link leads 300 directories further down.
    let mut deep = TreeBuilder::new();
    for path in ["/a", "/a/b", "/a/b/c", "/a/b/c/e"] {
        deep = deep.symlink(path, &"d/".repeat(300));
    }
    assert!(matches!(merge(deep.file("/a/b/c/e/x", 0o644, b"")), MergeError::TooDeep { .. }));
}

#[test]
fn links_may_not_cost_more_than_they_say() {
    let mut builder = TreeBuilder::new();
    let target = "./".repeat(2040);
    for number in 0..39 {
        builder = builder.symlink(&format!("/{number}"), &format!("{target}{}", number + 1));
    }
    // Each path leads through 39 links of 4 KB.
    for number in 0..120 {
        builder = builder.file(&format!("/0/{number}"), 0o644, b"");
    }
    let error = Tree::merge(builder.layers()).expect_err("19 MB of links");
    assert!(matches!(error, MergeError::TooManyLinks { .. }), "{error}");
}

#[test]
fn sparse_files_read_as_zeros_where_they_have_holes() {
    let tree = TreeBuilder::new()
        .sparse("/s", 20, &[(3, b"abc"), (10, b"def")])
        .sparse("/hole", 1 << 40, &[])
        .build();
    let id = |path: &[u8]| tree.inode_id(tree.find(path).expect("it is listed"));
    let expected = b"\0\0\0abc\0\0\0\0def\0\0\0\0\0\0\0";
    assert_eq!(tree.read_all(id(b"/s"), 20).expect("memory reads"), expected);
    for start in 0..22 {
        for len in 0..22 {
            let mut buf = vec![0xff; len];
            let read = tree.read(id(b"/s"), start as u64, &mut buf).expect("memory reads");
            let rest = expected.get(start..).unwrap_or_default();
            assert_eq!(&buf[..read], &rest[..len.min(rest.len())], "{start} {len}");
        }
    }
    let mut buf = [0xff; 8];
    assert_eq!(tree.read(id(b"/hole"), (1 << 40) - 3, &mut buf).expect("memory reads"), 3);
    assert_eq!(buf[..4], [0, 0, 0, 0xff]);
    let error = tree.read_all(id(b"/hole"), 1 << 30).expect_err("it is too long");
    assert_eq!(error.kind(), std::io::ErrorKind::FileTooLarge);
    assert_eq!(
        tree.read_all(tree.inode_id(tree.root()), 10).expect("a directory has no bytes"),
        b""
    );
}

#[test]
fn each_hidden_entry_knows_what_hides_it() {
    let tree = TreeBuilder::new()
        .dir("/d", 0o755)
        .file("/d/gone", 0o644, b"1")
        .file("/d/deep/gone", 0o644, b"2")
        .file("/replaced/a", 0o644, b"3")
        .file("/changed", 0o644, b"4")
        .file("/twice", 0o644, b"5")
        .file("/twice", 0o644, b"6")
        .file("/stays", 0o644, b"7")
        .layer()
        .dir("/d", 0o700)
        .whiteout("/d/gone")
        .file("/changed", 0o600, b"4")
        .layer()
        .opaque("/d")
        .file("/replaced", 0o644, b"")
        .whiteout("/changed")
        .build();
    let by = |layer, entry| {
        let by = tree.hidden_by(EntryRef { layer, entry })?;
        Some((by.layer, by.entry))
    };
    let first: Vec<_> = (0..8).map(|entry| by(0, entry)).collect();
    assert_eq!(
        first,
        [
            Some((1, 0)), // the directory's metadata
            Some((1, 1)),
            Some((2, 0)), // below the opaque marker
            Some((2, 1)), // below what is a file now
            Some((1, 2)),
            Some((0, 6)), // by its own layer
            None,
            None,
        ]
    );
    let second: Vec<_> = (0..3).map(|entry| by(1, entry)).collect();
    assert_eq!(second, [None, None, Some((2, 2))]);
}
