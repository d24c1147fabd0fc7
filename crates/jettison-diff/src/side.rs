//! One of the two images, as the comparison needs it.

use jettison_image::{Digest, ImageConfig};
use jettison_packages::PackedPackage;
use jettison_rootfs::{PathId, Tree};

/// One of the two images.
#[derive(Debug)]
pub struct Side<'a> {
    /// What a person calls it.
    pub name: String,
    /// Digest of its configuration: what Docker calls the image id.
    pub image_id: String,
    /// Its configuration.
    pub config: &'a ImageConfig,
    /// Its files.
    pub tree: &'a Tree,
    /// Packages that are linked into programs and packed into jars of it, each with its file.
    pub packed: Vec<(PathId, PackedPackage)>,
    /// Its layers, the lowest first.
    pub layers: Vec<Layer>,
}

/// A layer as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Digest of the uncompressed layer.
    pub diff_id: Digest,
    /// Digest under which a registry has it, where that is known.
    pub digest: Option<Digest>,
    /// Its size as it is stored.
    pub stored_bytes: u64,
    /// What made it, if the history says so.
    pub instruction: String,
}
