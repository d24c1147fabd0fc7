//! From an opened image to its merged tree.

use std::{sync::Arc, thread};

use jettison_rootfs::{IndexError, LayerIndex, LayerSource, Limits, MergeError, Tree};
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
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut layers = Vec::with_capacity(image.layers.len());
    for (chunk_at, chunk) in image.layers.chunks(threads).enumerate() {
        let indexed: Vec<Result<LayerIndex, IndexError>> = thread::scope(|scope| {
            let workers: Vec<_> = chunk
                .iter()
                .map(|layer| scope.spawn(|| LayerIndex::read(&layer.tar, limits)))
                .collect();
            workers
                .into_iter()
                .map(|worker| worker.join().expect("indexing does not panic"))
                .collect()
        });
        for (at, (layer, index)) in chunk.iter().zip(indexed).enumerate() {
            let index = index.map_err(|source| TreeError::Index {
                number: chunk_at * threads + at + 1,
                diff_id: layer.diff_id.to_string(),
                source,
            })?;
            layers.push(LayerSource { blob: Arc::clone(&layer.tar), index: Arc::new(index) });
        }
    }
    Ok(Tree::merge(layers)?)
}
