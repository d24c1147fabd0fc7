//! Where squashing saves: which layers carry bytes that a higher one hides.

use std::{collections::BTreeMap, ops::Range};

use jettison_rootfs::{Fate, LayerSource, MergeError, Tree};

/// Runs of layers, from `lowest` up, of which one hides at least `at_least` bytes of another. Only so
/// many layers are in a run as it takes; everything between the two is one with them.
pub(crate) fn runs(
    layers: &[LayerSource],
    lowest: usize,
    at_least: u64,
) -> Result<Vec<Range<usize>>, MergeError> {
    let hidden = hidden_bytes(layers, lowest)?;
    let worth = hidden.into_iter().filter(|&(_, bytes)| bytes >= at_least.max(1));
    let mut runs: Vec<Range<usize>> = Vec::new();
    // Sorted by the lower layer, so each can only begin within the last run or behind it.
    for ((lower, upper), _) in worth {
        match runs.last_mut().filter(|last| lower < last.end) {
            Some(last) => last.end = last.end.max(upper + 1),
            None => runs.push(lower..upper + 1),
        }
    }
    Ok(runs)
}

/// For pairs of layers, both from `lowest` up, how many bytes of the lower one the upper one hides.
fn hidden_bytes(
    layers: &[LayerSource],
    lowest: usize,
) -> Result<BTreeMap<(usize, usize), u64>, MergeError> {
    let mut hidden = BTreeMap::new();
    let is_hidden = |tree: &Tree, layer: usize| -> Vec<bool> {
        tree.fates(layer).iter().map(|fate| *fate == Fate::Hidden).collect()
    };
    let mut before: Vec<Vec<bool>> = Vec::new();
    for upper in lowest..layers.len() {
        let tree = Tree::merge(layers[..=upper].to_vec())?;
        let now: Vec<Vec<bool>> = (lowest..=upper).map(|layer| is_hidden(&tree, layer)).collect();
        for (lower, (before, now)) in (lowest..upper).zip(before.iter().zip(&now)) {
            let entries = layers[lower].index.entries().iter().zip(before.iter().zip(now));
            let bytes: u64 = entries
                .filter(|(_, (before, now))| **now && !**before)
                .map(|(entry, _)| entry.raw.end - entry.raw.start)
                .sum();
            if bytes > 0 {
                hidden.insert((lower, upper), bytes);
            }
        }
        before = now;
    }
    Ok(hidden)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jettison_rootfs::fixture::TreeBuilder;

    #[test]
    fn runs_reach_from_what_is_hidden_to_what_hides_it() {
        let big = vec![1; 10_000];
        let layers = TreeBuilder::new()
            .file("/a", 0o644, &big)
            .layer()
            .file("/b", 0o644, &big)
            .file("/small", 0o644, b"1")
            .layer()
            .file("/c", 0o644, &big)
            .whiteout("/b")
            .layer()
            .file("/small", 0o644, b"2")
            .layer()
            .file("/d", 0o644, &big)
            .layer()
            .file("/d", 0o600, &big)
            .whiteout("/a")
            .layers();
        let found = |lowest, at_least| runs(&layers, lowest, at_least).expect("they merge");
        assert_eq!(found(1, 5000), [1..3, 4..6]);
        assert_eq!(found(1, 0), [1..4, 4..6]);
        assert_eq!(found(0, 5000), [Range { start: 0, end: 6 }]);
        assert_eq!(found(1, 20_000), []);
        assert_eq!(found(5, 1), []);
    }
}
