//! What is known of a layer once it was read.

use std::sync::Arc;

use jettison_image::{Digest, ReadAt};
use jettison_packages::PackedPackage;
use jettison_rootfs::{LayerIndex, LayerSource};

use super::{
    content_id::ContentId,
    documents::{KeptBlob, KeptRange},
};
use crate::secrets::SecretHit;

/// Everything that later questions need of one layer; it depends on the layer's bytes alone.
#[derive(Clone, Debug)]
pub struct LayerRecord {
    /// The digest of the uncompressed layer.
    pub diff_id: Digest,
    /// Length of the uncompressed layer in bytes.
    pub tar_bytes: u64,
    /// Every entry, in the order of the tar: path, kind, mode, owner, size, offset, links, attributes.
    pub index: Arc<LayerIndex>,
    /// What tells the bytes of each entry apart; in the order of the entries, [`ContentId::NONE`] for all but regular files.
    pub contents: Vec<ContentId>,
    /// Secrets in the layer's files, by entry and place.
    pub secrets: Vec<SecretHit>,
    /// Programs and libraries with debug information, by entry.
    pub debug: Vec<DebugBytes>,
    /// Packages that are linked into programs and packed into jars, by entry; of each file its own first.
    pub packed: Vec<Packed>,
    /// Bytes that were kept.
    pub(crate) kept: Arc<KeptBlob>,
}

/// A package inside of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The entry's place in the layer.
    pub entry: u32,
    /// What it is.
    pub package: PackedPackage,
}

/// How many bytes of a file only debuggers read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DebugBytes {
    /// The entry's place in the layer.
    pub entry: u32,
    /// Bytes that `strip` would take away.
    pub bytes: u64,
}

impl LayerRecord {
    /// The layer for [`jettison_rootfs::Tree::merge`]. Only databases of packages and files of accounts can be read from it;
    /// reading another file is an error.
    pub fn source(&self) -> LayerSource {
        let blob: Arc<dyn ReadAt> = Arc::clone(&self.kept) as Arc<dyn ReadAt>;
        LayerSource { blob, index: Arc::clone(&self.index) }
    }

    pub(crate) fn kept_ranges(&self) -> &[KeptRange] {
        &self.kept.ranges
    }
}
