//! Why an image cannot be written.

use std::{io, path::PathBuf};

use jettison_image::{Digest, JsonError};

use crate::{
    copy::{CopyError, TransferError},
    engine::EngineError,
    store::StoreError,
};

/// Why an image cannot be written. Nothing is left under the destination's name.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A file cannot be made, or a layer not be read. The error names it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The destination is a device, a directory or the like.
    #[error("{}: is not a regular file, it will not be replaced", path.display())]
    NotAFile {
        /// The destination.
        path: PathBuf,
    },
    /// A directory that holds something else.
    #[error("{}: is neither empty nor an OCI image layout; choose another directory", path.display())]
    NotALayout {
        /// The destination.
        path: PathBuf,
    },
    /// A directory that holds something else.
    #[error("{}: is neither empty nor a directory that skopeo wrote (dir:); choose another directory", path.display())]
    NotADirLayout {
        /// The destination.
        path: PathBuf,
    },
    /// The place is not known to the caller.
    #[error("{destination}: {problem}")]
    NoPlace {
        /// The destination, as a person writes it.
        destination: String,
        /// Why it cannot be written to, and the way out.
        problem: &'static str,
    },
    /// The engine cannot take it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The local store cannot take it.
    #[error(transparent)]
    Store(#[from] Box<StoreError>),
    /// The registry cannot take it; its own error.
    #[error("{destination}: {source}")]
    Registry {
        /// The destination, as a person writes it.
        destination: String,
        /// What its crate says.
        source: TransferError,
    },
    /// The layout's own index cannot be read, so that nothing can be added to it.
    #[error("{}: {source}", path.display())]
    Document {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: JsonError,
    },
    /// Config and layers disagree.
    #[error("the config has {diff_ids} diff-ids for {layers} layers")]
    LayerCount {
        /// How many layers.
        layers: usize,
        /// How many diff-ids.
        diff_ids: usize,
    },
    /// Config and layers disagree.
    #[error("layer {} of {layers} is {layer}, the config says {config}", index + 1)]
    DiffId {
        /// Which layer, from 0.
        index: usize,
        /// How many there are.
        layers: usize,
        /// The config's diff-id.
        config: Digest,
        /// The layer's.
        layer: Digest,
    },
    /// A blob has another size than its descriptor says.
    #[error("{what} has {found} bytes, its descriptor says {expected}")]
    BlobSize {
        /// `layer 1 of 3`.
        what: String,
        /// Bytes by the descriptor.
        expected: u64,
        /// Bytes there.
        found: u64,
    },
    /// A blob cannot be read, is not what its descriptor says, or cannot be written.
    #[error(transparent)]
    Copy(#[from] CopyError),
}
