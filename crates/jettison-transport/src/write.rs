//! Writing an image: to an archive or into an OCI layout, whole or not at all.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use jettison_image::{Digest, MediaKind, Reader};

use crate::{
    Compression, Destination, NewImage, WriteError, archive_writer,
    hashing::{CHUNK, HashingReader},
    layout_writer,
    new_image::{ImagePlan, PlannedBlob},
};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The digest of the manifest: what a registry would know the image by.
    pub manifest_digest: Digest,
    /// The digest of the config: what Docker calls the image id.
    pub config_digest: Digest,
    /// The size of the archive, or of the files that were new in the layout, in bytes.
    pub bytes: u64,
    /// What a person should know: sentences without a final full stop.
    pub warnings: Vec<String>,
}

/// Writes `image` to `destination`.
///
/// An archive appears under its name when it is complete and synced, and replaces what was there; it
/// may be the file that the image is read from. A layout keeps what it has; an image of the same name
/// is replaced in its index. The same image gives the same bytes.
pub fn write(destination: &Destination, image: &NewImage) -> Result<Written, WriteError> {
    let (plan, bytes) = match destination {
        Destination::DockerArchive { path, name } => {
            let mut image = image.clone();
            image.tags.extend(name.clone().filter(|name| !image.tags.contains(name)));
            let plan = ImagePlan::new(&image, None)?;
            let bytes = archive_writer::write_docker(&target(path)?, &plan)?;
            (plan, bytes)
        }
        Destination::OciArchive { path, tag } => {
            let plan = ImagePlan::new(image, tag.as_deref())?;
            let bytes = archive_writer::write_oci(&target(path)?, &plan)?;
            (plan, bytes)
        }
        Destination::OciLayout { path, tag } => {
            let plan = ImagePlan::new(image, tag.as_deref())?;
            let bytes = layout_writer::write(path, &plan)?;
            (plan, bytes)
        }
    };
    Ok(Written {
        manifest_digest: plan.manifest_digest,
        config_digest: plan.config_digest,
        bytes,
        warnings: warnings(destination, image),
    })
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

/// Where the file really goes: links are followed, and only a regular file is replaced.
fn target(path: &Path) -> Result<PathBuf, WriteError> {
    match fs_err::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(fs_err::canonicalize(path)?),
        Ok(_) => Err(WriteError::NotAFile { path: path.to_owned() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(error.into()),
    }
}

/// The directory that a file is in.
pub(crate) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Copies a blob, and checks on the way that it is still what it is said to be.
pub(crate) fn copy_blob(
    digest: &Digest,
    blob: &PlannedBlob,
    out: &mut dyn Write,
) -> Result<(), WriteError> {
    let mut ignore = |_| {};
    let reader = HashingReader::new(Reader::new(&blob.content), &mut ignore);
    let mut reader = std::io::BufReader::with_capacity(CHUNK, reader);
    std::io::copy(&mut reader, out)?;
    let (found, size) = reader.into_inner().finish();
    if found == *digest && size == blob.size {
        return Ok(());
    }
    let (what, expected) = (blob.what.clone(), digest.clone());
    Err(WriteError::BlobDigest { what, expected, found })
}
