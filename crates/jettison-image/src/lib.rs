//! What a container image is: references, digests, manifests, configs, platforms. Pure.
//!
//! Nothing here opens a file or a socket. Readers take bytes, are bounded in size and depth, keep
//! fields they do not know, and fail with the place; writers give the same bytes each time.

#![forbid(unsafe_code)]

mod config;
mod contract;
mod descriptor;
mod digest;
pub mod docker_archive;
mod fields;
mod healthcheck;
mod index;
mod json_error;
mod manifest;
pub mod media_type;
mod platform;
mod read_at;
mod reader;
mod reference;
mod series;
mod sub_range;

pub use config::{History, ImageConfig, MAX_CONFIG, RootFs, RuntimeConfig};
pub use contract::{Contract, ContractChange, Impact};
pub use descriptor::{Descriptor, IMAGE_NAME, REF_NAME};
pub use digest::{Algorithm, Digest, DigestError, Sha256Hasher};
pub use fields::Extra;
pub use healthcheck::HealthCheck;
pub use index::Index;
pub use json_error::JsonError;
pub use manifest::{MAX_MANIFEST, Manifest};
pub use media_type::{Compression, MediaKind, UnknownCompression};
pub use platform::{Platform, PlatformError};
pub use read_at::ReadAt;
pub use reader::Reader;
pub use reference::{Reference, ReferenceError};
pub use series::{VersionTag, VersionTagError};
pub use sub_range::SubRange;
