//! Image manifests and indexes: what was written is read and written again as the same bytes.
//!
//! Shared by the fuzz target and by the test that replays the corpus with stable Rust.

use jettison_image::{Index, Manifest};

/// Panics when untrusted bytes do something that they must not.
pub(crate) fn run(data: &[u8]) {
    if let Ok(manifest) = Manifest::from_slice(data) {
        let written = manifest.to_vec();
        let again = Manifest::from_slice(&written).expect("what was written can be read");
        assert_eq!(again.to_vec(), written);
    }
    if let Ok(index) = Index::from_slice(data) {
        let written = index.to_vec();
        let again = Index::from_slice(&written).expect("what was written can be read");
        assert_eq!(again.to_vec(), written);
    }
}
