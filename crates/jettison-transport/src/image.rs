//! An image that was opened: its config, and each layer as a tar to read from.

use std::sync::Arc;

use jettison_image::{Descriptor, Digest, ImageConfig, Manifest, ReadAt, Reference};

/// An image, every digest of it verified.
#[derive(Debug, Clone)]
pub struct Image {
    /// Where it came from, as a person would write it.
    pub source_name: String,
    /// Its names.
    pub tags: Vec<Reference>,
    /// Its manifest; archives of older engines have none.
    pub manifest: Option<Manifest>,
    /// Its config.
    pub config: ImageConfig,
    /// The config's bytes as they were.
    pub config_bytes: Vec<u8>,
    /// Their digest: the image id.
    pub config_digest: Digest,
    /// Its layers, lowest first; as many as `config.rootfs.diff_ids`.
    pub layers: Vec<Layer>,
    /// What a person should know: sentences without a final full stop.
    pub warnings: Vec<String>,
}

/// A layer of an image.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The digest of `tar`.
    pub diff_id: Digest,
    /// The uncompressed bytes.
    pub tar: Arc<dyn ReadAt>,
    /// The compressed form it came in. `None` when it came uncompressed.
    pub blob: Option<Blob>,
}

/// A layer as it is stored and pushed.
#[derive(Debug, Clone)]
pub struct Blob {
    /// Media type, digest and size.
    pub descriptor: Descriptor,
    /// The bytes.
    pub content: Arc<dyn ReadAt>,
}
