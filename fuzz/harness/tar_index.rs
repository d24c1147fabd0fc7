//! Everything that is done with a layer: index, merge, read, filter, flatten.
//!
//! Shared by the fuzz target and by the test that replays the corpus with stable Rust.

use std::sync::Arc;

use jettison_image::ReadAt;
use jettison_rootfs::{LayerFilter, LayerIndex, LayerSource, Limits, PathId, Tree, flatten};

/// Panics when untrusted bytes do something that they must not.
pub(crate) fn run(data: &[u8]) {
    use_up(data.to_vec());
    use_up(with_checksums(data.to_vec()));
}

/// Puts right the checksums of all headers: no fuzzer gets past them by chance.
fn with_checksums(mut blob: Vec<u8>) -> Vec<u8> {
    for block in blob.chunks_exact_mut(512).filter(|block| &block[257..262] == b"ustar") {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    blob
}

fn use_up(blob: Vec<u8>) {
    let Ok(index) = LayerIndex::read(&blob, &Limits::DEFAULT) else { return };
    let len = blob.len() as u64;
    let mut at = 0;
    for entry in index.entries() {
        assert!(at <= entry.raw.start && entry.raw.start < entry.raw.end && entry.raw.end <= len);
        at = entry.raw.end;
    }
    let blob: Arc<dyn ReadAt> = Arc::new(blob);
    let layer = LayerSource { blob, index: Arc::new(index) };
    // Twice, so that a layer also meets what it makes itself.
    let Ok(tree) = Tree::merge(vec![layer.clone(), layer]) else { return };
    read_all(&tree);
    let filter = LayerFilter::new(&tree, &|path: PathId| !path.index().is_multiple_of(3));
    for layer in 0..tree.layers().len() {
        let mut out = Vec::new();
        filter.write(layer, &mut out).expect("all bytes are in memory");
        assert_readable(&out);
    }
    let mut out = Vec::new();
    flatten(&tree, &|_| true, &mut out).expect("all bytes are in memory");
    assert_readable(&out);
}

fn read_all(tree: &Tree) {
    let mut buf = [0; 256];
    for path in tree.iter() {
        let id = tree.inode_id(path);
        let size = tree.inode_by_id(id).size;
        for offset in [0, size / 2, size.saturating_sub(1), u64::MAX] {
            tree.read(id, offset, &mut buf).expect("the index checked that the bytes are there");
        }
        assert_eq!(tree.find(&tree.path(path)), Some(path));
        let _leads_somewhere_or_not = tree.resolve(&tree.path(path));
    }
}

fn assert_readable(blob: &[u8]) {
    let index = LayerIndex::read(&blob.to_vec(), &Limits::DEFAULT);
    index.expect("written layers are valid");
}
