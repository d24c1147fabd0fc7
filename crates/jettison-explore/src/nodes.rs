//! Names in the order in which they are listed, each with what lies below it.

use std::collections::HashSet;

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
    /// The last part of its path, as the layer has it: bytes of any kind.
    pub name: Box<[u8]>,
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
    /// Whether something can lie below it.
    pub is_directory: bool,
    /// The first place behind everything below it.
    pub end: u32,
}

/// Nodes, depth first. The root is the first of them and is not shown.
#[derive(Clone, Debug, Default)]
pub struct Nodes {
    list: Vec<Node>,
}

impl Nodes {
    /// Adds a node behind all others, below `parent`, and returns its place. Its depth and end follow.
    pub(crate) fn push(&mut self, parent: u32, mut node: Node) -> u32 {
        let at = self.end();
        node.parent = parent;
        node.depth = if at == 0 { 0 } else { self.list[parent as usize].depth + 1 };
        node.end = at + 1;
        self.list.push(node);
        at
    }

    /// Everything below `at` was added: its bytes and changes count for what it lies in, too. What is gone counts only for
    /// what is gone with it.
    pub(crate) fn close(&mut self, at: u32) {
        let end = self.end();
        let node = &mut self.list[at as usize];
        node.end = end;
        let (bytes, is_gone, is_touched) =
            (node.bytes, node.status == Status::Removed, node.is_touched);
        let parent = node.parent;
        if parent != at {
            let parent = &mut self.list[parent as usize];
            parent.bytes += if is_gone && parent.status != Status::Removed { 0 } else { bytes };
            parent.is_touched |= is_touched;
        }
    }

    fn end(&self) -> u32 {
        u32::try_from(self.list.len()).expect("trees have fewer than 2^32 names")
    }

    /// The nodes; the root is the first.
    pub fn list(&self) -> &[Node] {
        &self.list
    }

    /// The places of what lies directly in a directory.
    pub fn children(&self, at: u32) -> impl Iterator<Item = u32> + '_ {
        let end = self.list.get(at as usize).map_or(0, |node| node.end);
        let mut next = at + 1;
        std::iter::from_fn(move || {
            let this = (next < end).then_some(next)?;
            next = self.list[this as usize].end;
            Some(this)
        })
    }

    /// The absolute path of a node.
    pub fn path(&self, at: u32) -> Vec<u8> {
        let mut names = Vec::new();
        let mut at = at;
        while at != 0 {
            names.push(&*self.list[at as usize].name);
            at = self.list[at as usize].parent;
        }
        names.reverse();
        [b"/", names.join(&b'/').as_slice()].concat()
    }

    /// The nodes of `other` that have the same paths as `places` here. Names of a directory are sorted in both, so that each
    /// list is gone through once.
    pub(crate) fn same_in(&self, places: &HashSet<u32>, other: &Self) -> HashSet<u32> {
        let mut sorted: Vec<u32> = places.iter().copied().collect();
        sorted.sort_unstable();
        let has_any = |at: u32| {
            let next = sorted.partition_point(|place| *place < at);
            sorted.get(next).is_some_and(|place| *place < self.list[at as usize].end)
        };
        let mut found = HashSet::new();
        let mut todo = vec![(0, 0)];
        while let Some((here, there)) = todo.pop() {
            if places.contains(&here) {
                found.insert(there);
            }
            let mut children = other.children(there).peekable();
            for child in self.children(here).filter(|child| has_any(*child)) {
                let wanted = &self.list[child as usize].name;
                let is_before = |at: &u32| other.list[*at as usize].name < *wanted;
                while children.next_if(is_before).is_some() {}
                let is_it = |at: &u32| other.list[*at as usize].name == *wanted;
                todo.extend(children.next_if(is_it).map(|same| (child, same)));
            }
        }
        found
    }

    /// The node of an absolute path, or else the deepest one on the way to it.
    pub(crate) fn nearest(&self, path: &[u8]) -> u32 {
        let mut at = 0;
        for name in path.split(|&byte| byte == b'/').filter(|name| !name.is_empty()) {
            let Some(child) = self.child(at, name) else { break };
            at = child;
        }
        at
    }

    fn child(&self, at: u32, name: &[u8]) -> Option<u32> {
        self.children(at).find(|child| *self.list[*child as usize].name == *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names with how deep they lie, the root left out.
    fn nodes(names: &[(u16, &str)]) -> Nodes {
        let node = |name: &str| Node {
            name: name.as_bytes().into(),
            parent: 0,
            depth: 0,
            bytes: 0,
            status: Status::Unchanged,
            is_touched: false,
            is_directory: true,
            end: 0,
        };
        let mut nodes = Nodes::default();
        let mut open = vec![nodes.push(0, node(""))];
        for (depth, name) in names {
            while open.len() > usize::from(*depth) {
                nodes.close(open.pop().expect("it is not empty"));
            }
            open.push(nodes.push(*open.last().expect("the root stays"), node(name)));
        }
        open.into_iter().rev().for_each(|at| nodes.close(at));
        nodes
    }

    #[test]
    fn the_same_paths_are_found_in_another_list() {
        let old = nodes(&[(1, "a"), (2, "b"), (3, "c"), (2, "d"), (1, "e"), (2, "f"), (1, "g")]);
        let new = nodes(&[(1, "a"), (2, "aa"), (2, "d"), (1, "b"), (1, "e"), (2, "f"), (3, "c")]);
        let paths = |nodes: &Nodes, places: &HashSet<u32>| {
            let mut paths: Vec<String> = places
                .iter()
                .map(|at| String::from_utf8_lossy(&nodes.path(*at)).into_owned())
                .collect();
            paths.sort();
            paths
        };
        let all: HashSet<u32> = (1..8).collect();
        assert_eq!(paths(&old, &all), ["/a", "/a/b", "/a/b/c", "/a/d", "/e", "/e/f", "/g"]);
        assert_eq!(paths(&new, &old.same_in(&all, &new)), ["/a", "/a/d", "/e", "/e/f"]);
        // One in a directory that is closed is found as well.
        assert_eq!(paths(&new, &old.same_in(&HashSet::from([4, 6]), &new)), ["/a/d", "/e/f"]);
        assert!(old.same_in(&HashSet::new(), &new).is_empty());
    }
}
