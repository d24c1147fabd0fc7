//! How many files lie under a directory, up to a layer.

use std::cell::OnceCell;

use jettison_rootfs::{EntryKind, EntryRef, Kind, LayerEntry};

use crate::index::ImageIndex;

/// The files of all layers by name. They are sorted once, and only when somebody asks.
#[derive(Debug)]
pub(crate) struct FileNames<'a> {
    index: &'a ImageIndex,
    layers: OnceCell<Vec<Vec<&'a [u8]>>>,
}

impl<'a> FileNames<'a> {
    pub(crate) fn new(index: &'a ImageIndex) -> Self {
        Self { index, layers: OnceCell::new() }
    }

    /// Files in `directory` in the layers up to `top`; one that several layers bring counts as often.
    pub(super) fn below(&self, directory: &Directory, top: usize) -> usize {
        self.layers()[..=top].iter().map(|names| directory.count(names)).sum()
    }

    /// The names of those of `entries` that are files in the layers up to `top`, sorted.
    pub(super) fn of(&self, entries: impl Iterator<Item = EntryRef>, top: usize) -> Vec<&'a [u8]> {
        let mut entries: Vec<EntryRef> =
            entries.filter(|entry| entry.layer as usize <= top).collect();
        entries.sort_unstable();
        entries.dedup();
        let listed = entries
            .iter()
            .map(|at| &self.index.layers[at.layer as usize].index.entries()[at.entry as usize]);
        sorted(listed)
    }

    fn layers(&self) -> &[Vec<&'a [u8]>] {
        self.layers.get_or_init(|| {
            let layers = self.index.layers.iter();
            layers.map(|layer| sorted(layer.index.entries().iter())).collect()
        })
    }
}

/// A directory as names begin that lie in it.
#[derive(Debug)]
pub(super) struct Directory {
    beginning: Vec<u8>,
}

impl Directory {
    /// `None` for a name that is no text: it is not shown as it is.
    pub(super) fn new(shown: &str) -> Option<Self> {
        let name = shown.strip_prefix('/').filter(|name| !name.contains('\u{fffd}'))?;
        Some(Self { beginning: format!("{name}/").into_bytes() })
    }

    /// How many of sorted names lie in it.
    pub(super) fn count(&self, names: &[&[u8]]) -> usize {
        let from = names.partition_point(|name| *name < self.beginning.as_slice());
        names[from..].partition_point(|name| name.starts_with(&self.beginning))
    }
}

fn sorted<'a>(entries: impl Iterator<Item = &'a LayerEntry>) -> Vec<&'a [u8]> {
    let is_file = |entry: &&LayerEntry| {
        entry.kind != EntryKind::Own(Kind::Directory) && entry.whiteout.is_none()
    };
    let mut names: Vec<&[u8]> = entries.filter(is_file).map(|entry| &*entry.path).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_begin_alike_lie_elsewhere() {
        let names: Vec<&[u8]> = vec![b"a", b"a-b/c", b"a/b", b"a/b/c", b"a0"];
        let count = |directory| Directory::new(directory).map(|one: Directory| one.count(&names));
        assert_eq!([count("/a"), count("/a/b"), count("/b")], [Some(2), Some(1), Some(0)]);
        assert_eq!(count("/a\u{fffd}"), None);
    }
}
