//! A tree while layers are laid over one another: an arena of names and files.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::{
    EntryRef, Fate, Inode, InodeId, Kind, LayerIndex, LayerSource, MergeError, Meta, PathId,
    Problem, Timestamp, Tree, Xattrs, merge::overlay, tree::Node, unpack::Unpacker,
};

/// The place of the merged root in the arena.
const ROOT: u32 = 0;

/// A name in the arena.
#[derive(Debug)]
pub(crate) struct Dentry {
    pub(crate) name: u32,
    pub(crate) parent: u32,
    pub(crate) depth: u32,
    pub(crate) inode: u32,
    pub(crate) entry: Option<EntryRef>,
    pub(crate) directory: Option<Box<Directory>>,
}

/// What a directory of the arena holds.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    /// Interned name to place in the arena; sorted by bytes only when the tree is finished.
    pub(crate) children: BTreeMap<u32, u32>,
    /// Entries of lower layers that list this directory too.
    pub(crate) merged: Vec<EntryRef>,
    /// The marker that hides everything that lower layers have here.
    pub(crate) opaque: Option<EntryRef>,
    /// Names hidden in lower layers, and the markers that say so.
    pub(crate) whiteouts: BTreeMap<u32, EntryRef>,
}

/// The names seen so far, each kept once.
#[derive(Debug, Default)]
struct Names {
    ids: HashMap<Arc<[u8]>, u32>,
    texts: Vec<Arc<[u8]>>,
}

impl Names {
    fn intern(&mut self, name: &[u8]) -> u32 {
        if let Some(&id) = self.ids.get(name) {
            return id;
        }
        let id = u32::try_from(self.texts.len()).expect("merge::MAX_NAMES bounds the names");
        let text: Arc<[u8]> = name.into();
        self.ids.insert(Arc::clone(&text), id);
        self.texts.push(text);
        id
    }
}

/// The layers applied so far.
#[derive(Debug)]
pub(crate) struct Draft {
    names: Names,
    pub(crate) dentries: Vec<Dentry>,
    pub(crate) inodes: Vec<Inode>,
    pub(crate) fates: Vec<Vec<Fate>>,
    pub(crate) hidden_by: Vec<Vec<Option<EntryRef>>>,
    pub(crate) problems: Vec<Problem>,
}

impl Draft {
    pub(crate) fn new() -> Self {
        let mut draft = Self {
            names: Names::default(),
            dentries: Vec::new(),
            inodes: Vec::new(),
            fates: Vec::new(),
            hidden_by: Vec::new(),
            problems: Vec::new(),
        };
        draft.add_root();
        draft
    }

    /// Lays one more layer over what is there.
    pub(crate) fn apply(&mut self, index: &LayerIndex) -> Result<(), MergeError> {
        self.fates.push(vec![Fate::Hidden; index.entries().len()]);
        self.hidden_by.push(vec![None; index.entries().len()]);
        let root = self.add_root();
        Unpacker::new(self, root, index.entries()).run()?;
        overlay(self, ROOT, root);
        Ok(())
    }

    fn add_root(&mut self) -> u32 {
        let inode = self.add_implicit_inode();
        let root = index(self.dentries.len());
        let name = self.intern(b"");
        let directory = Some(Box::default());
        self.dentries.push(Dentry { name, parent: root, depth: 0, inode, entry: None, directory });
        root
    }

    pub(crate) fn intern(&mut self, name: &[u8]) -> u32 {
        self.names.intern(name)
    }

    pub(crate) fn child(&self, parent: u32, name: u32) -> Option<u32> {
        self.dentry(parent).directory.as_ref()?.children.get(&name).copied()
    }

    /// The place of the merged name at a path in the form of `LayerEntry::path`.
    pub(crate) fn find_merged(&self, path: &[u8]) -> Option<u32> {
        let mut at = ROOT;
        for name in path.split(|&byte| byte == b'/').filter(|name| !name.is_empty()) {
            at = self.child(at, *self.names.ids.get(name)?)?;
        }
        Some(at)
    }

    pub(crate) fn dentry(&self, at: u32) -> &Dentry {
        &self.dentries[at as usize]
    }

    pub(crate) fn dentry_mut(&mut self, at: u32) -> &mut Dentry {
        &mut self.dentries[at as usize]
    }

    pub(crate) fn is_directory(&self, at: u32) -> bool {
        self.dentry(at).directory.is_some()
    }

    pub(crate) fn directory_mut(&mut self, at: u32) -> &mut Directory {
        let directory = self.dentry_mut(at).directory.as_mut();
        directory.expect("callers have checked that this is a directory")
    }

    pub(crate) fn take_directory(&mut self, at: u32) -> Directory {
        let directory = self.dentry_mut(at).directory.take();
        *directory.expect("callers have checked that this is a directory")
    }

    /// Lets `lower` take over the metadata of `upper`, if a layer gave it any.
    pub(crate) fn merge_directory(&mut self, lower: u32, upper: u32, merged: Vec<EntryRef>) {
        let (entry, inode) = (self.dentry(upper).entry, self.dentry(upper).inode);
        let below = self.dentry_mut(lower);
        let hidden = match entry {
            Some(entry) => {
                below.inode = inode;
                below.entry.replace(entry)
            }
            None => None,
        };
        self.hide_entry(hidden, entry);
        let list = &mut self.directory_mut(lower).merged;
        list.extend(hidden.into_iter().chain(merged));
    }

    /// Notes that `by` took the place of one entry.
    pub(crate) fn hide_entry(&mut self, hidden: Option<EntryRef>, by: Option<EntryRef>) {
        if let Some(at) = hidden {
            self.hidden_by[at.layer as usize][at.entry as usize] = by;
        }
    }

    /// Notes that `by` hides a name and everything below it. Each name is hidden once, so all calls
    /// together cost no more than there are names.
    pub(crate) fn hide(&mut self, at: u32, by: Option<EntryRef>) {
        let mut todo = vec![at];
        while let Some(at) = todo.pop() {
            let dentry = &self.dentries[at as usize];
            let directory = dentry.directory.as_deref();
            let merged = directory.into_iter().flat_map(|directory| &directory.merged);
            for hidden in dentry.entry.iter().chain(merged) {
                let place = &mut self.hidden_by[hidden.layer as usize][hidden.entry as usize];
                *place = place.or(by);
            }
            todo.extend(directory.into_iter().flat_map(|directory| directory.children.values()));
        }
    }

    /// The entry that made a name; of a directory that no entry lists, the first one below it.
    pub(crate) fn maker(&self, at: u32) -> Option<EntryRef> {
        let mut todo = vec![at];
        while let Some(at) = todo.pop() {
            let dentry = self.dentry(at);
            if dentry.entry.is_some() {
                return dentry.entry;
            }
            todo.extend(dentry.directory.iter().flat_map(|directory| directory.children.values()));
        }
        None
    }

    pub(crate) fn insert(&mut self, parent: u32, name: u32, child: u32) {
        self.dentry_mut(child).parent = parent;
        self.directory_mut(parent).children.insert(name, child);
    }

    pub(crate) fn add_inode(&mut self, inode: Inode) -> u32 {
        self.inodes.push(inode);
        index(self.inodes.len() - 1)
    }

    pub(crate) fn add_implicit_inode(&mut self) -> u32 {
        let mut inode = Inode {
            kind: Kind::Directory,
            mode: 0,
            uid: 0,
            gid: 0,
            mtime: Timestamp::default(),
            size: 0,
            nlink: 0,
            rdev: 0,
            xattrs: Xattrs::new(),
            target: None,
            origin: None,
        };
        inode.set_meta(&Meta::implicit_directory());
        self.add_inode(inode)
    }

    /// Numbers what is visible and drops the rest.
    pub(crate) fn finish(mut self, layers: Vec<LayerSource>) -> Tree {
        let mut finish = Finish::default();
        finish.number(&mut self);
        let has_xattrs = finish.inodes.iter().any(|inode| !inode.xattrs.is_empty());
        let (inode_names, inode_name_starts) = finish.group_names();
        self.problems.sort_by_key(|problem| problem.at);
        Tree {
            layers,
            nodes: finish.nodes,
            names: finish.names,
            children: finish.children,
            inodes: finish.inodes,
            inode_names,
            inode_name_starts,
            fates: self.fates,
            hidden_by: self.hidden_by,
            problems: self.problems,
            has_xattrs,
        }
    }
}

fn index(len: usize) -> u32 {
    u32::try_from(len).expect("merge::MAX_NAMES bounds the arena")
}

/// The tables of a [`Tree`] while they are filled.
#[derive(Default)]
struct Finish {
    nodes: Vec<Node>,
    names: Vec<u8>,
    /// Where each interned name lies in `names`.
    placed: HashMap<u32, u32>,
    children: Vec<PathId>,
    inodes: Vec<Inode>,
    /// The number of each inode of the arena that was reached.
    numbers: HashMap<u32, u32>,
}

/// A step of the walk through the arena.
enum Step {
    Enter { at: u32, parent: u32 },
    Leave { node: u32 },
}

impl Finish {
    /// Walks depth first, so that ids count up in the order of the sorted paths.
    fn number(&mut self, draft: &mut Draft) {
        let mut todo = vec![Step::Enter { at: ROOT, parent: 0 }];
        let mut sorted: Vec<(Arc<[u8]>, u32)> = Vec::new();
        while let Some(step) = todo.pop() {
            match step {
                Step::Leave { node } => self.close(node),
                Step::Enter { at, parent } => {
                    let node = self.add(draft, at, parent);
                    todo.push(Step::Leave { node });
                    let Some(directory) = &draft.dentry(at).directory else { continue };
                    sorted.extend(directory.children.iter().map(|(&name, &child)| {
                        (Arc::clone(&draft.names.texts[name as usize]), child)
                    }));
                    sorted.sort_unstable();
                    let steps = sorted.drain(..).rev();
                    todo.extend(steps.map(|(_, at)| Step::Enter { at, parent: node }));
                }
            }
        }
        self.list_children();
    }

    fn add(&mut self, draft: &mut Draft, at: u32, parent: u32) -> u32 {
        let id = index(self.nodes.len());
        let path = PathId::from_index(self.nodes.len());
        let Draft { dentries, fates, names, inodes, .. } = draft;
        let dentry = &dentries[at as usize];
        if let Some(entry) = dentry.entry {
            fates[entry.layer as usize][entry.entry as usize] = Fate::Visible(path);
        }
        for entry in dentry.directory.iter().flat_map(|directory| &directory.merged) {
            fates[entry.layer as usize][entry.entry as usize] = Fate::Merged(path);
        }
        let text = &names.texts[dentry.name as usize];
        let name_start = *self.placed.entry(dentry.name).or_insert_with(|| {
            self.names.extend_from_slice(text);
            index(self.names.len() - text.len())
        });
        let inode = *self.numbers.entry(dentry.inode).or_insert_with(|| {
            self.inodes.push(inodes[dentry.inode as usize].clone());
            index(self.inodes.len() - 1)
        });
        let file = &mut self.inodes[inode as usize];
        file.nlink += if file.is_directory() { 2 } else { 1 };
        if file.is_directory() && id != 0 {
            let above = self.nodes[parent as usize].inode as usize;
            self.inodes[above].nlink += 1;
        }
        self.nodes.push(Node {
            parent,
            inode,
            name_start,
            name_len: index(text.len()),
            children_start: 0,
            children_len: 0,
            subtree_end: 0,
            provider: dentry.entry,
        });
        id
    }

    fn close(&mut self, node: u32) {
        self.nodes[node as usize].subtree_end = index(self.nodes.len());
    }

    /// Fills the table of children: counts, then places. Children come in order, being numbered
    /// so.
    fn list_children(&mut self) {
        for id in 1..self.nodes.len() {
            let parent = self.nodes[id].parent as usize;
            self.nodes[parent].children_len += 1;
        }
        let mut start = 0;
        for node in &mut self.nodes {
            node.children_start = start;
            start += node.children_len;
        }
        let mut next: Vec<u32> = self.nodes.iter().map(|node| node.children_start).collect();
        self.children = vec![PathId::from_index(0); start as usize];
        for id in 1..self.nodes.len() {
            let place = &mut next[self.nodes[id].parent as usize];
            self.children[*place as usize] = PathId::from_index(id);
            *place += 1;
        }
    }

    fn group_names(&self) -> (Vec<PathId>, Vec<u32>) {
        let mut starts = vec![0; self.inodes.len() + 1];
        for node in &self.nodes {
            starts[node.inode as usize + 1] += 1;
        }
        for id in 1..starts.len() {
            starts[id] += starts[id - 1];
        }
        let mut next = starts.clone();
        let mut names = vec![PathId::from_index(0); self.nodes.len()];
        for (id, node) in self.nodes.iter().enumerate() {
            let place = &mut next[InodeId::from_index(node.inode as usize).index()];
            names[*place as usize] = PathId::from_index(id);
            *place += 1;
        }
        (names, starts)
    }
}
