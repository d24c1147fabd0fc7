//! Root file systems: a directory packed, a tar taken as it is.

use std::{
    collections::BTreeMap,
    io::Read,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::Path,
};

use jettison_image::{Digest, Reader};
use jettison_transport::{OpenOptions, RootfsDescription, Source, open};
use rustix::fs::{CWD, FileType, Mode};

use crate::fixture::{bytes_of, files, gzip, open_bytes, open_in, tar_of};

/// What a tar says of an entry: type, mode, link target, content, PAX records.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    kind: tar::EntryType,
    mode: u32,
    link: Option<String>,
    content: Vec<u8>,
    pax: BTreeMap<String, Vec<u8>>,
}

fn entries(tar: &[u8]) -> Vec<(String, Entry)> {
    let mut archive = tar::Archive::new(tar);
    let read = |entry: std::io::Result<tar::Entry<&[u8]>>| {
        let mut entry = entry.expect("well formed");
        let name = String::from_utf8(entry.path_bytes().into_owned()).expect("text");
        let link = entry.link_name_bytes();
        let link = link.map(|link| String::from_utf8(link.into_owned()).expect("text"));
        let mut pax = BTreeMap::new();
        for record in entry.pax_extensions().expect("well formed").into_iter().flatten() {
            let record = record.expect("well formed");
            let key = record.key().expect("text").to_owned();
            pax.insert(key, record.value_bytes().to_vec());
        }
        let (kind, mode) = (entry.header().entry_type(), entry.header().mode().expect("a number"));
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("well formed");
        (name, Entry { kind, mode, link, content, pax })
    };
    archive.entries().expect("a tar").map(read).collect()
}

fn make_tree(root: &Path) -> String {
    let at = |name: &str| root.join(name);
    for dir in ["bin", "empty", "zz", "bin/sub"] {
        fs_err::create_dir(at(dir)).expect("writable");
    }
    fs_err::write(at("bin/tool"), b"#!/bin/sh\n").expect("writable");
    fs_err::hard_link(at("bin/tool"), at("zz/same")).expect("writable");
    symlink("../bin/tool", at("empty/link")).expect("writable");
    rustix::fs::mknodat(CWD, at("fifo"), FileType::Fifo, Mode::from_raw_mode(0o640), 0)
        .expect("writable");
    let long = format!("{}/{}", "d".repeat(90), "f".repeat(60));
    fs_err::create_dir(at(&"d".repeat(90))).expect("writable");
    fs_err::write(at(&long), b"long").expect("writable");
    fs_err::write(at("ünï"), b"").expect("writable");
    symlink("t".repeat(150), at("far")).expect("writable");
    let mode = |name: &str, mode| {
        fs_err::set_permissions(at(name), PermissionsExt::from_mode(mode)).expect("own file");
    };
    mode("bin/tool", 0o4755);
    mode("empty", 0o1777);
    mode("fifo", 0o640);
    drop(std::os::unix::net::UnixListener::bind(at("socket")).expect("writable"));
    long
}

#[test]
fn a_directory_becomes_one_layer() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let root = dir.path().join("root");
    fs_err::create_dir(&root).expect("writable");
    let long = make_tree(&root);
    let image = open_in(dir.path(), &format!("rootfs:{}", root.display())).expect("readable");
    assert_eq!(image.layers.len(), 1);
    let tar = bytes_of(&image.layers[0].tar);
    assert_eq!(image.layers[0].diff_id, Digest::sha256(&tar));
    let found = entries(&tar);
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    let parent = format!("{}/", "d".repeat(90));
    assert_eq!(
        names,
        [
            "./",
            "bin/",
            "bin/sub/",
            "bin/tool",
            &parent,
            &long,
            "empty/",
            "empty/link",
            "far",
            "fifo",
            "zz/",
            "zz/same",
            "ünï"
        ]
    );
    let by_name: BTreeMap<String, Entry> = found.into_iter().collect();
    let tool = &by_name["bin/tool"];
    assert_eq!((tool.mode, tool.content.as_slice()), (0o4755, &b"#!/bin/sh\n"[..]));
    assert_eq!(by_name["zz/same"].link.as_deref(), Some("bin/tool"));
    assert_eq!(by_name["zz/same"].kind, tar::EntryType::Link);
    assert_eq!(by_name["empty/link"].link.as_deref(), Some("../bin/tool"));
    assert_eq!(by_name["far"].link.as_deref(), Some("t".repeat(150).as_str()));
    assert_eq!(by_name["empty/"].mode, 0o1777);
    assert_eq!((by_name["fifo"].kind, by_name["fifo"].mode), (tar::EntryType::Fifo, 0o640));
    assert_eq!(by_name[&long].content, b"long");
    assert_eq!(image.warnings.len(), 1, "{:?}", image.warnings);
    assert!(image.warnings[0].ends_with("socket: a socket, left out"), "{:?}", image.warnings);
}

#[test]
fn packing_twice_gives_the_same_bytes() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let root = dir.path().join("root");
    fs_err::create_dir(&root).expect("writable");
    make_tree(&root);
    let source = root.display().to_string();
    let first = open_in(dir.path(), &source).expect("recognised as a root file system");
    let second = open_in(dir.path(), &format!("rootfs:{source}")).expect("readable");
    assert_eq!(first.config_digest, second.config_digest);
    assert_eq!(first.layers[0].diff_id, second.layers[0].diff_id);
}

#[test]
fn attributes_owner_and_time_are_kept() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let root = dir.path().join("root");
    fs_err::create_dir(&root).expect("writable");
    let file = root.join("file");
    fs_err::write(&file, b"x").expect("writable");
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(&file, "user.color", b"red=\0", flags)
        .expect("the directory for temporary files must be on a file system with user attributes");
    let old = std::time::SystemTime::UNIX_EPOCH - std::time::Duration::from_secs(5);
    let handle = fs_err::File::options().write(true).open(&file).expect("own file");
    handle.set_modified(old).expect("own file");
    let image = open_in(dir.path(), &format!("rootfs:{}", root.display())).expect("readable");
    let tar = bytes_of(&image.layers[0].tar);
    let (name, entry) = entries(&tar).pop().expect("two entries");
    assert_eq!(name, "file");
    assert_eq!(entry.pax["SCHILY.xattr.user.color"], b"red=\0");
    assert_eq!(entry.pax["mtime"], b"-5");
    let mut archive = tar::Archive::new(tar.as_slice());
    let last = archive.entries().expect("a tar").last().expect("two entries").expect("whole");
    let owner = fs_err::metadata(&file).expect("own file");
    let header = last.header();
    assert_eq!(header.uid().expect("a number"), u64::from(owner.uid()));
    assert_eq!(header.gid().expect("a number"), u64::from(owner.gid()));
}

#[test]
fn a_tar_is_used_as_it_is() {
    let tar = tar_of(&files([("etc/passwd", b"root"), ("bin/sh", b"#!")]));
    for (bytes, compressed) in [(tar.clone(), false), (gzip(&tar), true)] {
        for transport in ["rootfs:", ""] {
            let image = open_bytes(transport, &bytes, "").expect("a tar");
            assert_eq!(image.layers.len(), 1);
            assert_eq!(image.layers[0].diff_id, Digest::sha256(&tar));
            assert_eq!(image.layers[0].blob.is_some(), compressed);
            let mut content = Vec::new();
            let mut reader = Reader::new(&image.layers[0].tar);
            reader.read_to_end(&mut content).expect("readable");
            assert!(content == tar);
        }
    }
}

#[test]
fn the_description_becomes_the_config() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("rootfs.tar");
    fs_err::write(&path, tar_of(&files([("bin/sh", b"#!")]))).expect("writable");
    let mut options = OpenOptions::new(dir.path());
    options.platform = Some("linux/arm64".parse().expect("valid"));
    options.rootfs = RootfsDescription {
        cmd: Some(vec!["-c".to_owned()]),
        entrypoint: Some(vec!["/bin/sh".to_owned()]),
        env: vec!["A=b".to_owned()],
        user: "1000:1000".to_owned(),
        expose: ["80/tcp".to_owned()].into(),
        workdir: "/srv".to_owned(),
        ..RootfsDescription::default()
    };
    let image = open(&Source::Rootfs { path }, &options).expect("a tar");
    let config = &image.config.config;
    assert_eq!(config.cmd, options.rootfs.cmd);
    assert_eq!(config.entrypoint, options.rootfs.entrypoint);
    assert_eq!(config.env, ["A=b"]);
    assert_eq!((config.user.as_str(), config.working_dir.as_str()), ("1000:1000", "/srv"));
    assert!(config.exposed_ports.contains("80/tcp"));
    assert_eq!(image.config.platform().to_string(), "linux/arm64");
    assert_eq!(image.config_digest, Digest::sha256(&image.config.to_vec()));
}
