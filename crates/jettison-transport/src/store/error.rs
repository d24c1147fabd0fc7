//! Why the store cannot do something.

use std::{io, path::PathBuf};

use jettison_image::{Digest, JsonError};

use crate::WriteError;

/// Why the store cannot do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file cannot be read or made. The error names it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The directory holds something else, or its index cannot be read.
    #[error(transparent)]
    Layout(#[from] WriteError),
    /// No image of that name, id or digest.
    #[error("there is no image {wanted} in the local store")]
    NoSuchImage {
        /// What was asked for.
        wanted: String,
    },
    /// The beginning of an id is the beginning of several.
    #[error("{wanted} is the beginning of several image ids: {}; give more of it", ids.join(", "))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// The ids.
        ids: Vec<String>,
    },
    /// An id was to be removed that several names lead to.
    #[error("{id} has several names ({}); remove them one by one, or all with --force", names.join(", "))]
    SeveralNames {
        /// What was asked for.
        id: String,
        /// The names.
        names: Vec<String>,
    },
    /// A document that a name leads to is missing or damaged.
    #[error("{}: {digest}: {problem}; `jettison store verify` lists all damage", dir.display())]
    Damaged {
        /// The store.
        dir: PathBuf,
        /// The document.
        digest: Digest,
        /// What is wrong.
        problem: String,
    },
    /// A document that a name leads to cannot be understood.
    #[error("{}: {digest}: {source}", dir.display())]
    Document {
        /// The store.
        dir: PathBuf,
        /// The document.
        digest: Digest,
        /// What is wrong.
        source: JsonError,
    },
}
