//! From an opened image to its merged tree.

use std::sync::Arc;

use jettison_rootfs::{IndexError, Limits, MergeError, Tree, index_layers};
use jettison_transport::Image;
use thiserror::Error;

/// Why an image's layers make no tree.
#[derive(Debug, Error)]
pub enum TreeError {
    /// A layer is no readable tar archive.
    #[error("layer {number} ({diff_id}): {source}")]
    Index {
        /// Counted from 1, lowest first, as `docker history` reads from the bottom.
        number: usize,
        /// The layer.
        diff_id: String,
        /// What is wrong with it.
        source: IndexError,
    },
    /// The layers contradict each other.
    #[error(transparent)]
    Merge(#[from] MergeError),
}

/// Indexes every layer, several at a time, and merges them.
pub(crate) fn build(image: &Image, limits: &Limits) -> Result<Tree, TreeError> {
    let tars: Vec<_> = image.layers.iter().map(|layer| Arc::clone(&layer.tar)).collect();
    let layers = index_layers(&tars, limits).map_err(|error| TreeError::Index {
        number: error.layer + 1,
        diff_id: image.layers[error.layer].diff_id.to_string(),
        source: error.source,
    })?;
    Ok(Tree::merge(layers)?)
}
