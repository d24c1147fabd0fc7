//! Copying an image from where it is to where it shall be, byte for byte.
//!
//! An [`ImageSource`] hands out documents (indexes, manifests) and blobs (configs, layers) as they are
//! stored, an [`ImageDestination`] takes them. [`copy`] stands between the two: it decides what is to be
//! copied, skips what is there, moves several blobs at once, and lets nothing pass that does not have
//! its digest. It knows neither files nor registries; both are implementations of the two traits.

mod error;
mod peers;
mod plan;
mod run;
mod transfer;

pub use error::{CopyError, TransferError, cause_of};
pub use peers::{
    Abilities, BlobRole, Document, ImageDestination, ImageSource, Order, PutBlob, SourceReader,
};
pub(crate) use plan::{image_document, read_blob};
pub use run::{Copied, CopyEvent, CopyOptions, CopyProgressFn, Platforms, copy};
pub use transfer::{BlobTransfer, VerifiedReader, VerifyError};
