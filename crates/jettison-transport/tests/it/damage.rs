//! Whatever happens to an archive on its way, opening it gives the image or an error.

use jettison_transport::{Image, OpenError, OpenOptions, Source, open};
use proptest::prelude::*;

use crate::fixture::{Files, Fixture, Packing, files, gzip, tar_of};

fn small(tag: &'static str) -> Fixture {
    let layer = |text: &str| tar_of(&files([("etc/name", text.as_bytes())]));
    Fixture::of(tag, vec![layer("one"), layer("two")])
}

fn archives() -> Vec<Vec<u8>> {
    let fixture = small("x:1");
    let mut all = Vec::new();
    for packing in Packing::ALL {
        let kinds: [Files; 3] = [
            fixture.old_docker_files(packing),
            fixture.new_docker_files(packing),
            fixture.oci_files(packing),
        ];
        all.extend(kinds.iter().map(tar_of));
    }
    all.push(gzip(&tar_of(&fixture.old_docker_files(Packing::Plain))));
    all
}

fn try_open(bytes: &[u8]) -> Result<Image, OpenError> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("image");
    fs_err::write(&path, bytes).expect("writable");
    open(&Source::Path(path), &OpenOptions::new(dir.path()))
}

/// What a damaged archive may still be: the same image (the damage was in padding or a name's
/// spelling), or no image but a tar of files.
fn assert_whole(image: &Image) {
    let fixture = small("x:1");
    if image.config_bytes == fixture.config {
        fixture.assert_is(image);
    } else {
        assert_eq!(image.layers.len(), 1, "a root file system of one layer");
    }
}

#[test]
fn a_flipped_byte_never_shows_in_a_layer() {
    for archive in archives() {
        // Every byte takes minutes; a stride that shares no factor with a tar's blocks meets all
        // parts of headers, documents and layers.
        for at in (0..archive.len()).step_by(37) {
            let mut damaged = archive.clone();
            damaged[at] ^= 0x40;
            if let Ok(image) = try_open(&damaged) {
                assert_whole(&image);
            }
        }
    }
}

#[test]
fn truncation_is_an_error_wherever_it_hits() {
    for archive in archives() {
        // The last 1024 bytes of a tar say that nothing follows.
        let compressed = archive.starts_with(b"\x1f\x8b");
        let end = if compressed { archive.len() } else { archive.len() - 1024 };
        for len in (0..end).step_by(101) {
            match try_open(&archive[..len]) {
                Ok(image) => assert_whole(&image),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_damage_is_survived(
        which in 0usize..10,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = archives().swap_remove(which);
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()).max(bytes.len() / 2));
        if let Ok(image) = try_open(&bytes) {
            assert_whole(&image);
        }
    }

    #[test]
    fn any_bytes_are_an_error_or_a_tar(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
        prop_assert!(try_open(&bytes).is_err());
    }
}
