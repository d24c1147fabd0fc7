//! Writing into an OCI image layout that others may use at the same time.
//!
//! Two locks, both on directories, so that no file is left behind and they end with their process. The
//! layout's own directory: shared by whoever uses its blobs, exclusive for whoever removes some. `blobs`:
//! exclusive while `index.json` is read and replaced.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use jettison_image::{
    Descriptor, Digest, IMAGE_NAME, ImageConfig, Index, MAX_MANIFEST, Manifest, MediaKind,
    Platform, REF_NAME, ReadAt,
};
use rustix::fs::FlockOperation;

use crate::{
    FileBlob, WriteError,
    copy::{Abilities, BlobTransfer, Document, ImageDestination, Order, PutBlob, TransferError},
    entry_name::{EntryName, entries},
    hashing::{CHUNK, digest_of},
    oci_layout::{INDEX, LAYOUT, LAYOUT_VERSION},
    staged_file::{Durability, StagedFile},
    store::{Partials, is_leftover},
    stored_files::blob_name,
};

/// Where the blobs are.
const BLOBS: &str = "blobs/sha256";

/// How far a blob that is there already is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Present {
    /// It has the right size: nobody but jettison writes here.
    BySize,
    /// It has the right digest.
    ByDigest,
}

/// A layout that is written to.
#[derive(Debug)]
pub(crate) struct LayoutDestination {
    name: String,
    dir: PathBuf,
    names: Vec<EntryName>,
    present: Present,
    written: AtomicU64,
    partials: Option<Partials>,
    /// Held as long as this lives.
    _lock: fs_err::File,
}

impl LayoutDestination {
    /// Makes the layout if there is none, and waits for whoever removes blobs.
    pub(crate) fn open(
        name: String,
        dir: &Path,
        names: Vec<EntryName>,
        present: Present,
    ) -> Result<Self, WriteError> {
        fs_err::create_dir_all(dir)?;
        let lock = lock(dir, FlockOperation::LockShared)?;
        check_layout(dir)?;
        fs_err::create_dir_all(dir.join(BLOBS))?;
        Ok(Self {
            name,
            dir: dir.to_owned(),
            names,
            present,
            written: AtomicU64::new(0),
            partials: None,
            _lock: lock,
        })
    }

    /// Goes on with transfers that broke off.
    #[must_use]
    pub(crate) fn with_partials(mut self, partials: Partials) -> Self {
        self.partials = Some(partials);
        self
    }

    fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.dir.join(blob_name(digest))
    }

    fn has(&self, digest: &Digest, size: u64) -> bool {
        let Ok(file) = FileBlob::open(&self.blob_path(digest)) else {
            return false;
        };
        file.len() == size
            && (self.present == Present::BySize
                || digest_of(&file, &mut |_| {}).is_ok_and(|found| found == *digest))
    }

    /// The platform of an image, which its entry in `index.json` repeats.
    fn platform(&self, root: &Document) -> Option<Platform> {
        if MediaKind::of(&root.descriptor.media_type) != MediaKind::Manifest {
            return None;
        }
        let config = Manifest::from_slice(&root.bytes).ok()?.config.digest;
        let bytes = fs_err::read(self.blob_path(&config)).ok()?;
        let platform = ImageConfig::from_slice(&bytes).ok()?.platform();
        Some(platform)
    }

    fn put(
        &self,
        digest: &Digest,
        write: impl FnOnce(&StagedFile) -> Result<(), TransferError>,
    ) -> Result<(), TransferError> {
        let staged = StagedFile::new_in(&self.dir.join(BLOBS))?;
        write(&staged)?;
        let file = staged.publish(&self.blob_path(digest), Durability::Synced)?;
        self.written.fetch_add(file.len(), Ordering::Relaxed);
        Ok(())
    }

    /// Bytes of new files.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }
}

impl ImageDestination for LayoutDestination {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn abilities(&self) -> Abilities {
        Abilities { indexes: true, order: Order::BlobsFirst, parallelism: None }
    }

    fn has_blob(&self, descriptor: &Descriptor) -> Result<bool, TransferError> {
        Ok(self.has(&descriptor.digest, descriptor.size))
    }

    fn put_blob(&self, transfer: &mut BlobTransfer<'_>) -> Result<PutBlob, TransferError> {
        let path = self.blob_path(&transfer.descriptor().digest);
        if transfer.link_to(&path)? {
            self.written.fetch_add(transfer.descriptor().size, Ordering::Relaxed);
            return Ok(PutBlob::Moved);
        }
        // Only what comes over a network breaks off, and is dear to fetch again.
        if let Some(partials) = self.partials.as_ref().filter(|_| transfer.repository().is_some()) {
            let Some(size) = partials.fetch(transfer, &path)? else {
                return Ok(PutBlob::Present);
            };
            self.written.fetch_add(size, Ordering::Relaxed);
            return Ok(PutBlob::Moved);
        }
        let digest = transfer.descriptor().digest.clone();
        self.put(&digest, |staged| {
            let mut reader = io::BufReader::with_capacity(CHUNK, transfer.open(0)?);
            io::copy(&mut reader, &mut &*staged)?;
            Ok(())
        })?;
        Ok(PutBlob::Moved)
    }

    fn put_document(&self, document: &Document) -> Result<(), TransferError> {
        if !self.has(document.digest(), document.bytes.len() as u64) {
            self.put(document.digest(), |staged| Ok((&*staged).write_all(&document.bytes)?))?;
        }
        Ok(())
    }

    fn commit(&self, root: &Document) -> Result<Vec<String>, TransferError> {
        if !self.dir.join(LAYOUT).exists() {
            self.written
                .fetch_add(write_document(&self.dir, LAYOUT, LAYOUT_VERSION)?, Ordering::Relaxed);
        }
        let entries = entries(root, self.platform(root), &self.names);
        let index = edit_index(&self.dir, |index| add(index, &entries))?.1;
        self.written.fetch_add(index, Ordering::Relaxed);
        Ok(Vec::new())
    }
}

/// Opens a directory and locks it.
pub(crate) fn lock(dir: &Path, operation: FlockOperation) -> io::Result<fs_err::File> {
    let lock = fs_err::File::open(dir)?;
    loop {
        match rustix::fs::flock(&lock, operation) {
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => {
                let error = io::Error::from(error);
                let problem = format!("{}: cannot be locked: {error}", dir.display());
                return Err(io::Error::new(error.kind(), problem));
            }
            Ok(()) => return Ok(lock),
        }
    }
}

/// Reads `index.json`, changes it, and replaces it at once, while nobody else does. Returns what `edit`
/// does, and how many bytes were written.
pub(crate) fn edit_index<T>(
    dir: &Path,
    edit: impl FnOnce(&mut Index) -> T,
) -> Result<(T, u64), WriteError> {
    let _lock = lock(&dir.join("blobs"), FlockOperation::LockExclusive)?;
    let mut index = read_index(dir)?;
    let before = index.clone();
    let result = edit(&mut index);
    if index == before && dir.join(INDEX).exists() {
        return Ok((result, 0));
    }
    Ok((result, write_document(dir, INDEX, &index.to_vec())?))
}

/// Only a layout, or nothing yet, is written to.
fn check_layout(dir: &Path) -> Result<(), WriteError> {
    let empty = fs_err::read_dir(dir)?.next().transpose()?.is_none();
    if empty || dir.join(LAYOUT).is_file() || dir.join(INDEX).is_file() {
        return Ok(());
    }
    // What a writer that was killed before its index left.
    let ours = |name: &str| name == "blobs" || name == "partial" || is_leftover(name);
    let only_ours = fs_err::read_dir(dir)?
        .all(|entry| entry.is_ok_and(|entry| entry.file_name().to_str().is_some_and(ours)));
    if only_ours { Ok(()) } else { Err(WriteError::NotALayout { path: dir.to_owned() }) }
}

fn write_document(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<u64> {
    let staged = StagedFile::new_in(dir)?;
    (&staged).write_all(bytes)?;
    Ok(staged.publish(&dir.join(name), Durability::Synced)?.len())
}

pub(crate) fn read_index(dir: &Path) -> Result<Index, WriteError> {
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

/// Puts `entries` in place of those of the same name.
pub(crate) fn add(index: &mut Index, entries: &[Descriptor]) {
    index.manifests.retain(|old| !entries.iter().any(|new| replaces(new, old)));
    index.manifests.extend_from_slice(entries);
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
