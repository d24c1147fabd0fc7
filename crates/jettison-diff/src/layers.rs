//! Layers that both images have, and the others.

use std::collections::BTreeSet;

use crate::{Layer, LayerChanges, LayerFacts, Side};

/// Compares the layers of two images.
pub(crate) fn changes(old: &Side<'_>, new: &Side<'_>) -> LayerChanges {
    let (only_old, _) = only(&old.layers, &new.layers);
    let (only_new, pull_bytes) = only(&new.layers, &old.layers);
    let lowest = old.layers.iter().zip(&new.layers).take_while(|(one, other)| is_same(one, other));
    LayerChanges {
        shared: new.layers.len() - only_new.len(),
        shared_lowest: lowest.count(),
        only_old,
        only_new,
        pull_bytes,
    }
}

/// Layers of `these` that are not among `others`, and their stored bytes; the same blob counts once.
fn only(these: &[Layer], others: &[Layer]) -> (Vec<LayerFacts>, u64) {
    let mut moved = BTreeSet::new();
    let mut bytes = 0;
    let mut facts = Vec::new();
    for (at, layer) in these.iter().enumerate() {
        if others.iter().any(|other| is_same(layer, other)) {
            continue;
        }
        if moved.insert(&layer.diff_id) {
            bytes += layer.stored_bytes;
        }
        facts.push(LayerFacts {
            number: at + 1,
            diff_id: layer.diff_id.to_string(),
            stored_bytes: layer.stored_bytes,
            instruction: layer.instruction.clone(),
        });
    }
    (facts, bytes)
}

/// Whether somebody who has one need not fetch the other. The same files in two compressions are two
/// blobs; where a digest is not known, the uncompressed layer decides.
fn is_same(one: &Layer, other: &Layer) -> bool {
    match (&one.digest, &other.digest) {
        (Some(one), Some(other)) => one == other,
        _ => one.diff_id == other.diff_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jettison_image::{Digest, ImageConfig};
    use jettison_rootfs::fixture::TreeBuilder;

    fn layer(name: &str, stored: Option<&str>, stored_bytes: u64) -> Layer {
        Layer {
            diff_id: Digest::sha256(name.as_bytes()),
            digest: stored.map(|text| Digest::sha256(text.as_bytes())),
            stored_bytes,
            instruction: name.to_owned(),
        }
    }

    #[test]
    fn a_pull_moves_each_missing_blob_once() {
        let tree = TreeBuilder::new().build();
        let config = ImageConfig::default();
        let side = |layers: Vec<Layer>| Side {
            name: String::new(),
            image_id: String::new(),
            config: &config,
            tree: &tree,
            packed: Vec::new(),
            layers,
        };
        let old = side(vec![
            layer("base", Some("base.gz"), 100),
            layer("gone", None, 7),
            layer("app", Some("app.gz"), 50),
        ]);
        let new = side(vec![
            layer("base", None, 100),
            layer("more", None, 20),
            layer("more", None, 20),
            layer("app", Some("app.zst"), 40),
        ]);
        let changes = changes(&old, &new);
        assert_eq!((changes.shared, changes.shared_lowest, changes.pull_bytes), (1, 1, 60));
        let numbers =
            |layers: &[LayerFacts]| layers.iter().map(|layer| layer.number).collect::<Vec<_>>();
        assert_eq!(numbers(&changes.only_old), [2, 3]);
        assert_eq!(numbers(&changes.only_new), [2, 3, 4]);
    }
}
