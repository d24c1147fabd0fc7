//! Layers laid over one another the slow way: nested maps, one file per name, no arena.
//!
//! Written from the rules in `merge.rs` alone, so that the two can be wrong only in the same way
//! if the rules are.

use std::collections::{BTreeMap, BTreeSet};

use jettison_rootfs::{
    EntryKind, InodeId, Kind, LayerEntry, LayerSource, Meta, PathId, Tree, Whiteout,
};

/// What a tree shows at one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) kind: Kind,
    pub(crate) meta: Meta,
    pub(crate) target: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
    /// The first name of the same file.
    pub(crate) first: Vec<u8>,
}

#[derive(Clone, Debug)]
struct File {
    kind: Kind,
    meta: Meta,
    target: Vec<u8>,
    bytes: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Node {
    Directory(Directory),
    File(usize),
}

#[derive(Clone, Debug, Default)]
struct Directory {
    meta: Option<Meta>,
    children: BTreeMap<Vec<u8>, Node>,
    is_opaque: bool,
    hidden: BTreeSet<Vec<u8>>,
}

type Path = Vec<Vec<u8>>;

/// A layer that no runtime unpacks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused;

/// Everything that layers show, by absolute path.
pub(crate) fn merge(layers: &[LayerSource]) -> Result<BTreeMap<Vec<u8>, Shown>, Refused> {
    let mut files = Vec::new();
    let mut merged = Directory::default();
    for layer in layers {
        let upper = unpack(layer, &merged, &mut files)?;
        overlay(&mut merged, upper);
    }
    let mut firsts = BTreeMap::new();
    let mut shown = BTreeMap::new();
    list(&merged, b"", &files, &mut firsts, &mut shown);
    Ok(shown)
}

/// The same of a tree.
pub(crate) fn shown(tree: &Tree) -> BTreeMap<Vec<u8>, Shown> {
    let one = |path: PathId| {
        let (id, inode) = (tree.inode_id(path), tree.inode(path));
        let shown = Shown {
            kind: inode.kind,
            meta: inode.meta(),
            target: inode.target.as_deref().unwrap_or_default().to_vec(),
            bytes: bytes(tree, id),
            first: tree.path(tree.names(id)[0]),
        };
        (tree.path(path), shown)
    };
    tree.iter().map(one).collect()
}

fn bytes(tree: &Tree, id: InodeId) -> Vec<u8> {
    tree.read_all(id, 1 << 20).expect("test files are small and in memory")
}

fn unpack(
    layer: &LayerSource,
    lower: &Directory,
    files: &mut Vec<File>,
) -> Result<Directory, Refused> {
    let mut root = Directory::default();
    let mut late = Vec::new();
    for entry in layer.index.entries() {
        if entry.path.is_empty() {
            continue;
        }
        let mut path = split(&entry.path);
        let name = path.pop().expect("paths are not empty");
        let parent = real(&root, &path, files)?;
        let directory = make(&mut root, &parent);
        match (&entry.whiteout, entry.kind) {
            (Some(Whiteout::Opaque), _) => directory.is_opaque = true,
            (Some(Whiteout::File(name)), _) => {
                directory.hidden.insert(name.to_vec());
            }
            (None, EntryKind::Own(Kind::Directory)) => {
                let fresh = || Node::Directory(Directory::default());
                let node = directory.children.entry(name).or_insert_with(fresh);
                if let Node::File(_) = node {
                    *node = fresh();
                }
                if let Node::Directory(directory) = node {
                    directory.meta = Some(entry.meta.clone());
                }
            }
            (None, EntryKind::Own(kind)) => {
                files.push(File {
                    kind,
                    meta: entry.meta.clone(),
                    target: entry.target.to_vec(),
                    bytes: content(layer, entry),
                });
                directory.children.insert(name, Node::File(files.len() - 1));
            }
            (None, EntryKind::Hardlink) => match link_target(&root, &entry.target, files)? {
                Some(Node::File(file)) => {
                    describe(&mut files[file], &entry.meta);
                    make(&mut root, &parent).children.insert(name, Node::File(file));
                }
                Some(Node::Directory(_)) => {}
                None => late.push(entry),
            },
        }
    }
    for entry in late {
        link_late(&mut root, lower, entry, files)?;
    }
    Ok(root)
}

fn link_late(
    root: &mut Directory,
    lower: &Directory,
    entry: &LayerEntry,
    files: &mut [File],
) -> Result<(), Refused> {
    let mut path = split(&entry.path);
    let name = path.pop().expect("paths are not empty");
    let parent = real(root, &path, files)?;
    if make(root, &parent).children.contains_key(&name) {
        return Ok(());
    }
    let own = link_target(root, &entry.target, files)?;
    let file = match (own, find(lower, &split(&entry.target))) {
        (Some(Node::File(file)), _) => {
            describe(&mut files[file], &entry.meta);
            file
        }
        (None, Some(Node::File(file))) => *file,
        _ => return Ok(()),
    };
    make(root, &parent).children.insert(name, Node::File(file));
    Ok(())
}

fn describe(file: &mut File, meta: &Meta) {
    let old = std::mem::replace(&mut file.meta, meta.clone());
    file.meta.rdev = old.rdev;
    if meta.xattrs.is_empty() {
        file.meta.xattrs = old.xattrs;
    }
}

fn link_target(root: &Directory, target: &[u8], files: &[File]) -> Result<Option<Node>, Refused> {
    let mut path = split(target);
    let Some(name) = path.pop() else { return Ok(Some(Node::Directory(Directory::default()))) };
    let mut at = Path::new();
    let mut todo: Path = path.into_iter().rev().collect();
    let mut links = 0;
    while let Some(part) = todo.pop() {
        if step(root, &mut at, part, &mut todo, files).is_none_or(|node| !node) {
            return Ok(None);
        }
        links += 1;
        if links > 10_000 {
            return Err(Refused);
        }
    }
    at.push(name);
    Ok(find(root, &at).cloned())
}

/// Moves `at` by one component; whether that ended at something that exists, `None` for something
/// that is no directory.
fn step(
    root: &Directory,
    at: &mut Path,
    part: Vec<u8>,
    todo: &mut Path,
    files: &[File],
) -> Option<bool> {
    if part.is_empty() || part == b"." {
        return Some(true);
    }
    if part == b".." {
        at.pop();
        return Some(true);
    }
    at.push(part);
    match find(root, at) {
        None => Some(false),
        Some(Node::Directory(_)) => Some(true),
        Some(Node::File(file)) if files[*file].kind == Kind::Symlink => {
            let target = &files[*file].target;
            at.pop();
            if target.starts_with(b"/") {
                at.clear();
            }
            todo.extend(target.split(|&byte| byte == b'/').rev().map(<[u8]>::to_vec));
            Some(true)
        }
        Some(Node::File(_)) => None,
    }
}

/// Where a directory path leads, through links of its own layer. Missing parts are as if made.
fn real(root: &Directory, path: &Path, files: &[File]) -> Result<Path, Refused> {
    let mut at = Path::new();
    let mut todo: Path = path.iter().rev().cloned().collect();
    // A loop makes no progress; no path of the tests takes this many steps.
    for _ in 0..10_000 {
        let Some(part) = todo.pop() else { return Ok(at) };
        step(root, &mut at, part, &mut todo, files).ok_or(Refused)?;
    }
    Err(Refused)
}

fn make<'a>(root: &'a mut Directory, path: &Path) -> &'a mut Directory {
    let mut at = root;
    for name in path {
        let node = at
            .children
            .entry(name.clone())
            .or_insert_with(|| Node::Directory(Directory::default()));
        let Node::Directory(directory) = node else { panic!("real() has led to directories only") };
        at = directory;
    }
    at
}

fn find<'a>(root: &'a Directory, path: &Path) -> Option<&'a Node> {
    let (name, parents) = path.split_last()?;
    let mut at = root;
    for parent in parents {
        let Node::Directory(directory) = at.children.get(parent)? else { return None };
        at = directory;
    }
    at.children.get(name)
}

fn overlay(lower: &mut Directory, upper: Directory) {
    if upper.is_opaque {
        lower.children.clear();
    }
    lower.children.retain(|name, _| !upper.hidden.contains(name));
    lower.meta = upper.meta.or(lower.meta.take());
    for (name, node) in upper.children {
        match (lower.children.get_mut(&name), node) {
            (Some(Node::Directory(old)), Node::Directory(new)) => overlay(old, new),
            (_, Node::Directory(new)) => {
                let mut fresh = Directory::default();
                overlay(&mut fresh, new);
                lower.children.insert(name, Node::Directory(fresh));
            }
            (_, file) => {
                lower.children.insert(name, file);
            }
        }
    }
}

fn list(
    directory: &Directory,
    path: &[u8],
    files: &[File],
    firsts: &mut BTreeMap<usize, Vec<u8>>,
    shown: &mut BTreeMap<Vec<u8>, Shown>,
) {
    let own = if path.is_empty() { b"/".to_vec() } else { path.to_vec() };
    let meta = directory.meta.clone().filter(|_| !path.is_empty());
    shown.insert(
        own.clone(),
        Shown {
            kind: Kind::Directory,
            meta: meta.unwrap_or_else(Meta::implicit_directory),
            target: Vec::new(),
            bytes: Vec::new(),
            first: own,
        },
    );
    for (name, node) in &directory.children {
        let path = [path, b"/", name].concat();
        match node {
            Node::Directory(directory) => list(directory, &path, files, firsts, shown),
            Node::File(id) => {
                let File { kind, meta, target, bytes } = files[*id].clone();
                let first = firsts.entry(*id).or_insert_with(|| path.clone()).clone();
                shown.insert(path, Shown { kind, meta, target, bytes, first });
            }
        }
    }
}

fn content(layer: &LayerSource, entry: &LayerEntry) -> Vec<u8> {
    use jettison_rootfs::DataMap;
    let mut bytes = vec![0; usize::try_from(entry.size).expect("test files are small")];
    let mut copy = |at: u64, len: u64, from: u64| {
        let at = usize::try_from(at).expect("test files are small");
        let len = usize::try_from(len).expect("test files are small");
        layer.blob.read_exact_at(from, &mut bytes[at..at + len]).expect("memory reads");
    };
    match &entry.data {
        DataMap::Contiguous(from) => copy(0, entry.size, *from),
        DataMap::Sparse(segments) => {
            segments.iter().for_each(|run| copy(run.start, run.len, run.blob_offset));
        }
    }
    bytes
}

fn split(path: &[u8]) -> Path {
    path.split(|&byte| byte == b'/').filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect()
}
