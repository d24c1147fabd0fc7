//! Where images come from and go to.
//!
//! [`locate`] finds an image and reads its documents, [`open`] also verifies its layers and inflates what is
//! compressed; nothing is unpacked. [`peek()`] looks at an image of a registry and fetches only the layers that are
//! read. [`LayerSink`] makes layers, [`write()`] puts a new image where it shall be. Between any two places, [`mod@copy`] moves images byte for byte; a place is an
//! [`ImageSource`](copy::ImageSource), an [`ImageDestination`](copy::ImageDestination), or both.

#![forbid(unsafe_code)]

mod archive;
mod archive_destination;
mod archive_draft;
mod archive_stream;
mod block_codec;
mod block_pool;
mod compress;
mod compression_magic;
pub mod copy;
mod destination;
mod directory_destination;
mod directory_tar;
mod docker_archive;
pub mod engine;
mod entry_name;
mod file_blob;
mod hash_thread;
mod hashing;
mod image;
mod inflater;
mod layer_cache;
mod layer_set;
mod layer_stream;
mod layout_destination;
mod layout_source;
mod limits;
mod load;
mod named_places;
mod new_image;
mod oci_layout;
mod open;
mod open_destination;
mod open_error;
mod open_options;
mod peek;
mod places;
mod platform_choice;
mod registry_images;
mod resolve;
mod rootfs;
mod save;
mod single_image;
mod skopeo_directory;
mod source;
mod staged_file;
pub mod store;
mod stored_files;
mod stored_image;
mod streamed_files;
pub mod tagging;
mod tar_members;
mod transfer;
mod write;
mod write_error;

pub use archive_draft::ArchiveDraft;
pub use compress::{CompressOptions, CompressedLayer, LayerSink, compress_layer};
pub use destination::Destination;
pub use file_blob::FileBlob;
pub use image::{Blob, Image, Layer};
pub use inflater::LayerError;
pub use jettison_image::Compression;
pub use layer_cache::LayerCache;
pub use layer_stream::LayerStream;
pub use limits::{InflateLimits, LimitError};
pub use load::{LoadInput, Loaded, load};
pub use new_image::{NewImage, NewLayer};
pub use open::{locate, open, open_source};
pub use open_destination::open_destination;
pub use open_error::OpenError;
pub use open_options::{OpenOptions, Progress, ProgressFn};
pub use peek::peek;
pub use places::Places;
pub use registry_images::{RegistryDestination, RegistrySource};
pub use resolve::resolve;
pub use rootfs::RootfsDescription;
pub use save::{ArchiveFormat, SaveOutput, save};
pub use single_image::SingleImage;
pub use source::{ArchiveChoice, Source, SourceError};
pub use staged_file::replace_file;
pub use stored_image::{StoredImage, StoredLayer, StoredManifest, Unhashed};
pub use tar_members::TarError;
pub use transfer::{TransferImageError, TransferOptions, transfer};
pub use write::{Written, write, write_exactly};
pub use write_error::WriteError;
