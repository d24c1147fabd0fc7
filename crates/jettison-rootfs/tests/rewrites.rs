//! Files that get other bytes while their layer is filtered.

use std::{collections::BTreeMap, sync::Arc};

use jettison_rootfs::{
    LayerFilter, LayerIndex, LayerPlan, LayerSource, Limits, PathId, Tree, fixture::TreeBuilder,
};

fn read(bytes: Vec<u8>) -> Tree {
    let index = LayerIndex::read(&bytes, &Limits::DEFAULT).expect("what was written reads back");
    let layer = LayerSource { blob: Arc::new(bytes), index: Arc::new(index) };
    Tree::merge(vec![layer]).expect("one layer merges")
}

fn text(tree: &Tree, path: &str) -> Vec<u8> {
    let path = tree.find(path.as_bytes()).expect("it is there");
    tree.read_all(tree.inode_id(path), 1 << 20).expect("memory reads")
}

#[test]
fn new_bytes_come_with_the_old_metadata_under_every_name() {
    let tree = TreeBuilder::new()
        .file("/db/status", 0o640, b"old and long")
        .hardlink("/db/status-old", "/db/status")
        .file("/db/other", 0o600, b"as it was")
        .build();
    let status = tree.find(b"/db/status").expect("it is there");
    let rewrites: BTreeMap<PathId, Vec<u8>> = BTreeMap::from([(status, b"new".to_vec())]);
    let filter = LayerFilter::rewriting(&tree, &|_| true, rewrites);
    assert!(matches!(filter.plan(0), LayerPlan::Filtered { .. }));
    let (mut layer, mut flat) = (Vec::new(), Vec::new());
    filter.write(0, &mut layer).expect("memory takes every write");
    filter.flatten(&mut flat).expect("memory takes every write");
    for new in [read(layer), read(flat)] {
        assert_eq!(text(&new, "/db/status"), b"new");
        assert_eq!(text(&new, "/db/status-old"), b"new");
        assert_eq!(text(&new, "/db/other"), b"as it was");
        let (was, is) =
            (tree.inode(status), new.inode(new.find(b"/db/status").expect("it is there")));
        assert_eq!(was.meta(), is.meta());
    }
}
