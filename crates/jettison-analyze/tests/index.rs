//! Layers are read once, whatever their form, and the cache says the same again.

use std::sync::{Arc, Mutex};

use jettison_analyze::{
    ContentId, ImageIndex, ImageIndexError, IndexCache, IndexOptions, LayerInput,
};
use jettison_image::{Digest, ReadAt};
use jettison_rootfs::{EntryRef, Kind, LayerIndex, Limits, fixture::TreeBuilder};
use proptest::prelude::*;

fn input(tar: &[u8], stored: Vec<u8>) -> LayerInput {
    LayerInput { diff_id: Some(Digest::sha256(tar)), content: Arc::new(stored) }
}

fn builder() -> TreeBuilder {
    let long: Vec<u8> =
        (0..1_500_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    TreeBuilder::new()
        .dir("/etc", 0o755)
        .file("/etc/passwd", 0o644, b"root:x:0:0::/root:/bin/sh\n")
        .file("/etc/long", 0o600, &long)
        .owner("/etc/long", 7, 8)
        .xattr("/etc/long", "user.note", b"x")
        .sparse("/etc/sparse", 1 << 40, &[(4096, b"abc"), (1 << 30, b"xyz")])
        .symlink("/link", "etc/passwd")
        .hardlink("/hard", "/etc/passwd")
        .char_device("/null", 1, 3)
        .layer()
        .file("/etc/copy", 0o644, &long)
        .whiteout("/etc/passwd")
        .opaque("/var")
}

fn inputs() -> Vec<LayerInput> {
    builder().blobs().iter().map(|tar| input(tar, tar.clone())).collect()
}

#[test]
fn what_is_indexed_is_what_the_tar_holds() {
    let blobs = builder().blobs();
    let index = ImageIndex::build(&inputs(), &IndexOptions::default()).expect("sound layers");
    for (layer, tar) in index.layers.iter().zip(&blobs) {
        let plain = LayerIndex::read(tar, &Limits::DEFAULT).expect("a sound tar");
        assert_eq!(format!("{:?}", layer.index.entries()), format!("{:?}", plain.entries()));
        assert_eq!(
            (layer.diff_id.clone(), layer.tar_bytes),
            (Digest::sha256(tar), tar.len() as u64)
        );
        for (entry, id) in plain.entries().iter().zip(&layer.contents) {
            let is_file = entry.kind == jettison_rootfs::EntryKind::Own(Kind::File);
            let is_content = is_file && entry.whiteout.is_none();
            assert_eq!(*id != ContentId::NONE, is_content, "{}", entry.path.escape_ascii());
        }
    }
    let id = |layer: usize, path: &str| {
        let entries = index.layers[layer].index.entries();
        let place = entries.iter().position(|entry| *entry.path == *path.as_bytes()).expect(path);
        index.layers[layer].contents[place]
    };
    assert_eq!(id(0, "etc/long"), id(1, "etc/copy"));
    assert_ne!(id(0, "etc/long"), id(0, "etc/sparse"));
}

#[test]
fn only_kept_files_can_be_read_and_what_hides_what_is_known() {
    let index = ImageIndex::build(&inputs()[..1], &IndexOptions::default()).expect("sound layers");
    let read = |path: &str| {
        let found = index.tree.find(path.as_bytes()).expect("it is there");
        index.tree.read_all(index.tree.inode_id(found), 1 << 20).map_err(|error| error.to_string())
    };
    assert_eq!(read("/etc/passwd").expect("kept"), b"root:x:0:0::/root:/bin/sh\n");
    assert!(read("/etc/long").is_err());
    let whole = ImageIndex::build(&inputs(), &IndexOptions::default()).expect("sound layers");
    let at = |layer, entry| EntryRef { layer, entry };
    assert_eq!(whole.tree.hidden_by(at(0, 1)), Some(at(1, 1)), "the whiteout hides it");
    assert_eq!(whole.tree.hidden_by(at(0, 2)), None);
}

#[test]
fn compressed_layers_give_the_same_record() {
    let tar = &builder().blobs()[0];
    let zstd = zstd::bulk::compress(tar, 3).expect("memory");
    let shown = |stored: Vec<u8>| {
        let index = ImageIndex::build(&[input(tar, stored)], &IndexOptions::default());
        format!("{:?}", index.expect("a sound layer").layers)
    };
    assert_eq!(shown(tar.clone()), shown(zstd));
}

#[test]
fn the_cache_spares_the_layers_and_survives_damage() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let cache = IndexCache::open(directory.path()).expect("writable");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let options = IndexOptions {
        cache: Some(cache.clone()),
        progress: Some(Arc::new(move |progress| {
            log.lock().expect("no panic").push(progress.is_cached);
        })),
        ..IndexOptions::default()
    };
    let build = |inputs: &[LayerInput]| {
        let index = ImageIndex::build(inputs, &options).expect("sound layers");
        let cached: Vec<bool> = std::mem::take(&mut seen.lock().expect("no panic"));
        (format!("{:?}", index.layers), cached)
    };
    let first = build(&inputs());
    assert_eq!(first.1, [false, false]);
    // Nothing is read: the bytes are not even there.
    let hollow: Vec<LayerInput> = inputs()
        .into_iter()
        .map(|input| LayerInput { content: Arc::new(Vec::new()), ..input })
        .collect();
    assert_eq!(build(&hollow), (first.0.clone(), vec![true, true]));
    for entry in fs_err::read_dir(directory.path()).expect("readable").flatten() {
        let mut bytes = fs_err::read(entry.path()).expect("readable");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs_err::write(entry.path(), bytes).expect("writable");
    }
    assert_eq!(build(&inputs()), (first.0.clone(), vec![false, false]));
    assert_eq!(build(&hollow).0, first.0);
    let other = Digest::sha256(b"other");
    assert!(cache.get(&other).expect("readable").is_none());
}

#[test]
fn damage_is_named_with_its_layer() {
    let mut wrong = inputs();
    wrong[1].diff_id = Some(Digest::sha256(b"other"));
    let error = ImageIndex::build(&wrong, &IndexOptions::default()).expect_err("another digest");
    assert!(error.to_string().starts_with("layer 2 of 2: "), "{error}");
    assert!(error.to_string().contains("expected diff-id"), "{error}");
    let tar = &builder().blobs()[0];
    for cut in [700, 5000, 100_000, tar.len() - 3000] {
        let input = LayerInput { diff_id: None, content: Arc::new(tar[..cut].to_vec()) };
        let error = ImageIndex::build(&[input], &IndexOptions::default()).expect_err("cut short");
        assert!(matches!(error, ImageIndexError::Layer { index: 0, .. }), "{error}");
        assert!(error.to_string().contains("too early"), "{cut}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_damage_to_a_tar_is_survived(at in 0usize..20_000, byte: u8) {
        let tar = TreeBuilder::new().dir("/a", 0o755).file("/a/b", 0o644, &[b'x'; 3000]).blobs();
        let mut tar = tar[0].clone();
        let end = tar.len();
        tar[at % end] = byte;
        let plain = LayerIndex::read(&tar, &Limits::DEFAULT).map(|index| index.entries().len());
        let content: Arc<dyn ReadAt> = Arc::new(tar);
        let input = LayerInput { diff_id: None, content };
        let index = ImageIndex::build(&[input], &IndexOptions::default());
        if let (Ok(count), Ok(index)) = (plain, index) {
            prop_assert_eq!(count, index.layers[0].index.entries().len());
        }
    }
}
