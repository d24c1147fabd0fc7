//! Why what was dropped cannot be kept or given back.

use std::{io, path::PathBuf};

use jettison_image::Digest;
use jettison_rootfs::{DiffError, MergeError, WriteError};
use thiserror::Error;

/// Everything that can go wrong.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// A temporary file cannot be written, or a layer not be read.
    #[error(
        "cannot put layers together in {path}: {source}; name another directory with --work-dir"
    )]
    Spool {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The image is no rest.
    #[error(
        "{name} is no rest: it has no {directory}/{file} in its top layer; name what `jettison slim --rest` wrote"
    )]
    NoRest {
        /// The image.
        name: String,
        /// Where the recipe should be.
        directory: &'static str,
        /// The file that is missing.
        file: &'static str,
    },
    /// The rest's own notes cannot be used.
    #[error("the recipe of the rest cannot be used: {problem}")]
    Recipe {
        /// What is wrong.
        problem: String,
    },
    /// The rest belongs to another image.
    #[error(
        "the rest belongs to the slim image {expected}, and {name} is {found}, with other layers"
    )]
    OtherSlim {
        /// The slim image.
        name: String,
        /// The image that the rest was made with.
        expected: Digest,
        /// The image that was given.
        found: Digest,
    },
    /// A layer that was put together is not what it was.
    #[error("layer {number} comes out as {found} instead of {expected}: the rest is damaged")]
    Digest {
        /// Counted from 1, the lowest first.
        number: usize,
        /// What the fat image's configuration says.
        expected: Digest,
        /// What came out.
        found: Digest,
    },
    /// A layer is no readable tar.
    #[error("layer {number} of the fat image: {problem}")]
    Index {
        /// Counted from 1, the lowest first.
        number: usize,
        /// What is wrong.
        problem: String,
    },
    /// The layers contradict each other.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The two trees cannot be compared.
    #[error(transparent)]
    Compare(#[from] DiffError),
    /// A layer cannot be written.
    #[error("cannot write the layers: {0}")]
    Write(#[from] WriteError),
    /// The image cannot be saved.
    #[error(transparent)]
    Save(#[from] jettison_transport::WriteError),
}
