//! What is in a layer and not in the final tree.

use std::collections::{HashMap, HashSet};

use jettison_rootfs::{EntryKind, EntryRef, Fate, Kind, LayerEntry};

use super::{account::Wasted, cause::Cause};
use crate::index::{ContentId, ImageIndex};

/// Looks at what the final tree does not show.
pub(super) struct Hidden<'a> {
    index: &'a ImageIndex,
    /// Entries that hold the bytes of a file that another name still shows.
    needed: HashSet<EntryRef>,
    /// For layers with hard links, where each path is.
    paths: HashMap<u32, HashMap<&'a [u8], u32>>,
}

impl<'a> Hidden<'a> {
    pub(super) fn new(index: &'a ImageIndex) -> Self {
        let tree = &index.tree;
        let mut needed = HashSet::new();
        for path in tree.iter() {
            let origin = tree
                .inode(path)
                .origin
                .filter(|at| tree.fates(at.layer as usize)[at.entry as usize] == Fate::Hidden);
            needed.extend(origin);
        }
        Self { index, needed, paths: HashMap::new() }
    }

    /// The waste of an entry that is not what the tree shows at its path.
    pub(super) fn waste(&mut self, at: EntryRef, fate: Fate) -> Option<Wasted> {
        let entry = self.entry(at);
        let bytes = entry.raw.end - entry.raw.start;
        let by = self.index.tree.hidden_by(at);
        let wasted = |cause, by| Some(Wasted { cause, bytes, by, same_as: None });
        match fate {
            Fate::Visible(_) => None,
            Fate::Whiteout => wasted(Cause::Deleted, None),
            Fate::Merged(_) => wasted(Cause::ListedAgain, by),
            // What could not be made has nothing that hides it, and nobody knows what it is for.
            Fate::Hidden => {
                let by = by.filter(|_| !self.needed.contains(&at))?;
                wasted(self.cause(at, by), Some(by))
            }
        }
    }

    fn entry(&self, at: EntryRef) -> &'a LayerEntry {
        let index: &'a ImageIndex = self.index;
        &index.layers[at.layer as usize].index.entries()[at.entry as usize]
    }

    fn cause(&mut self, at: EntryRef, by: EntryRef) -> Cause {
        let (lower, upper) = (self.entry(at), self.entry(by));
        if upper.whiteout.is_some() {
            return Cause::Deleted;
        }
        let is_same_place = at.layer != by.layer && lower.path == upper.path;
        if !is_same_place {
            return Cause::Overwritten;
        }
        let is_equal = match (self.what(at), self.what(by)) {
            (Some(one), Some(other)) => one == other,
            _ => {
                lower.kind == upper.kind
                    && lower.target == upper.target
                    && lower.size == upper.size
                    && !is_file(lower)
            }
        };
        if is_equal { Cause::CopiedUp } else { Cause::Overwritten }
    }

    /// The content of a file, by whichever of its names the entry gives it.
    fn what(&mut self, at: EntryRef) -> Option<(u64, ContentId)> {
        let index: &'a ImageIndex = self.index;
        let layer = &index.layers[at.layer as usize];
        let mut place = at.entry;
        let mut entry = self.entry(at);
        if entry.kind == EntryKind::Hardlink {
            let paths = self.paths.entry(at.layer).or_insert_with(|| {
                let entries = (0..).zip(layer.index.entries());
                entries.map(|(place, entry)| (&*entry.path, place)).collect()
            });
            place = *paths.get(&*entry.target)?;
            entry = &layer.index.entries()[place as usize];
        }
        is_file(entry).then(|| (entry.size, layer.contents[place as usize]))
    }
}

fn is_file(entry: &LayerEntry) -> bool {
    entry.kind == EntryKind::Own(Kind::File)
}
