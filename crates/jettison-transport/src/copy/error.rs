//! Why an image cannot be copied.

use std::{error::Error, io};

use jettison_image::{Digest, DigestError, JsonError};
use jettison_registry::RegistryError;

/// What an [`ImageSource`](super::ImageSource) or [`ImageDestination`](super::ImageDestination) failed
/// with: an error of its own, which the caller may downcast.
pub type TransferError = Box<dyn Error + Send + Sync>;

/// The `E` that `error` is or was caused by.
///
/// [`Error::source`] alone passes over what an [`io::Error`] holds (a reader's own error), and over the one in
/// [`RegistryError::Local`] (that of an upload which reads from there).
pub fn cause_of<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let io = match error.downcast_ref::<RegistryError>() {
            Some(RegistryError::Local(io)) => Some(io),
            _ => error.downcast_ref::<io::Error>(),
        };
        next = match io.and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

/// Why an image cannot be copied. Nothing is named at the destination then; blobs that were complete stay.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The source failed.
    #[error("{name}: {source}")]
    Source {
        /// The source, as a person writes it.
        name: String,
        /// Its own error.
        source: TransferError,
    },
    /// The destination failed.
    #[error("{name}: {source}")]
    Destination {
        /// The destination, as a person writes it.
        name: String,
        /// Its own error.
        source: TransferError,
    },
    /// A manifest or index is malformed.
    #[error("{name}: {digest}: {source}")]
    Document {
        /// The source.
        name: String,
        /// The document.
        digest: Digest,
        /// What is wrong.
        source: JsonError,
    },
    /// A document is not what was asked for.
    #[error("{name}: the document is not what its digest says: expected {expected}, got {found}")]
    Digest {
        /// The source.
        name: String,
        /// The digest it goes by.
        expected: Digest,
        /// What the bytes hash to.
        found: Digest,
    },
    /// A digest of an algorithm that cannot be checked.
    #[error("{name}: {source}")]
    Unverifiable {
        /// The source.
        name: String,
        /// Which digest.
        source: DigestError,
    },
    /// The image is for other machines.
    #[error("{name}: the image is not for {wanted}; it is for {}", super::plan::list(available))]
    Platform {
        /// The source.
        name: String,
        /// The machine.
        wanted: String,
        /// What there is.
        available: Vec<String>,
    },
    /// The whole index was asked for, and the destination holds one image.
    #[error(
        "{destination}: cannot hold the images of several platforms; choose one with --platform, or copy \
             to a registry, oci: or oci-archive:"
    )]
    OneImageOnly {
        /// The destination.
        destination: String,
    },
    /// The documents lead to something that is no image, or to too much.
    #[error("{name}: {digest} cannot be copied: {problem}")]
    NotCopyable {
        /// The source.
        name: String,
        /// The document.
        digest: Digest,
        /// What is wrong.
        problem: String,
    },
}
