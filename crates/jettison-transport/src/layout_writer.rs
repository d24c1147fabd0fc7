//! Writing into an OCI image layout that others may use at the same time.

use std::{
    io::{self, Write},
    path::Path,
};

use jettison_image::{Descriptor, IMAGE_NAME, Index, MAX_MANIFEST, REF_NAME};
use rustix::fs::FlockOperation;

use crate::{
    FileBlob, WriteError,
    archive_writer::LAYOUT_VERSION,
    hashing::digest_of,
    new_image::{ImagePlan, PlannedBlob},
    oci_layout::{INDEX, LAYOUT},
    staged_file::{Durability, StagedFile},
    stored_files::blob_name,
    write::copy_blob,
};

/// Adds an image. Blobs come first, `index.json` last: whoever reads the layout sees the old image or
/// the new one. Returns the size of the files that were new.
pub(crate) fn write(dir: &Path, plan: &ImagePlan) -> Result<u64, WriteError> {
    fs_err::create_dir_all(dir)?;
    // The directory itself is the lock: no file is left behind, and the lock ends with the process.
    let lock = fs_err::File::open(dir)?;
    rustix::fs::flock(&lock, FlockOperation::LockExclusive).map_err(io::Error::from)?;
    check_layout(dir)?;
    fs_err::create_dir_all(dir.join("blobs/sha256"))?;
    let mut bytes = 0;
    for (digest, blob) in &plan.blobs {
        bytes += write_blob(dir, digest, blob)?;
    }
    if !dir.join(LAYOUT).exists() {
        bytes += write_document(dir, LAYOUT, LAYOUT_VERSION)?;
    }
    let index = merged(read_index(dir)?, &plan.entries);
    bytes += write_document(dir, INDEX, &index.to_vec())?;
    Ok(bytes)
}

/// Only a layout, or nothing yet, is written to.
fn check_layout(dir: &Path) -> Result<(), WriteError> {
    let empty = fs_err::read_dir(dir)?.next().transpose()?.is_none();
    if empty || dir.join(LAYOUT).is_file() || dir.join(INDEX).is_file() {
        return Ok(());
    }
    // What a writer that was killed before its index left.
    let only_blobs = fs_err::read_dir(dir)?.all(|e| e.is_ok_and(|e| e.file_name() == "blobs"));
    if only_blobs { Ok(()) } else { Err(WriteError::NotALayout { path: dir.to_owned() }) }
}

fn write_blob(
    dir: &Path,
    digest: &jettison_image::Digest,
    blob: &PlannedBlob,
) -> Result<u64, WriteError> {
    let path = dir.join(blob_name(digest));
    // One that is there already is used if it is whole.
    let present = FileBlob::open(&path).and_then(|file| digest_of(&file, &mut |_| {}));
    if present.is_ok_and(|present| present == *digest) {
        return Ok(0);
    }
    let staged = StagedFile::new_in(&dir.join("blobs/sha256"))?;
    copy_blob(digest, blob, &mut &staged)?;
    staged.publish(&path, Durability::Synced)?;
    Ok(blob.size)
}

fn write_document(dir: &Path, name: &str, bytes: &[u8]) -> Result<u64, WriteError> {
    let staged = StagedFile::new_in(dir)?;
    (&staged).write_all(bytes)?;
    staged.publish(&dir.join(name), Durability::Synced)?;
    Ok(bytes.len() as u64)
}

fn read_index(dir: &Path) -> Result<Index, WriteError> {
    let path = dir.join(INDEX);
    let file = match FileBlob::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Index::oci(Vec::new())),
        Err(error) => return Err(error.into()),
    };
    let mut bytes = Vec::new();
    // One byte more than the reader takes, so that it says so.
    let limit = MAX_MANIFEST as u64 + 1;
    io::Read::read_to_end(
        &mut io::Read::take(jettison_image::Reader::new(file), limit),
        &mut bytes,
    )?;
    Index::from_slice(&bytes).map_err(|source| WriteError::Document { path, source })
}

/// `index` with `entries` in place of those of the same name.
fn merged(mut index: Index, entries: &[Descriptor]) -> Index {
    index.manifests.retain(|old| !entries.iter().any(|new| replaces(new, old)));
    index.manifests.extend_from_slice(entries);
    index
}

fn replaces(new: &Descriptor, old: &Descriptor) -> bool {
    let tag = |entry: &Descriptor| entry.annotations.get(REF_NAME).cloned();
    if tag(new) != tag(old) {
        return false;
    }
    match (new.annotations.get(IMAGE_NAME), old.annotations.get(IMAGE_NAME)) {
        (Some(new), Some(old)) => new == old,
        _ => tag(new).is_some() || new.digest == old.digest,
    }
}
