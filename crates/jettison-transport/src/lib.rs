//! Where images come from and go to.
//!
//! [`open`] reads an image out of an archive, a directory or a root file system; it verifies every
//! digest and unpacks nothing. [`LayerSink`] makes layers, [`write()`] puts an image where it shall be. Registries and engines are transports to come: they will be further
//! variants of [`Source`] and [`Destination`].

#![forbid(unsafe_code)]

mod archive;
mod archive_writer;
mod block_codec;
mod block_pool;
mod compress;
mod compression_magic;
mod destination;
mod directory_tar;
mod docker_archive;
mod file_blob;
mod hashing;
mod image;
mod layer_cache;
mod layer_set;
mod layout_writer;
mod limits;
mod new_image;
mod oci_layout;
mod open;
mod open_error;
mod rootfs;
mod source;
mod staged_file;
mod stored_files;
mod stored_layer;
mod tar_members;
mod write;
mod write_error;

pub use compress::{CompressOptions, CompressedLayer, LayerSink, compress_layer};
pub use destination::Destination;
pub use file_blob::FileBlob;
pub use image::{Blob, Image, Layer};
pub use jettison_image::Compression;
pub use limits::{InflateLimits, LimitError};
pub use new_image::{NewImage, NewLayer};
pub use open::{OpenOptions, Progress, ProgressFn, open};
pub use open_error::OpenError;
pub use rootfs::RootfsDescription;
pub use source::{ArchiveChoice, Source, SourceError};
pub use stored_layer::LayerError;
pub use tar_members::TarError;
pub use write::{Written, write};
pub use write_error::WriteError;
