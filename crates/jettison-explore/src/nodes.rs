//! The tree after a layer, with what the layer did to each name.

use jettison_rootfs::{PathId, Tree};

/// What a layer did to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing.
    Unchanged,
    /// It is new.
    Added,
    /// It was there, but not so.
    Modified,
    /// It is gone.
    Removed,
}

/// A name.
#[derive(Clone, Debug)]
pub struct Node {
    /// The last part of its path.
    pub name: Box<str>,
    /// The directory it is in; the root's is itself.
    pub parent: u32,
    /// How deep it lies; the root lies at 0.
    pub depth: u16,
    /// Bytes of the files at and below it.
    pub bytes: u64,
    /// What the layer did to it.
    pub status: Status,
    /// Whether the layer did something at or below it.
    pub is_touched: bool,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// The first place behind everything below it.
    pub end: u32,
}

/// All names after a layer and those that it removed, depth first, names in order.
#[derive(Clone, Debug, Default)]
pub struct Nodes {
    list: Vec<Node>,
}

impl Nodes {
    /// Lays the trees before and after a layer beside one another.
    pub fn of(before: &Tree, after: &Tree, layer: usize) -> Self {
        let mut build = Build { before, after, layer, list: Vec::new() };
        build.add(Some(before.root()), Some(after.root()), 0, 0);
        Self { list: build.list }
    }

    /// The nodes; the root is the first.
    pub fn list(&self) -> &[Node] {
        &self.list
    }

    /// The places of what lies directly in a directory.
    pub fn children(&self, at: u32) -> impl Iterator<Item = u32> + '_ {
        let end = self.list[at as usize].end;
        let mut next = at + 1;
        std::iter::from_fn(move || {
            let this = (next < end).then_some(next)?;
            next = self.list[this as usize].end;
            Some(this)
        })
    }

    /// The absolute path of a node.
    pub fn path(&self, at: u32) -> String {
        let mut names = Vec::new();
        let mut at = at;
        while at != 0 {
            names.push(&*self.list[at as usize].name);
            at = self.list[at as usize].parent;
        }
        names.reverse();
        format!("/{}", names.join("/"))
    }
}

struct Build<'a> {
    before: &'a Tree,
    after: &'a Tree,
    layer: usize,
    list: Vec<Node>,
}

impl Build<'_> {
    /// Adds a name and all below it. Trees bound their depth, so this ends.
    fn add(&mut self, was: Option<PathId>, is: Option<PathId>, parent: u32, depth: u16) -> u32 {
        let at = u32::try_from(self.list.len()).expect("trees have fewer than 2^32 names");
        let node = self.node(was, is, parent, depth);
        self.list.push(node);
        let mut old: Vec<PathId> =
            was.map_or_else(Vec::new, |path| self.before.children(path).collect());
        let new: Vec<PathId> = is.map_or_else(Vec::new, |path| self.after.children(path).collect());
        // Below what is shown as changed from a directory to something else, nothing is listed.
        if is.is_some_and(|path| !self.after.inode(path).is_directory()) {
            old.clear();
        }
        let (mut left, mut right) = (old.into_iter().peekable(), new.into_iter().peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => break,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(&one), Some(&other)) => self.before.name(one).cmp(self.after.name(other)),
            };
            let was = if order.is_le() { left.next() } else { None };
            let is = if order.is_ge() { right.next() } else { None };
            let child = self.add(was, is, at, depth + 1);
            let (bytes, touched) = {
                let child = &self.list[child as usize];
                let counts = child.status != Status::Removed;
                (if counts { child.bytes } else { 0 }, child.is_touched)
            };
            let node = &mut self.list[at as usize];
            node.bytes += bytes;
            node.is_touched |= touched;
        }
        self.list[at as usize].end =
            u32::try_from(self.list.len()).expect("trees have fewer than 2^32 names");
        at
    }

    fn node(&self, was: Option<PathId>, is: Option<PathId>, parent: u32, depth: u16) -> Node {
        let (tree, path) = match (was, is) {
            (_, Some(path)) => (self.after, path),
            (Some(path), None) => (self.before, path),
            (None, None) => unreachable!("a name comes from one of the trees"),
        };
        let made_here =
            |path| self.after.provider(path).is_some_and(|(layer, _)| layer == self.layer);
        let status = match (was, is) {
            (Some(_), Some(path)) if path != self.after.root() && made_here(path) => {
                Status::Modified
            }
            (None, Some(_)) => Status::Added,
            (_, None) => Status::Removed,
            _ => Status::Unchanged,
        };
        let inode = tree.inode(path);
        // A file of several names counts under the first.
        let is_first = tree.names(tree.inode_id(path)).first() == Some(&path);
        Node {
            name: String::from_utf8_lossy(tree.name(path)).into(),
            parent,
            depth,
            bytes: if inode.is_file() && is_first { inode.size } else { 0 },
            status,
            is_touched: status != Status::Unchanged,
            is_directory: inode.is_directory(),
            end: 0,
        }
    }
}
