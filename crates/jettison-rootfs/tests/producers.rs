//! Archives as GNU tar writes them, in each of its formats; and GNU tar reading what is written
//! here. Needs GNU tar 1.29 or later as `tar`.

use std::{
    collections::BTreeMap,
    os::unix::fs::FileExt,
    path::Path,
    process::{Command, Output},
};

use fs_err as fs;
use jettison_rootfs::{
    DataMap, EntryKind, Kind, LayerEntry, LayerIndex, LayerSource, Limits, Timestamp, Tree,
    fixture::TreeBuilder, flatten,
};

/// Longer than a ustar name, but with a slash where it can be split.
const LONG: &str = "a-directory-with-a-name-of-some-length/and-another-one-below-it-which-is-as-long/\
                    so-that-all-together-makes-more-than-one-hundred-bytes";

fn run(command: &mut Command) -> Output {
    let output = command.output().expect("GNU tar is installed as `tar`");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stderr}");
    output
}

/// Files of every kind that needs no privileges.
fn make_files(root: &Path) {
    fs::create_dir_all(root.join("dir/empty")).expect("temporary directory");
    fs::write(root.join("dir/file"), b"content").expect("temporary directory");
    fs::hard_link(root.join("dir/file"), root.join("dir/link")).expect("temporary directory");
    fs::os::unix::fs::symlink("dir/file", root.join("symlink")).expect("temporary directory");
    let long = root.join(LONG);
    fs::create_dir_all(long.parent().expect("it has one")).expect("temporary directory");
    fs::write(&long, vec![b'x'; 5000]).expect("temporary directory");
    run(Command::new("mkfifo").arg(root.join("fifo")));
}

fn archive(root: &Path, options: &[&str]) -> Vec<u8> {
    let fixed =
        ["--sort=name", "--numeric-owner", "--owner=70", "--group=80", "--mode=u=rwxs,go=rx"];
    let mut command = Command::new("tar");
    run(command.arg("-C").arg(root).args(fixed).args(options).args(["-cf", "-", "."])).stdout
}

fn index(blob: Vec<u8>) -> LayerSource {
    let index = LayerIndex::read(&blob, &Limits::DEFAULT).expect("GNU tar writes valid archives");
    LayerSource { blob: std::sync::Arc::new(blob), index: std::sync::Arc::new(index) }
}

fn by_path(layer: &LayerSource) -> BTreeMap<String, &LayerEntry> {
    let path = |entry: &LayerEntry| String::from_utf8(entry.path.to_vec()).expect("text");
    layer.index.entries().iter().map(|entry| (path(entry), entry)).collect()
}

#[test]
fn every_format_is_read_alike() {
    let root = tempfile::tempdir().expect("temporary directory");
    make_files(root.path());
    for format in ["v7", "oldgnu", "gnu", "ustar", "posix"] {
        let long_link = format!("{LONG}-and-then-some-more-because-it-is-a-target");
        let name = root.path().join("long-link");
        if format != "v7" && format != "ustar" {
            fs::os::unix::fs::symlink(&long_link, &name).expect("temporary directory");
        }
        let time = "--mtime=2001-02-03 04:05:06.789 UTC";
        let options = [&format!("--format={format}"), time];
        // v7 holds neither long names nor pipes.
        let v7 = if format == "v7" { &["--exclude=./a-*", "--exclude=./fifo"][..] } else { &[] };
        let layer =
            index(archive(root.path(), &[&options.map(|text| text as &str)[..], v7].concat()));
        let entries = by_path(&layer);
        let file = entries["dir/file"];
        assert_eq!(file.kind, EntryKind::Own(Kind::File), "{format}");
        assert_eq!((file.meta.mode, file.meta.uid, file.meta.gid), (0o4755, 70, 80), "{format}");
        let nanos = if format == "posix" { 789_000_000 } else { 0 };
        assert_eq!(file.meta.mtime, Timestamp { seconds: 981_173_106, nanos }, "{format}");
        assert_eq!(entries["dir/empty"].kind, EntryKind::Own(Kind::Directory), "{format}");
        assert_eq!(entries["dir/link"].kind, EntryKind::Hardlink, "{format}");
        assert_eq!(*entries["dir/link"].target, *b"dir/file", "{format}");
        assert_eq!(*entries["symlink"].target, *b"dir/file", "{format}");
        assert!(entries.contains_key(""), "{format}");
        if format != "v7" {
            assert_eq!(entries[LONG].size, 5000, "{format}");
            assert_eq!(entries["fifo"].kind, EntryKind::Own(Kind::Fifo), "{format}");
        }
        if name.is_symlink() {
            assert_eq!(*entries["long-link"].target, *long_link.as_bytes(), "{format}");
            fs::remove_file(&name).expect("temporary directory");
        }
        // Nothing lies between the entries, and only the end behind them.
        let mut at = 0;
        for entry in layer.index.entries() {
            assert_eq!(entry.raw.start, at, "{format}");
            at = entry.raw.end;
        }
        let tree = Tree::merge(vec![layer.clone()]).expect("it is a tree");
        let id = tree.inode_id(tree.find(b"/dir/link").expect("it is listed"));
        assert_eq!(tree.read_all(id, 100).expect("memory reads"), b"content", "{format}");
    }
}

#[test]
fn numbers_that_octal_cannot_hold_are_read() {
    let root = tempfile::tempdir().expect("temporary directory");
    fs::write(root.path().join("file"), b"").expect("temporary directory");
    for format in ["gnu", "posix"] {
        let format = format!("--format={format}");
        let options =
            [&format as &str, "--mtime=@-86399.5", "--owner=4000000000", "--group=2097152"];
        let layer = index(archive(root.path(), &options));
        let meta = &by_path(&layer)["file"].meta;
        assert_eq!((meta.uid, meta.gid), (4_000_000_000, 2_097_152), "{format}");
        let nanos = if format.contains("posix") { 500_000_000 } else { 0 };
        assert_eq!(meta.mtime, Timestamp { seconds: -86_400, nanos }, "{format}");
    }
}

#[test]
fn attributes_and_global_headers_are_read() {
    let root = tempfile::tempdir().expect("temporary directory");
    fs::write(root.path().join("file"), b"").expect("temporary directory");
    let own = "--pax-option=SCHILY.xattr.security.capability:=\x01\x02,SCHILY.xattr.user.b:=2";
    let layer = index(archive(root.path(), &["--format=posix", own]));
    let entries = by_path(&layer);
    let xattrs = &entries["file"].meta.xattrs;
    assert_eq!(xattrs.get(b"security.capability"), Some(&b"\x01\x02"[..]));
    assert_eq!((xattrs.get(b"user.b"), xattrs.len()), (Some(&b"2"[..]), 2));
    assert!(!entries["file"].needs_global);
    let layer = index(archive(root.path(), &["--format=posix", "--pax-option=comment=hello"]));
    assert!(!by_path(&layer)["file"].needs_global);
    let layer = index(archive(root.path(), &["--format=posix", "--pax-option=gid=1234"]));
    let entries = by_path(&layer);
    assert_eq!(entries["file"].meta.gid, 1234);
    assert!(entries["file"].needs_global);
}

#[test]
fn every_sparse_format_is_read() {
    let root = tempfile::tempdir().expect("temporary directory");
    // More runs than a header and one extension block hold, and a hole at the end.
    let mut expected = vec![0; 60 * 8192];
    let file = fs::File::create(root.path().join("sparse")).expect("temporary directory");
    file.set_len(expected.len() as u64).expect("temporary directory");
    for run in 0..50 {
        let (start, bytes) =
            (run * 8192 + 4096, [b'a' + u8::try_from(run % 26).expect("small"); 100]);
        expected[start..start + 100].copy_from_slice(&bytes);
        file.file().write_all_at(&bytes, start as u64).expect("temporary directory");
    }
    let zeros = fs::File::create(root.path().join("zeros")).expect("temporary directory");
    zeros.set_len(100_000).expect("temporary directory");
    for format in [
        &["--format=oldgnu"][..],
        &["--format=gnu"],
        &["--format=posix", "--sparse-version=0.0"],
        &["--format=posix", "--sparse-version=0.1"],
        &["--format=posix", "--sparse-version=1.0"],
    ] {
        let options = [format, &["--sparse", "--hole-detection=raw"]].concat();
        let layer = index(archive(root.path(), &options));
        let entries = by_path(&layer);
        let entry = entries["sparse"];
        let DataMap::Sparse(segments) = &entry.data else { panic!("{format:?} is not sparse") };
        assert!(segments.len() >= 50, "{format:?}");
        assert_eq!(entries["zeros"].size, 100_000, "{format:?}");
        let tree = Tree::merge(vec![layer.clone()]).expect("it is a tree");
        for (path, expected) in [("/sparse", &expected), ("/zeros", &vec![0; 100_000])] {
            let id = tree.inode_id(tree.find(path.as_bytes()).expect("it is listed"));
            let bytes = tree.read_all(id, 1 << 20).expect("memory reads");
            assert!(bytes == *expected, "{format:?} {path}");
        }
    }
}

#[test]
fn gnu_tar_reads_what_is_written() {
    let tree = TreeBuilder::new()
        .dir("/dir", 0o755)
        .file("/dir/file", 0o640, b"content")
        .mtime("/dir/file", Timestamp { seconds: 1_700_000_000, nanos: 250_000_000 })
        .file(&format!("/{LONG}"), 0o600, &[b'y'; 700])
        .file("/ünïcode-and-a-name-which-is-longer-than-one-hundred-bytes-so-that-it-needs-a-header-of-its-own-for-sure", 0o644, b"u")
        .hardlink("/dir/link", "/dir/file")
        .symlink("/symlink", &format!("{LONG}-and-then-some-more-because-it-is-a-target"))
        .sparse("/sparse", 1 << 20, &[(4096, b"data"), (65536, b"more")])
        .sparse("/hole", 1 << 20, &[])
        .sparse("/full", 1030, &[(0, &[b'z'; 1025]), (1027, b"end")])
        .fifo("/fifo", 0o600)
        .build();
    let mut blob = Vec::new();
    flatten(&tree, &|_| true, &mut blob).expect("memory reads and writes");
    let root = tempfile::tempdir().expect("temporary directory");
    let (tar, out) = (root.path().join("layer.tar"), root.path().join("out"));
    fs::write(&tar, &blob).expect("temporary directory");
    fs::create_dir(&out).expect("temporary directory");
    let extracted =
        run(Command::new("tar").arg("-C").arg(&out).args(["--no-same-owner", "-xpf"]).arg(&tar));
    assert_eq!(String::from_utf8_lossy(&extracted.stderr), "", "no warnings");
    for path in tree.iter().skip(1) {
        use std::os::unix::{ffi::OsStrExt, fs::MetadataExt};
        let inode = tree.inode(path);
        let text = tree.path(path);
        let real = out.join(std::ffi::OsStr::from_bytes(&text[1..]));
        let metadata = fs::symlink_metadata(&real).expect("it was extracted");
        assert_eq!(metadata.mode() & 0o170_000, inode.kind.mode_bits(), "{real:?}");
        if inode.kind != Kind::Symlink {
            assert_eq!(metadata.mode() & 0o7777, inode.mode, "{real:?}");
        }
        let mtime = (metadata.mtime(), metadata.mtime_nsec());
        assert_eq!(mtime, (inode.mtime.seconds, i64::from(inode.mtime.nanos)), "{real:?}");
        if inode.is_file() {
            assert_eq!(metadata.nlink(), u64::from(inode.nlink), "{real:?}");
            let bytes = tree.read_all(tree.inode_id(path), 1 << 20).expect("memory reads");
            assert!(fs::read(&real).expect("it was extracted") == bytes, "{real:?}");
        }
        if let Some(target) = &inode.target {
            let found = fs::read_link(&real).expect("it was extracted");
            assert_eq!(found.as_os_str().as_bytes(), &**target, "{real:?}");
        }
    }
}
