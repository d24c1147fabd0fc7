//! What the image could do without: by cause, then by layer and package, then file by file, the largest first.

use std::collections::BTreeMap;

use jettison_analyze::{
    Analyzed, Cause, ImageIndex, Language, Wasted,
    analysis::{Advice, Analysis},
};
use jettison_rootfs::EntryRef;

use crate::{Node, Nodes, Status, words::Word};

/// What tells groups of entries of one cause apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Group {
    pub(crate) cause: Cause,
    /// The layer that the bytes lie in, from 0.
    pub(crate) layer: usize,
    /// The layer that made them useless, where that is another.
    pub(crate) by: Option<usize>,
    /// The package they belong to.
    pub(crate) package: Option<String>,
}

/// What a line stands for.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// All of it; it is not shown.
    All,
    /// A cause, with so many entries.
    Cause(Cause, usize),
    /// A group, with so many entries.
    Group(Group, usize),
    /// An entry.
    Entry { group: Group, at: EntryRef, same_as: Option<EntryRef> },
}

/// The waste as a tree of lines.
#[derive(Debug)]
pub(crate) struct WasteTree {
    pub(crate) nodes: Nodes,
    items: Vec<Item>,
    advice: Vec<Advice>,
}

/// Entries with their absolute paths.
type Entries = Vec<(EntryRef, Vec<u8>, Wasted)>;

impl WasteTree {
    pub(crate) fn of(index: &ImageIndex, analyzed: &Analyzed, language: Language) -> Self {
        let advice = analyzed.analysis.advice.clone();
        let mut tree = Self { nodes: Nodes::default(), items: Vec::new(), advice };
        tree.push(0, Item::All, (Vec::new(), 0), Status::Unchanged);
        let mut groups = groups(index, analyzed);
        for cause in causes(&analyzed.analysis) {
            let here = groups.remove(&cause).unwrap_or_default();
            let count = here.iter().map(|(_, _, entries)| entries.len()).sum();
            let name = cause.title().in_language(language).as_bytes().to_vec();
            let at = tree.push(0, Item::Cause(cause, count), (name, 0), status(cause));
            for (group, _, entries) in here {
                tree.add_group(at, &group, title(&group, language), entries);
            }
            tree.nodes.close(at);
        }
        tree.nodes.close(0);
        tree
    }

    fn add_group(&mut self, cause: u32, group: &Group, title: String, entries: Entries) {
        let status = status(group.cause);
        let item = Item::Group(group.clone(), entries.len());
        let at = self.push(cause, item, (title.into_bytes(), 0), status);
        for (entry, path, wasted) in entries {
            let item = Item::Entry { group: group.clone(), at: entry, same_as: wasted.same_as };
            self.push(at, item, (path, wasted.bytes), status);
            self.nodes.close(self.last());
        }
        self.nodes.close(at);
    }

    fn push(
        &mut self,
        parent: u32,
        item: Item,
        (name, bytes): (Vec<u8>, u64),
        status: Status,
    ) -> u32 {
        let is_directory = !matches!(item, Item::Entry { .. });
        self.items.push(item);
        let name = name.into();
        let is_touched = status != Status::Unchanged;
        let node = Node { name, parent, depth: 0, bytes, status, is_touched, is_directory, end: 0 };
        self.nodes.push(parent, node)
    }

    fn last(&self) -> u32 {
        u32::try_from(self.items.len() - 1).expect("fewer entries than 2^32")
    }

    pub(crate) fn item(&self, at: u32) -> &Item {
        &self.items[at as usize]
    }

    /// The edits that recover what a line stands for, what saves most first: those for its layers, or else all of its cause.
    pub(crate) fn advice(&self, at: u32) -> Vec<&Advice> {
        let (cause, group) = match self.item(at) {
            Item::All => return Vec::new(),
            Item::Cause(cause, _) => (*cause, None),
            Item::Group(group, _) | Item::Entry { group, .. } => (group.cause, Some(group)),
        };
        let of_cause: Vec<&Advice> =
            self.advice.iter().filter(|advice| advice.cause == cause).collect();
        let is_its = |advice: &&&Advice| {
            group.is_some_and(|group| (advice.layer, advice.by) == (group.layer, group.by))
        };
        let its: Vec<&Advice> = of_cause.iter().filter(is_its).copied().collect();
        if its.is_empty() { of_cause } else { its }
    }
}

/// The causes, the largest first.
fn causes(analysis: &Analysis) -> impl Iterator<Item = Cause> {
    analysis.causes.iter().map(|facts| facts.cause)
}

/// The groups of each cause with their bytes, the largest first, and in each the largest entries first.
fn groups(index: &ImageIndex, analyzed: &Analyzed) -> BTreeMap<Cause, Vec<(Group, u64, Entries)>> {
    let mut entries: BTreeMap<Group, Entries> = BTreeMap::new();
    for (at, wasted) in analyzed.waste.iter() {
        let layer = at.layer as usize;
        let by = wasted.by.map(|by| by.layer as usize).filter(|by| *by != layer);
        let package = analyzed.owners.of_entry(index, at).map(str::to_owned);
        let group = Group { cause: wasted.cause, layer, by, package };
        entries.entry(group).or_default().push((at, path_of(index, at), *wasted));
    }
    let mut groups: BTreeMap<Cause, Vec<(Group, u64, Entries)>> = BTreeMap::new();
    for (group, mut entries) in entries {
        entries.sort_by_key(|(at, _, wasted)| (std::cmp::Reverse(wasted.bytes), *at));
        let bytes = entries.iter().map(|(_, _, wasted)| wasted.bytes).sum();
        groups.entry(group.cause).or_default().push((group, bytes, entries));
    }
    for groups in groups.values_mut() {
        groups.sort_by_key(|(_, bytes, _)| std::cmp::Reverse(*bytes));
    }
    groups
}

/// The absolute path of an entry.
fn path_of(index: &ImageIndex, at: EntryRef) -> Vec<u8> {
    let entry = &index.layers[at.layer as usize].index.entries()[at.entry as usize];
    [b"/", &*entry.path].concat()
}

/// Layers are counted from 1 on the screen.
fn title(group: &Group, language: Language) -> String {
    let mut parts = vec![Word::InLayer.with(language, &[&(group.layer + 1).to_string()])];
    parts.extend(group.by.map(|by| {
        let word = match status(group.cause) {
            Status::Removed => Word::RemovedByLayer,
            _ => Word::WrittenAgainByLayer,
        };
        word.with(language, &[&(by + 1).to_string()])
    }));
    parts.extend(group.package.clone());
    parts.join(" · ")
}

/// How lines of a cause are marked: what no container sees stands out.
fn status(cause: Cause) -> Status {
    match cause {
        Cause::Deleted => Status::Removed,
        _ if cause.is_hidden() => Status::Modified,
        _ => Status::Unchanged,
    }
}
