//! The final tree by size, as a picture of it needs it: bounded, whatever the image.

use jettison_rootfs::{EntryRef, Fate, InodeId, PathId, Tree};

use crate::{
    index::ImageIndex,
    waste::{FAMILIES, Waste},
};

/// Files and directories that have a node of their own. More could not be told apart in a picture, and each costs some 40
/// bytes in a report.
pub const MAX_NODES: usize = 8000;

/// The files of the final tree, by directory and size.
///
/// Sizes are those of [`crate::analysis::SizeFacts`]: bytes of layer tars, headers and padding with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMap {
    /// The root first, each directory before what is in it.
    pub nodes: Vec<FileNode>,
    /// How many files and directories have no node of their own.
    pub gathered: u64,
}

/// A file, a directory, or what is left of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileNode {
    /// The place of its directory in [`FileMap::nodes`]; the root's is its own.
    pub parent: usize,
    /// What it is.
    pub kind: NodeKind,
    /// Its name in that directory. Bytes that are no UTF-8 show as U+FFFD.
    pub name: String,
    /// Bytes of it and of everything below it.
    pub bytes: u64,
    /// Of those, bytes that are waste, by the place of their family in [`FAMILIES`].
    pub wasted: [u64; FAMILIES.len()],
    /// The layer that brought it.
    pub layer: Option<usize>,
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A directory.
    Directory,
    /// Anything else that has a name.
    File,
    /// So many files and directories of a directory, each too small for a node of its own.
    Rest(u64),
}

impl FileMap {
    /// The map of an image.
    pub fn of(index: &ImageIndex, waste: &Waste) -> Self {
        Self::bounded(index, waste, MAX_NODES)
    }

    fn bounded(index: &ImageIndex, waste: &Waste, most: usize) -> Self {
        let tree = &index.tree;
        let own: Vec<u64> = tree.iter().map(|path| own_bytes(tree, path)).collect();
        let sums = sums(tree, &own);
        let mut map = Self { nodes: Vec::new(), gathered: 0 };
        let places = map.choose(tree, &sums, least(&sums, most));
        map.gather(tree, &own, &places);
        for path in tree.iter() {
            for at in entries(tree, path) {
                let Some(wasted) = waste.of_entry(at) else { continue };
                let family = wasted.cause.family().index();
                map.nodes[places[path.index()]].wasted[family] += wasted.bytes;
            }
        }
        map.add_up();
        map
    }

    /// Makes a node of each path that has at least `least` bytes; for each path, the place of its node, or for those that have
    /// none, that of its directory's rest.
    fn choose(&mut self, tree: &Tree, sums: &[u64], least: u64) -> Vec<usize> {
        let mut places: Vec<usize> = Vec::with_capacity(sums.len());
        let mut rests: Vec<Option<usize>> = Vec::new();
        for path in tree.iter() {
            let parent = if path == tree.root() { 0 } else { places[tree.parent(path).index()] };
            let is_in_rest =
                self.nodes.get(parent).is_some_and(|node| matches!(node.kind, NodeKind::Rest(_)));
            let is_node = path == tree.root() || (sums[path.index()] >= least && !is_in_rest);
            let place = match rests.get(parent) {
                _ if is_node => self.add(tree, path, parent),
                _ if is_in_rest => parent,
                Some(Some(rest)) => *rest,
                _ => {
                    rests[parent] = Some(self.nodes.len());
                    self.nodes.push(FileNode::new(parent, NodeKind::Rest(0), String::new()));
                    self.nodes.len() - 1
                }
            };
            rests.resize(self.nodes.len(), None);
            places.push(place);
        }
        places
    }

    fn add(&mut self, tree: &Tree, path: PathId, parent: usize) -> usize {
        let kind =
            if tree.inode(path).is_directory() { NodeKind::Directory } else { NodeKind::File };
        let name = String::from_utf8_lossy(tree.name(path)).into_owned();
        let layer = tree.provider(path).map(|(layer, _)| layer);
        self.nodes.push(FileNode { layer, ..FileNode::new(parent, kind, name) });
        self.nodes.len() - 1
    }

    fn gather(&mut self, tree: &Tree, own: &[u64], places: &[usize]) {
        for path in tree.iter() {
            let node = &mut self.nodes[places[path.index()]];
            node.bytes += own[path.index()];
            if let NodeKind::Rest(count) = &mut node.kind {
                *count += 1;
                self.gathered += 1;
            }
        }
    }

    /// Adds what is in each directory to it.
    fn add_up(&mut self) {
        for place in (1..self.nodes.len()).rev() {
            let FileNode { parent, bytes, wasted, .. } = self.nodes[place].clone();
            let directory = &mut self.nodes[parent];
            directory.bytes += bytes;
            for (sum, more) in directory.wasted.iter_mut().zip(wasted) {
                *sum += more;
            }
        }
    }
}

impl FileNode {
    fn new(parent: usize, kind: NodeKind, name: String) -> Self {
        Self { parent, kind, name, bytes: 0, wasted: [0; FAMILIES.len()], layer: None }
    }
}

/// The entries whose bytes a path stands for: the one that it shows, and the one that holds a file's bytes when the name that
/// brought them is gone. Of several names, the first stands for those.
fn entries(tree: &Tree, path: PathId) -> impl Iterator<Item = EntryRef> {
    let shown = tree.provider(path).map(|(layer, entry)| EntryRef {
        layer: u32::try_from(layer).expect("Limits::layers is lower"),
        entry: u32::try_from(entry).expect("Limits::entries is lower"),
    });
    let id: InodeId = tree.inode_id(path);
    let origin = tree.inode_by_id(id).origin.filter(|at| {
        tree.names(id).first() == Some(&path)
            && tree.fates(at.layer as usize)[at.entry as usize] == Fate::Hidden
    });
    shown.into_iter().chain(origin)
}

fn own_bytes(tree: &Tree, path: PathId) -> u64 {
    entries(tree, path)
        .map(|at| {
            let raw = &tree.entry(at).raw;
            raw.end - raw.start
        })
        .sum()
}

/// For each path, its bytes with those of everything below it.
fn sums(tree: &Tree, own: &[u64]) -> Vec<u64> {
    let mut sums = own.to_vec();
    for path in tree.iter().rev().filter(|path| *path != tree.root()) {
        let bytes = sums[path.index()];
        sums[tree.parent(path).index()] += bytes;
    }
    sums
}

/// The size that no more than `most` paths have or pass. A directory has at least that of what is in it.
fn least(sums: &[u64], most: usize) -> u64 {
    if sums.len() <= most {
        return 0;
    }
    let mut sorted = sums.to_vec();
    let (_, first_left_out, _) = sorted.select_nth_unstable_by(most, |one, other| other.cmp(one));
    *first_left_out + 1
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jettison_testkit::{Entry, layer};

    use super::*;
    use crate::{
        IndexOptions, LayerInput, analysis::Purpose, owners::Owners, waste::Circumstances,
    };

    fn map(layers: Vec<Vec<u8>>, most: usize) -> FileMap {
        let input = |layer| LayerInput { diff_id: None, content: Arc::new(layer) };
        let inputs: Vec<LayerInput> = layers.into_iter().map(input).collect();
        let index = ImageIndex::build(&inputs, &IndexOptions::default()).expect("sound layers");
        let owners = Owners::of(&index);
        let circumstances =
            Circumstances { owners: &owners, purpose: Purpose::Runtime, locales: &[] };
        FileMap::bounded(&index, &Waste::of(&index, &circumstances), most)
    }

    fn rows(map: &FileMap) -> Vec<(String, u64, u64)> {
        let row = |node: &FileNode| (node.name.clone(), node.bytes, node.wasted.iter().sum());
        map.nodes.iter().map(row).collect()
    }

    fn row(name: &str, bytes: u64, wasted: u64) -> (String, u64, u64) {
        (name.to_owned(), bytes, wasted)
    }

    #[test]
    fn directories_have_what_is_in_them() {
        let first = Entry::file("app/first", vec![1; 5000]);
        let layers = vec![
            layer([first.clone(), first.also("app/second")]),
            // The bytes of the first name stay, since the second one needs them.
            layer([Entry::whiteout("app", "first"), Entry::file("tmp/x", "waste")]),
        ];
        let map = map(layers, 100);
        let whole = 512 + 5120 + 512;
        assert_eq!(
            rows(&map),
            [
                row("", whole + 1024, 1024),
                row("app", whole, 0),
                row("second", whole, 0),
                row("tmp", 1024, 1024),
                row("x", 1024, 1024),
            ]
        );
        assert_eq!((map.gathered, map.nodes[4].layer), (0, Some(1)));
    }

    #[test]
    fn what_is_small_is_gathered_by_directory() {
        let small = (0..50).map(|number| Entry::file(&format!("a/b/{number}"), "x"));
        let large = [Entry::file("a/large", vec![0; 100_000]), Entry::file("c/d/small", "x")];
        let map = map(vec![layer(small.chain(large))], 5);
        let (rest, large) = (50 * 1024, 512 + 100_352);
        assert_eq!(
            rows(&map),
            [
                row("", rest + large + 1024, 0),
                row("a", rest + large, 0),
                row("b", rest, 0),
                row("", rest, 0),
                row("large", large, 0),
                row("", 1024, 0),
            ]
        );
        // The small ones of b; c, d and what is in it.
        assert_eq!((map.nodes[3].kind, map.nodes[5].kind), (NodeKind::Rest(50), NodeKind::Rest(3)));
        assert_eq!(map.gathered, 53);
    }
}
