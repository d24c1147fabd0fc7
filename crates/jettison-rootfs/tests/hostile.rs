//! Layers that want to do harm, or are broken: each ends in an error, none in a panic.

use std::sync::Arc;

use jettison_image::ReadAt;
use jettison_rootfs::{
    Fault, IndexError, LayerFilter, LayerIndex, LayerSource, Limits, PathFault, SparseFault, Tree,
    fixture::TreeBuilder, flatten,
};
use proptest::prelude::*;

/// Reads, merges, reads all files, filters: everything that is done with a layer.
fn use_up(blob: Vec<u8>) -> Result<(), IndexError> {
    let limits = Limits { sparse_segments: 1000, ..Limits::DEFAULT };
    let index = LayerIndex::read(&blob, &limits)?;
    let blob: Arc<dyn ReadAt> = Arc::new(blob);
    let Ok(tree) = Tree::merge(vec![LayerSource { blob, index: Arc::new(index) }]) else {
        return Ok(());
    };
    for path in tree.iter() {
        let id = tree.inode_id(path);
        let inode = tree.inode_by_id(id);
        let mut buf = [0; 64];
        for offset in [0, inode.size / 2, inode.size.saturating_sub(1), u64::MAX] {
            tree.read(id, offset, &mut buf).expect("the index checked that the bytes are there");
        }
    }
    let keep = |path: jettison_rootfs::PathId| !path.index().is_multiple_of(3);
    let filter = LayerFilter::new(&tree, &keep);
    let mut out = Vec::new();
    filter.write(0, &mut out).expect("memory reads and writes");
    LayerIndex::read(&out, &Limits::DEFAULT).expect("written layers are valid");
    let mut out = Vec::new();
    flatten(&tree, &keep, &mut out).expect("memory reads and writes");
    LayerIndex::read(&out, &Limits::DEFAULT).expect("written layers are valid");
    Ok(())
}

/// A layer with something of everything.
fn rich() -> Vec<u8> {
    let long = "long-".repeat(40);
    let layer = TreeBuilder::new()
        .dir("/d", 0o755)
        .file("/d/file", 0o644, b"content")
        .xattr("/d/file", "user.x", b"value")
        .file(&format!("/{long}"), 0o644, b"")
        .symlink("/link", "d")
        .symlink("/long-link", &long)
        .hardlink("/hard", "/d/file")
        .file("/link/through", 0o644, b"x")
        .sparse("/sparse", 5000, &[(0, b"one"), (4000, b"two")])
        .char_device("/null", 1, 3)
        .fifo("/fifo", 0o600)
        .whiteout("/gone")
        .opaque("/d");
    layer.blobs().remove(0)
}

/// Puts right the checksums of all headers, so that changes get past them.
fn with_checksums(mut blob: Vec<u8>) -> Vec<u8> {
    for block in blob.chunks_exact_mut(512).filter(|block| &block[257..262] == b"ustar") {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    blob
}

fn fault(blob: &[u8]) -> Fault {
    LayerIndex::read(&blob.to_vec(), &Limits::DEFAULT).expect_err("it is refused").fault
}

/// A header of type `flag` with a size and what follows.
fn raw_entry(path: &str, flag: u8, size: u64, body: &[u8]) -> Vec<u8> {
    let mut header = TreeBuilder::new().file(path, 0o644, b"").blobs().remove(0);
    header.truncate(512);
    header[156] = flag;
    header[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    let mut blob = with_checksums(header);
    blob.extend_from_slice(body);
    blob.resize(blob.len().next_multiple_of(512), 0);
    blob
}

fn record(key: &str, value: &str) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let len = (rest..rest + 20)
        .find(|len| len.to_string().len() + rest == *len)
        .expect("some length fits");
    format!("{len} {key}={value}\n").into_bytes()
}

fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let body: Vec<u8> = records.iter().flat_map(|(key, value)| record(key, value)).collect();
    raw_entry("pax", b'x', body.len() as u64, &body)
}

#[test]
fn truncation_is_noticed_wherever_it_happens() {
    let blob = rich();
    // What ends between two entries is an archive without its end mark, which is accepted.
    let index = LayerIndex::read(&blob, &Limits::DEFAULT).expect("a valid layer");
    let ends: Vec<u64> = index.entries().iter().map(|entry| entry.raw.end).collect();
    for len in (0..blob.len() - 1024).step_by(64) {
        let cut = blob[..len].to_vec();
        let result = LayerIndex::read(&cut, &Limits::DEFAULT);
        if len == 0 || ends.contains(&(len as u64)) {
            assert!(result.is_ok(), "{len}");
        } else {
            let error = result.expect_err("it is cut off");
            assert!(
                matches!(error.fault, Fault::Truncated { .. } | Fault::ExtensionAtEnd),
                "{len}: {error}"
            );
        }
    }
}

#[test]
fn paths_out_of_the_root_are_refused() {
    for path in ["../etc/passwd", "a/../../b", "/..", "a/b/../../../c"] {
        let blob = [pax(&[("path", path)]), raw_entry("x", b'0', 0, b"")].concat();
        assert!(matches!(fault(&blob), Fault::Path(PathFault::Escapes)), "{path}");
        let blob = [pax(&[("linkpath", path)]), raw_entry("x", b'1', 0, b"")].concat();
        assert!(matches!(fault(&blob), Fault::Target(PathFault::Escapes)), "{path}");
    }
    let blob = [pax(&[("path", &"a/".repeat(300))]), raw_entry("x", b'0', 0, b"")].concat();
    assert!(matches!(fault(&blob), Fault::Path(PathFault::TooDeep(255))));
    let blob = [pax(&[("linkpath", &"a".repeat(5000))]), raw_entry("x", b'2', 0, b"")].concat();
    assert!(matches!(fault(&blob), Fault::Target(PathFault::TooLong(4095))));
    assert!(matches!(fault(&raw_entry("x", b'2', 0, b"")), Fault::Target(PathFault::Empty)));
}

#[test]
fn whiteout_tricks_are_refused() {
    for path in [".wh.", "a/.wh..", ".wh...", ".wh.a/b", "a/.wh..wh..opq/b"] {
        assert!(matches!(fault(&raw_entry(path, b'0', 0, b"")), Fault::Whiteout), "{path}");
    }
}

#[test]
fn headers_that_ask_for_too_much_are_refused() {
    let blob = raw_entry("pax", b'x', 1 << 21, &vec![b' '; 1 << 21]);
    assert!(matches!(fault(&blob), Fault::HeaderTooLong { len: 0x20_0000, limit: 0x10_0000 }));
    let blob = raw_entry("name", b'L', 1 << 30, b"");
    assert!(matches!(fault(&blob), Fault::HeaderTooLong { .. }));
    let blob = raw_entry("file", b'0', 1 << 32, b"");
    assert!(matches!(fault(&blob), Fault::Truncated { .. }));
    let blob = [pax(&[("size", "9223372036854775807")]), raw_entry("x", b'0', 0, b"")].concat();
    assert!(matches!(fault(&blob), Fault::Truncated { .. }));
    let blob = [pax(&[("size", "9223372036854775808")]), raw_entry("x", b'0', 0, b"")].concat();
    assert!(matches!(fault(&blob), Fault::Number { field: "size", .. }));
}

#[test]
fn limits_are_kept() {
    let read = |blob: &Vec<u8>, limits: Limits| LayerIndex::read(blob, &limits);
    let blob = rich();
    let entries = LayerIndex::read(&blob, &Limits::DEFAULT).expect("a valid layer").entries().len();
    for limits in [
        Limits { entries: entries - 1, ..Limits::DEFAULT },
        Limits { text_bytes: 100, ..Limits::DEFAULT },
        Limits { sparse_segments: 1, ..Limits::DEFAULT },
        Limits { xattrs: 0, ..Limits::DEFAULT },
    ] {
        let error = read(&blob, limits).expect_err("it is too much");
        assert!(matches!(error.fault, Fault::TooMany { .. }), "{error}");
    }
    let limits = Limits { entries, sparse_segments: 2, xattrs: 1, ..Limits::DEFAULT };
    assert!(read(&blob, limits).is_ok());
    for limits in [
        Limits { xattr_name_bytes: 5, ..Limits::DEFAULT },
        Limits { xattr_value_bytes: 4, ..Limits::DEFAULT },
    ] {
        let error = read(&blob, limits).expect_err("it is too much");
        assert!(matches!(error.fault, Fault::Xattr { .. }), "{error}");
    }
}

#[test]
fn numbers_that_linux_cannot_store_are_refused() {
    for (key, value) in [("uid", "4294967295"), ("gid", "99999999999")] {
        let blob = [pax(&[(key, value)]), raw_entry("x", b'0', 0, b"")].concat();
        assert!(matches!(fault(&blob), Fault::Range { .. }), "{key}={value}");
    }
    for (key, value) in [("uid", "-1"), ("gid", "1.5"), ("size", "x"), ("mtime", "yesterday")] {
        let blob = [pax(&[(key, value)]), raw_entry("x", b'0', 0, b"")].concat();
        assert!(matches!(fault(&blob), Fault::Number { .. }), "{key}={value}");
    }
    let mut device = raw_entry("x", b'3', 0, b"");
    device[329..337].copy_from_slice(b"0010000\0");
    assert!(matches!(fault(&with_checksums(device)), Fault::Range { .. }));
}

#[test]
fn entries_that_runtimes_do_not_unpack_are_refused() {
    for flag in [b'D', b'M', b'N', b'A', b'Z', 0xff] {
        assert!(
            matches!(fault(&raw_entry("x", flag, 0, b"")), Fault::Type(found) if found == flag)
        );
    }
    assert!(LayerIndex::read(&raw_entry("label", b'V', 0, b""), &Limits::DEFAULT).is_ok());
}

#[test]
fn sparse_maps_that_lie_are_refused() {
    let sparse = |records: &[(&str, &str)], stored: u64, body: &[u8]| {
        fault(&[pax(records), raw_entry("x", b'0', stored, body)].concat())
    };
    let one =
        [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "100")];
    let data = [0; 1024];
    let map = |text: &str| {
        let mut body = data.to_vec();
        body[..text.len()].copy_from_slice(text.as_bytes());
        body
    };
    for (text, expected) in [
        ("1\n0\n200\n", SparseFault::Size),
        ("2\n50\n10\n40\n10\n", SparseFault::Order),
        ("1\n0\n10\n", SparseFault::Data),
        ("99\n0\n10\n", SparseFault::Malformed),
        ("x\n", SparseFault::Malformed),
    ] {
        let found = sparse(&one, 1024, &map(text));
        assert!(matches!(found, Fault::Sparse(fault) if fault == expected), "{text:?}: {found}");
    }
    let version = [("GNU.sparse.major", "2"), ("GNU.sparse.minor", "0")];
    assert!(matches!(sparse(&version, 0, b""), Fault::Sparse(SparseFault::Version)));
    let odd = [("GNU.sparse.map", "0,1,2"), ("GNU.sparse.size", "10")];
    assert!(matches!(sparse(&odd, 0, b""), Fault::Sparse(SparseFault::Malformed)));
    let sizeless = [("GNU.sparse.map", "0,1")];
    assert!(matches!(sparse(&sizeless, 1, b"x"), Fault::Sparse(SparseFault::Malformed)));
}

#[test]
fn errors_say_where_what_and_what_to_do() {
    let mut blob = rich();
    let index = LayerIndex::read(&blob, &Limits::DEFAULT).expect("a valid layer");
    let entry = &index.entries()[3];
    let start = usize::try_from(entry.raw.start).expect("small");
    blob[start + 3] ^= 1;
    let error = LayerIndex::read(&blob, &Limits::DEFAULT).expect_err("the checksum is wrong");
    assert_eq!(
        error.to_string(),
        format!(
            "at byte {start} of the layer: no tar header (wrong checksum); the layer is damaged, \
             fetch or export the image again"
        )
    );
    let blob = raw_entry("some/device", b'3', 0, b"");
    let mut blob = [raw_entry("first", b'0', 0, b""), blob].concat();
    blob[512 + 337..512 + 345].copy_from_slice(b"garbage\0");
    let error = LayerIndex::read(&with_checksums(blob), &Limits::DEFAULT).expect_err("no number");
    assert_eq!(
        error.to_string(),
        "at byte 512 of the layer (entry \"some/device\"): the header's device minor number is not \
         a number (\"garbage\\x00\"); the layer is damaged or comes from a broken tool, build or \
         fetch it again"
    );
}

proptest! {
    #[test]
    fn changed_bytes_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut blob = rich();
        for (at, byte) in changes {
            let at = at.index(blob.len());
            blob[at] = byte;
        }
        if let Some(cut) = cut {
            blob.truncate(cut.index(blob.len()));
        }
        // With the checksums as they were, and put right again.
        drop(use_up(blob.clone()));
        drop(use_up(with_checksums(blob)));
    }

    #[test]
    fn digits_in_odd_places_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), "[0-9]{1,12}"), 1..6),
    ) {
        let mut blob = rich();
        for (at, digits) in changes {
            let at = at.index(blob.len() - digits.len());
            blob[at..at + digits.len()].copy_from_slice(digits.as_bytes());
        }
        drop(use_up(with_checksums(blob)));
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        drop(use_up(bytes));
    }
}
