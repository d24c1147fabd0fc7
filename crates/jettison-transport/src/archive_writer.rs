//! Writing an image archive: one tar that Docker, podman and skopeo all read.

use std::{
    io::{self, BufWriter, Write},
    path::Path,
};

use jettison_image::docker_archive::{self, ArchiveImage};
use tar::{EntryType, Header};

use crate::{
    WriteError,
    hashing::CHUNK,
    new_image::ImagePlan,
    oci_layout::{INDEX, LAYOUT},
    staged_file::{Durability, StagedFile},
    stored_files::blob_name,
    write::{copy_blob, directory_of},
};

/// The content of `oci-layout` (image-layout.md).
pub(crate) const LAYOUT_VERSION: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;
/// A tar is a multiple of this (pax(1)).
const BLOCK: usize = 512;

/// An OCI layout, and beside it the `manifest.json` that engines without OCI support read: its paths
/// lead to the same blobs.
pub(crate) fn write_docker(path: &Path, plan: &ImagePlan) -> Result<u64, WriteError> {
    let image = ArchiveImage {
        config: blob_name(&plan.config_digest),
        repo_tags: plan.repo_tags.clone(),
        layers: plan.layers.iter().map(blob_name).collect(),
        ..ArchiveImage::default()
    };
    write_tar(path, plan, Some(&docker_archive::to_vec(&[image])))
}

/// An OCI layout alone.
pub(crate) fn write_oci(path: &Path, plan: &ImagePlan) -> Result<u64, WriteError> {
    write_tar(path, plan, None)
}

/// Returns the size of the archive.
fn write_tar(path: &Path, plan: &ImagePlan, list: Option<&[u8]>) -> Result<u64, WriteError> {
    let staged = StagedFile::new_in(directory_of(path))?;
    let mut out = BufWriter::with_capacity(CHUNK, &staged);
    // Members are sorted by name, directories before what is in them.
    directory(&mut out, "blobs/")?;
    directory(&mut out, "blobs/sha256/")?;
    for (digest, blob) in &plan.blobs {
        out.write_all(header(&blob_name(digest), EntryType::Regular, blob.size).as_bytes())?;
        copy_blob(digest, blob, &mut out)?;
        pad(&mut out, blob.size)?;
    }
    document(&mut out, INDEX, &plan.index().to_vec())?;
    if let Some(list) = list {
        document(&mut out, docker_archive::MANIFEST, list)?;
    }
    document(&mut out, LAYOUT, LAYOUT_VERSION)?;
    out.write_all(&[0; 2 * BLOCK])?;
    out.flush()?;
    drop(out);
    let file = staged.publish(path, Durability::Synced)?;
    Ok(jettison_image::ReadAt::len(&file))
}

fn directory(out: &mut dyn Write, name: &str) -> io::Result<()> {
    out.write_all(header(name, EntryType::Directory, 0).as_bytes())
}

fn document(out: &mut dyn Write, name: &str, bytes: &[u8]) -> io::Result<()> {
    let size = bytes.len() as u64;
    out.write_all(header(name, EntryType::Regular, size).as_bytes())?;
    out.write_all(bytes)?;
    pad(out, size)
}

/// A header that says nothing of time, place or person.
fn header(name: &str, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(if kind == EntryType::Directory { 0o755 } else { 0o644 });
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header.set_cksum();
    header
}

fn pad(out: &mut dyn Write, size: u64) -> io::Result<()> {
    let rest = usize::try_from(size % BLOCK as u64).expect("less than a block");
    let padding = if rest == 0 { 0 } else { BLOCK - rest };
    out.write_all(&[0; BLOCK][..padding])
}
