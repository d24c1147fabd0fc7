//! The local store: an OCI image layout in which every image that jettison keeps lies.
//!
//! ```text
//! DIR/oci-layout, index.json     the names; index.json is replaced as a whole
//! DIR/blobs/sha256/HEX           configs, manifests, indexes, layers as they were pulled
//! DIR/partial/HEX                transfers that were broken off, to be gone on with
//! ```
//!
//! Other tools read it (`skopeo copy oci:DIR:NAME ...`). Any number of processes use it at once and each
//! may be killed at any point: blobs appear complete or not at all, the index is edited under a lock, and
//! what no name leads to is garbage until [`Store::gc`] removes it. Whoever reads or writes holds the
//! directory's lock shared, the collector holds it alone; a file that is open stays readable in any case.

mod contents;
mod error;
mod gc;
mod image;
mod names;
mod partial;
mod place;
mod verify;

pub use error::StoreError;
pub(crate) use gc::is_leftover;
pub use gc::{Collected, DryRun, GcOptions, WhenBusy};
pub use image::{StoreImage, StorePlatform};
pub use names::{Force, Removed};
pub(crate) use partial::Partials;
pub use place::Store;
pub(crate) use place::Use;
pub use verify::{Damage, Verified};
