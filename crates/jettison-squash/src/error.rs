//! Why an image could not be squashed.

use std::io;

use jettison_rootfs::{DiffError, LayerIndexError, MergeError};
use jettison_transport::{OpenError, WriteError};
use thiserror::Error;

use crate::SelectionError;

/// Everything that stops a squashing.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// An image could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A layer is no readable tar archive.
    #[error(transparent)]
    Index(#[from] LayerIndexError),
    /// The layers contradict each other.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The layers that were asked for are none.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// The image is not built on the one that was said to be its base.
    #[error(
        "{base} is not the base of {image}: layer {layer} differs; name the image that its Dockerfile's FROM means, or leave --base out"
    )]
    NotItsBase {
        /// The base that was named.
        base: String,
        /// The image.
        image: String,
        /// The first layer that differs, counted from 1.
        layer: usize,
    },
    /// The trees could not be compared.
    #[error(transparent)]
    Compare(#[from] DiffError),
    /// What was composed does not read back. A defect of jettison.
    #[error(
        "the new layers do not read back ({0}); nothing was written. Please report this with the image's Dockerfile"
    )]
    ReadBack(String),
    /// The new image does not show the same files. A defect of jettison.
    #[error(
        "the squashed image would differ at {path} ({what}), and {others} more paths; nothing was written. Please report this with the image's Dockerfile"
    )]
    Differs {
        /// The first path that differs.
        path: String,
        /// How.
        what: String,
        /// How many more differ.
        others: usize,
    },
    /// A new layer could not be compressed or hashed.
    #[error("cannot compress a new layer: {0}")]
    Compress(#[source] io::Error),
    /// The image could not be saved.
    #[error(transparent)]
    Save(#[from] WriteError),
}
