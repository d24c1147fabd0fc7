//! A plain comparison of two unpacked trees, with GNU tar and the file system as the only helpers.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::Metadata,
    io::Write,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::Path,
    process::{Command, Stdio},
};

use jettison_diff::Status;

/// What differs at each path.
pub(crate) fn differences(
    old: &[Vec<u8>],
    new: &[Vec<u8>],
) -> BTreeMap<String, (Status, BTreeSet<&'static str>)> {
    let (old, new) = (Unpacked::new(old), Unpacked::new(new));
    let paths: BTreeSet<&String> = old.files.keys().chain(new.files.keys()).collect();
    let mut found = BTreeMap::new();
    for path in paths {
        let change = match (old.files.get(path), new.files.get(path)) {
            (None, _) => (Status::Added, BTreeSet::new()),
            (_, None) => (Status::Removed, BTreeSet::new()),
            (Some(was), Some(is)) => {
                let links = (old.first_common(path, &new), new.first_common(path, &old));
                let fields = fields(was, is, links.0 == links.1);
                if fields.is_empty() {
                    continue;
                }
                (Status::Changed, fields)
            }
        };
        found.insert(path.clone(), change);
    }
    found
}

/// A file as the kernel shows it.
#[derive(Debug)]
struct Seen {
    kind: &'static str,
    mode: u32,
    owner: (u32, u32),
    mtime: (i64, i64),
    inode: u64,
    target: Option<String>,
    bytes: Vec<u8>,
}

fn fields(was: &Seen, is: &Seen, has_same_links: bool) -> BTreeSet<&'static str> {
    let is_directory = is.kind == "directory";
    let is_one_kind = was.kind == is.kind;
    let mut fields = BTreeSet::new();
    let checks = [
        ("kind", !is_one_kind),
        ("content", is_one_kind && was.bytes != is.bytes),
        ("links", is_one_kind && !is_directory && !has_same_links),
        ("target", was.target != is.target),
        ("mode", was.mode != is.mode),
        ("owner", was.owner != is.owner),
        ("mtime", !is_directory && was.mtime != is.mtime),
    ];
    fields.extend(checks.into_iter().filter_map(|(name, differs)| differs.then_some(name)));
    fields
}

struct Unpacked {
    files: BTreeMap<String, Seen>,
}

impl Unpacked {
    fn new(layers: &[Vec<u8>]) -> Self {
        let place = tempfile::tempdir().expect("a temporary directory");
        let root = place.path().join("root");
        fs_err::create_dir(&root).expect("a directory");
        for layer in layers {
            unpack(&root, layer);
        }
        let mut files = BTreeMap::new();
        walk(&root, "", &mut files);
        Self { files }
    }

    /// The first name of a file that the other tree has too.
    fn first_common(&self, path: &str, other: &Self) -> String {
        let inode = self.files[path].inode;
        let mut names = self.files.iter().filter(|(_, seen)| seen.inode == inode);
        let first = names.find(|(name, _)| other.files.contains_key(*name));
        first.map(|(name, _)| name.clone()).expect("the path itself is common")
    }
}

/// Takes away what the layer hides or replaces, then lets tar unpack the rest.
fn unpack(root: &Path, layer: &[u8]) {
    let list = tar(&["-t"], root, layer);
    let names: Vec<&str> = list.lines().collect();
    for name in &names {
        let (directory, base) =
            name.trim_end_matches('/').rsplit_once('/').unwrap_or(("", name.trim_end_matches('/')));
        // A link of a lower layer is not followed: the directory takes its place, and there is nothing in it to hide.
        if !leads_through_directories(root, directory) {
            continue;
        }
        if base == ".wh..wh..opq" {
            for entry in fs_err::read_dir(root.join(directory)).into_iter().flatten() {
                remove(&entry.expect("an entry").path());
            }
        } else if let Some(gone) = base.strip_prefix(".wh.") {
            remove(&root.join(directory).join(gone));
        }
    }
    for name in &names {
        let path = root.join(name.trim_end_matches('/'));
        let mut parents: Vec<&Path> =
            path.ancestors().skip(1).take_while(|parent| *parent != root).collect();
        // The topmost first: what lies behind a link is not its.
        parents.reverse();
        for parent in parents {
            if fs_err::symlink_metadata(parent).is_ok_and(|data| !data.is_dir()) {
                remove(parent);
            }
        }
        if name.contains(".wh.") {
            // A mark implies its directory as a file would.
            fs_err::create_dir_all(path.parent().expect("it is below the root")).expect("writable");
        } else if fs_err::symlink_metadata(&path)
            .is_ok_and(|data| data.is_dir() != name.ends_with('/'))
        {
            remove(&path);
        }
    }
    tar(&["-x", "-p", "--same-owner", "--exclude=.wh.*"], root, layer);
}

fn leads_through_directories(root: &Path, path: &str) -> bool {
    let all = root.join(path);
    let mut parents = all.ancestors().take_while(|parent| *parent != root);
    parents.all(|parent| fs_err::symlink_metadata(parent).is_ok_and(|data| data.is_dir()))
}

fn remove(path: &Path) {
    match fs_err::symlink_metadata(path) {
        Err(_) => {}
        Ok(data) if data.is_dir() => fs_err::remove_dir_all(path).expect("it can be removed"),
        Ok(_) => fs_err::remove_file(path).expect("it can be removed"),
    }
}

fn tar(args: &[&str], root: &Path, layer: &[u8]) -> String {
    let mut child = Command::new("tar")
        .args(args)
        .arg("-f")
        .arg("-")
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("GNU tar is installed");
    let mut input = child.stdin.take().expect("it is piped");
    input.write_all(layer).expect("tar reads it");
    drop(input);
    let output = child.wait_with_output().expect("tar ends");
    assert!(output.status.success(), "tar {args:?} ends well");
    String::from_utf8(output.stdout).expect("names are ASCII")
}

fn walk(root: &Path, path: &str, files: &mut BTreeMap<String, Seen>) {
    let at = root.join(path.trim_start_matches('/'));
    let data = fs_err::symlink_metadata(&at).expect("it is there");
    let target = data
        .is_symlink()
        .then(|| fs_err::read_link(&at).expect("a link").to_string_lossy().into_owned());
    let bytes = if data.is_file() { fs_err::read(&at).expect("readable") } else { Vec::new() };
    if !path.is_empty() {
        let seen = Seen {
            kind: kind(&data),
            mode: data.mode() & 0o7777,
            owner: (data.uid(), data.gid()),
            mtime: (data.mtime(), data.mtime_nsec()),
            inode: data.ino(),
            target,
            bytes,
        };
        files.insert(path.to_owned(), seen);
    }
    if data.is_dir() {
        for entry in fs_err::read_dir(&at).expect("readable") {
            let name = entry.expect("an entry").file_name();
            walk(root, &format!("{path}/{}", name.to_string_lossy()), files);
        }
    }
}

fn kind(data: &Metadata) -> &'static str {
    let kind = data.file_type();
    match () {
        () if kind.is_dir() => "directory",
        () if kind.is_symlink() => "symbolic link",
        () if kind.is_fifo() => "named pipe",
        () => "file",
    }
}
