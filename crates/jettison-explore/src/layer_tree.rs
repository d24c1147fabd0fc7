//! The tree after a layer beside the one before it.

use std::{collections::VecDeque, sync::Arc, thread};

use jettison_rootfs::{Inode, LayerSource, PathId, Tree};

use crate::{Node, Nodes, Status};

/// How many are kept once they were shown: the one on the screen and those that a person goes back to. One of an image of
/// 100,000 files has some 50 MB.
const KEPT: usize = 4;

/// The tree after a layer, and what the layer did to each name.
#[derive(Debug)]
pub struct LayerTree {
    /// All names after the layer and those that it removed.
    pub nodes: Nodes,
    /// Of each node its name in `after`, or if the layer removed it, in `before`.
    ids: Vec<PathId>,
    before: Arc<Tree>,
    after: Arc<Tree>,
}

impl LayerTree {
    /// Lays the trees before and after a layer beside one another.
    pub(crate) fn of(before: Arc<Tree>, after: Arc<Tree>, layer: usize) -> Self {
        let mut build = Build {
            before: &before,
            after: &after,
            layer,
            nodes: Nodes::default(),
            ids: Vec::new(),
        };
        build.add(Some(before.root()), Some(after.root()), 0);
        let Build { nodes, ids, .. } = build;
        Self { nodes, ids, before, after }
    }

    /// The tree that has a node, and its name there.
    pub(crate) fn place(&self, at: u32) -> (&Tree, PathId) {
        let is_gone = self.nodes.list()[at as usize].status == Status::Removed;
        (if is_gone { &self.before } else { &self.after }, self.ids[at as usize])
    }

    /// The file of a node.
    pub fn inode(&self, at: u32) -> &Inode {
        let (tree, path) = self.place(at);
        tree.inode(path)
    }
}

/// Trees of layers, made when they are asked for.
#[derive(Debug)]
pub(crate) struct LayerTrees {
    sources: Vec<LayerSource>,
    /// The tree of all layers.
    top: Arc<Tree>,
    /// Those that were shown last, the latest at the end.
    made: VecDeque<(usize, Arc<LayerTree>)>,
}

impl LayerTrees {
    pub(crate) fn new(sources: Vec<LayerSource>, top: Arc<Tree>) -> Self {
        Self { sources, top, made: VecDeque::new() }
    }

    /// The tree of all layers.
    pub(crate) fn top(&self) -> &Tree {
        &self.top
    }

    pub(crate) fn after(&mut self, layer: usize) -> Arc<LayerTree> {
        if let Some(place) = self.made.iter().position(|(made, _)| *made == layer) {
            let found = self.made.remove(place).expect("it was found there");
            let tree = Arc::clone(&found.1);
            self.made.push_back(found);
            return tree;
        }
        let (before, after) = self.around(layer);
        let tree = Arc::new(LayerTree::of(before, after, layer));
        self.made.push_back((layer, Arc::clone(&tree)));
        if self.made.len() > KEPT {
            let oldest = self.made.pop_front();
            // Giving back the memory of a hundred thousand names takes as long as drawing them: nobody waits for it.
            thread::spawn(move || drop(oldest));
        }
        tree
    }

    /// The trees before and after a layer; if none is known, both are made at once.
    fn around(&self, layer: usize) -> (Arc<Tree>, Arc<Tree>) {
        match (self.known(layer), self.known(layer + 1)) {
            (None, None) => thread::scope(|scope| {
                let after = scope.spawn(|| self.merged(layer + 1));
                let before = self.merged(layer);
                (before, after.join().expect("merging does not panic"))
            }),
            (before, after) => (
                before.unwrap_or_else(|| self.merged(layer)),
                after.unwrap_or_else(|| self.merged(layer + 1)),
            ),
        }
    }

    /// The tree of the lowest `count` layers, if it is at hand.
    fn known(&self, count: usize) -> Option<Arc<Tree>> {
        if count == self.sources.len() {
            return Some(Arc::clone(&self.top));
        }
        let known = self.made.iter().find_map(|(layer, tree)| {
            let of_before = (*layer == count).then_some(&tree.before);
            of_before.or_else(|| (layer + 1 == count).then_some(&tree.after))
        });
        known.cloned()
    }

    /// The same, made anew.
    fn merged(&self, count: usize) -> Arc<Tree> {
        let tree = Tree::merge(self.sources[..count].to_vec());
        Arc::new(tree.expect("the whole image makes a tree, so its lower layers do"))
    }
}

struct Build<'a> {
    before: &'a Tree,
    after: &'a Tree,
    layer: usize,
    nodes: Nodes,
    ids: Vec<PathId>,
}

impl Build<'_> {
    /// Adds a name and all below it. Trees bound their depth, so this ends.
    fn add(&mut self, was: Option<PathId>, is: Option<PathId>, parent: u32) {
        let (node, id) = self.node(was, is);
        let at = self.nodes.push(parent, node);
        self.ids.push(id);
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
            self.add(was, is, at);
        }
        self.nodes.close(at);
    }

    fn node(&self, was: Option<PathId>, is: Option<PathId>) -> (Node, PathId) {
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
        let node = Node {
            name: tree.name(path).into(),
            parent: 0,
            depth: 0,
            bytes: if inode.is_file() && is_first { inode.size } else { 0 },
            status,
            is_touched: status != Status::Unchanged,
            is_directory: inode.is_directory(),
            end: 0,
        };
        (node, path)
    }
}
