//! Writing an image: to an archive or into an OCI layout, whole or not at all.

use std::num::NonZero;

use jettison_image::{Digest, MediaKind};

use crate::{
    ArchiveDraft, Compression, Destination, NewImage, Places, SingleImage, WriteError,
    copy::{self, CopyError, CopyOptions, ImageDestination, Platforms},
    directory_destination::DirectoryDestination,
    entry_name::EntryName,
    layout_destination::{LayoutDestination, Present},
    open_destination::open_named,
};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The digest of the manifest: what a registry would know the image by.
    pub manifest_digest: Digest,
    /// The digest of the config: what Docker calls the image id.
    pub config_digest: Digest,
    /// The size of the archive, or of the files that were new in the layout, in bytes; elsewhere of the
    /// image's layers.
    pub bytes: u64,
    /// What a person should know: sentences without a final full stop.
    pub warnings: Vec<String>,
}

/// Writes `image` to `destination`.
///
/// An archive appears under its name when it is complete and synced, and replaces what was there; it
/// may be the file that the image is read from. A layout keeps what it has; an image of the same name
/// is replaced in its index. In a place that knows images by name, the image gets the destination's name
/// and none of its own. The same image gives the same bytes.
pub fn write(
    destination: &Destination,
    image: &NewImage,
    places: &Places,
) -> Result<Written, WriteError> {
    write_exactly(destination, image, image.config.to_vec(), places)
}

/// Like [`write()`], with `config` as the bytes of the image's config, so that an image which was taken apart
/// gets its id back. They must say what `image.config` says.
pub fn write_exactly(
    destination: &Destination,
    image: &NewImage,
    config: Vec<u8>,
    places: &Places,
) -> Result<Written, WriteError> {
    if let Some(draft) = ArchiveDraft::begin(destination, &image.tags)? {
        return draft.finish_exactly(image, config);
    }
    let name = destination.to_string();
    let source = image.source(config)?;
    let (root, bytes) = match destination {
        Destination::OciLayout { path, tag } => {
            let names = EntryName::all(&image.tags, tag.as_deref());
            let to = LayoutDestination::open(name, path, names, Present::ByDigest)?;
            (copy_to(&source, &to)?, to.written())
        }
        Destination::Directory { path } => {
            let to = DirectoryDestination::open(name, path)?;
            (copy_to(&source, &to)?, image.stored_bytes())
        }
        named => {
            let to = open_named(named, &[], places)?;
            (copy_to(&source, to.as_ref())?, image.stored_bytes())
        }
    };
    Ok(written(destination, image, (root, &source), bytes))
}

/// What is told of an image that was written as `root`.
pub(crate) fn written(
    destination: &Destination,
    image: &NewImage,
    (manifest_digest, source): (Digest, &SingleImage),
    bytes: u64,
) -> Written {
    let config_digest = source.config_digest().clone();
    Written { manifest_digest, config_digest, bytes, warnings: warnings(destination, image) }
}

/// One blob after the other: slimming has a core's worth of work beside this.
pub(crate) fn copy_to(
    source: &SingleImage,
    destination: &dyn ImageDestination,
) -> Result<Digest, CopyError> {
    let options = CopyOptions {
        platforms: Platforms::All,
        parallelism: Some(NonZero::<usize>::MIN),
        progress: None,
    };
    Ok(copy::copy(source, destination, &options)?.root.digest)
}

fn warnings(destination: &Destination, image: &NewImage) -> Vec<String> {
    let zstd = MediaKind::Layer(Compression::Zstd);
    let is_zstd =
        image.layers.iter().any(|layer| MediaKind::of(&layer.descriptor.media_type) == zstd);
    let mut warnings = Vec::new();
    if is_zstd && matches!(destination, Destination::DockerArchive { .. }) {
        let warning = "Docker before 23.0 cannot load layers compressed with zstd; \
                       use gzip or none for it";
        warnings.push(warning.to_owned());
    }
    warnings
}
