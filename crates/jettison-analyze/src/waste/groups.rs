//! Waste by cause, place and package.

use std::collections::BTreeMap;

use super::{Cause, Waste, Wasted};
use crate::{
    analysis::{CauseFacts, PathBytes, WasteGroup},
    index::ImageIndex,
    owners::Owners,
};

/// Paths of a group that are named.
const PATHS: usize = 20;

/// The sums of each cause, the largest first.
pub(crate) fn causes(waste: &Waste) -> Vec<CauseFacts> {
    let mut sums: BTreeMap<Cause, (u64, u64)> = BTreeMap::new();
    for (_, wasted) in waste.iter() {
        let sum = sums.entry(wasted.cause).or_default();
        sum.0 += wasted.bytes;
        sum.1 += 1;
    }
    let mut causes: Vec<CauseFacts> = sums
        .into_iter()
        .map(|(cause, (bytes, files))| CauseFacts { cause, bytes, files })
        .collect();
    causes.sort_by_key(|facts| (std::cmp::Reverse(facts.bytes), facts.cause));
    causes
}

/// The groups, the largest first.
pub(crate) fn groups(waste: &Waste, index: &ImageIndex, owners: &Owners) -> Vec<WasteGroup> {
    type Key = (Cause, usize, Option<usize>, Option<String>);
    let mut groups: BTreeMap<Key, WasteGroup> = BTreeMap::new();
    for (at, wasted) in waste.iter() {
        let layer = at.layer as usize;
        let by = wasted.by.map(|by| by.layer as usize).filter(|by| *by != layer);
        let package = owners.of_entry(index, at).map(str::to_owned);
        let key = (wasted.cause, layer, by, package.clone());
        let group = groups.entry(key).or_insert_with(|| WasteGroup {
            cause: wasted.cause,
            layer,
            by,
            package,
            bytes: 0,
            files: 0,
            paths: Vec::new(),
        });
        group.bytes += wasted.bytes;
        group.files += 1;
        group.paths.push(path_bytes(index, at, wasted));
        // Now and then, so that a group of all files of an image costs no more than the others.
        if group.paths.len() > PATHS * 50 {
            keep_largest(&mut group.paths);
        }
    }
    let mut groups: Vec<WasteGroup> = groups.into_values().collect();
    for group in &mut groups {
        keep_largest(&mut group.paths);
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.bytes));
    groups
}

fn keep_largest(paths: &mut Vec<PathBytes>) {
    paths.sort_by(|one, other| other.bytes.cmp(&one.bytes).then_with(|| one.path.cmp(&other.path)));
    paths.truncate(PATHS);
}

fn path_bytes(index: &ImageIndex, at: jettison_rootfs::EntryRef, wasted: &Wasted) -> PathBytes {
    PathBytes {
        path: shown(index, at),
        bytes: wasted.bytes,
        same_as: wasted.same_as.map(|same| shown(index, same)),
    }
}

/// The absolute path of an entry.
pub(crate) fn shown(index: &ImageIndex, at: jettison_rootfs::EntryRef) -> String {
    let entry = &index.layers[at.layer as usize].index.entries()[at.entry as usize];
    format!("/{}", String::from_utf8_lossy(&entry.path))
}
