//! The account: every entry of every layer, its bytes, and the one cause that claims them.

use std::collections::HashMap;

use jettison_rootfs::{EntryKind, EntryRef, Fate, InodeId, Kind, PathId, Tree};

use super::{
    cause::Cause,
    classify::{Circumstances, classify},
    hidden::Hidden,
};
use crate::index::ImageIndex;

/// Shorter files are not compared with others: linking them saves nothing on a disk.
const MIN_DUPLICATE: u64 = 4096;

/// What tars are padded to, in bytes.
const BLOCK: u64 = 512;

/// Why an entry, or a part of it, is waste.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wasted {
    /// The cause.
    pub cause: Cause,
    /// How many bytes of the layer: all of the entry, or for duplicates its content and for debug information its
    /// sections.
    pub bytes: u64,
    /// The entry that hides it.
    pub by: Option<EntryRef>,
    /// For duplicates, the entry that has the same content.
    pub same_as: Option<EntryRef>,
}

/// The waste of an image, entry by entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waste {
    layers: Vec<Vec<Option<Wasted>>>,
}

impl Waste {
    /// Accounts for every entry once.
    pub(crate) fn of(index: &ImageIndex, circumstances: &Circumstances<'_>) -> Self {
        let causes = classify(&index.tree, circumstances);
        let mut account = Account { index, causes: &causes, layers: Vec::new() };
        account.hidden_and_placed();
        account.debug_sections();
        account.duplicates();
        Self { layers: account.layers }
    }

    /// The waste of an entry.
    pub fn of_entry(&self, at: EntryRef) -> Option<&Wasted> {
        self.layers.get(at.layer as usize)?.get(at.entry as usize)?.as_ref()
    }

    /// All of it, by layer and entry.
    pub fn iter(&self) -> impl Iterator<Item = (EntryRef, &Wasted)> {
        (0..).zip(&self.layers).flat_map(|(layer, entries)| {
            (0..).zip(entries).filter_map(move |(entry, wasted)| {
                Some((EntryRef { layer, entry }, wasted.as_ref()?))
            })
        })
    }

    /// Bytes of one layer.
    pub fn of_layer(&self, layer: usize) -> u64 {
        self.layers[layer].iter().flatten().map(|wasted| wasted.bytes).sum()
    }

    /// Bytes of all layers.
    pub fn total(&self) -> u64 {
        (0..self.layers.len()).map(|layer| self.of_layer(layer)).sum()
    }
}

struct Account<'a> {
    index: &'a ImageIndex,
    causes: &'a [Option<Cause>],
    layers: Vec<Vec<Option<Wasted>>>,
}

impl<'a> Account<'a> {
    fn hidden_and_placed(&mut self) {
        let index: &'a ImageIndex = self.index;
        let mut hidden = Hidden::new(index);
        for (number, layer) in (0..).zip(&index.layers) {
            let fates = index.tree.fates(number as usize);
            let entries = (0..).zip(fates).zip(layer.index.entries());
            let wasted = entries.map(|((entry, fate), raw)| {
                let at = EntryRef { layer: number, entry };
                let bytes = raw.raw.end - raw.raw.start;
                hidden.waste(at, *fate).or_else(|| self.placed(*fate, bytes, raw.kind))
            });
            let wasted = wasted.collect();
            self.layers.push(wasted);
        }
    }

    /// The waste of an entry that the tree shows.
    fn placed(&self, fate: Fate, bytes: u64, kind: EntryKind) -> Option<Wasted> {
        let Fate::Visible(path) = fate else { return None };
        let cause = self.causes[path.index()]?;
        let tree = &self.index.tree;
        let id = tree.inode_id(path);
        // The bytes of a file stay as long as one of its names does.
        let is_content = kind != EntryKind::Hardlink;
        if is_content && !self.goes(tree, id) {
            return None;
        }
        Some(Wasted { cause, bytes, by: None, same_as: None })
    }

    fn goes(&self, tree: &Tree, id: InodeId) -> bool {
        tree.names(id).iter().all(|name: &PathId| self.causes[name.index()].is_some())
    }

    fn debug_sections(&mut self) {
        for (layer, record) in self.index.layers.iter().enumerate() {
            for debug in &record.debug {
                let entry = debug.entry as usize;
                let is_visible = matches!(self.index.tree.fates(layer)[entry], Fate::Visible(_));
                let place = &mut self.layers[layer][entry];
                if place.is_some() || !is_visible {
                    continue;
                }
                let size = record.index.entries()[entry].size;
                let bytes = padded(size) - padded(size - debug.bytes);
                *place =
                    Some(Wasted { cause: Cause::DebugSymbols, bytes, by: None, same_as: None });
            }
        }
    }

    /// Of files with the same content, the first one stays: that of the lowest layer, and there the first entry. Those with
    /// other permissions, owners or attributes cannot be links to it.
    fn duplicates(&mut self) {
        let mut first: HashMap<_, EntryRef> = HashMap::new();
        for (number, record) in (0..).zip(&self.index.layers) {
            let layer = number as usize;
            for (place, entry) in (0..).zip(record.index.entries()) {
                let is_file =
                    entry.kind == EntryKind::Own(Kind::File) && entry.size >= MIN_DUPLICATE;
                let is_visible =
                    matches!(self.index.tree.fates(layer)[place as usize], Fate::Visible(_));
                let slot = &mut self.layers[layer][place as usize];
                let goes_anyway = slot.is_some_and(|wasted| wasted.cause != Cause::DebugSymbols);
                if !is_file || !is_visible || goes_anyway {
                    continue;
                }
                let at = EntryRef { layer: number, entry: place };
                let id = record.contents[place as usize];
                let meta = &entry.meta;
                let attributes: Vec<_> = meta.xattrs.iter().collect();
                let key = (entry.size, id, meta.mode, meta.uid, meta.gid, attributes);
                match first.get(&key) {
                    None => {
                        first.insert(key, at);
                    }
                    Some(&same) => {
                        let stored = entry.raw.end - content_start(entry);
                        *slot = Some(Wasted {
                            cause: Cause::Duplicate,
                            bytes: stored,
                            by: None,
                            same_as: Some(same),
                        });
                    }
                }
            }
        }
    }
}

/// Where the content of a file begins in its layer.
fn content_start(entry: &jettison_rootfs::LayerEntry) -> u64 {
    match &entry.data {
        jettison_rootfs::DataMap::Contiguous(start) => *start,
        jettison_rootfs::DataMap::Sparse(runs) => {
            runs.first().map_or(entry.raw.end, |run| run.blob_offset)
        }
    }
}

fn padded(size: u64) -> u64 {
    size.next_multiple_of(BLOCK)
}
