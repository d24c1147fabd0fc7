//! Writing skopeo's `dir:` layout: one image in a directory, its files named by their digests.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use jettison_image::{Descriptor, Digest};

use crate::{
    FileBlob, WriteError,
    copy::{Abilities, BlobTransfer, Document, ImageDestination, Order, PutBlob, TransferError},
    hashing::{CHUNK, digest_of},
    skopeo_directory::{MANIFEST, VERSION, VERSION_TEXT, child_name},
    staged_file::{Durability, StagedFile},
};

/// A directory that holds one image. What it held before goes when the new one is complete.
#[derive(Debug)]
pub(crate) struct DirectoryDestination {
    name: String,
    dir: PathBuf,
    /// Names of the files of the new image.
    own: Mutex<BTreeSet<String>>,
}

impl DirectoryDestination {
    /// An empty directory, a new one, or one that holds an image already.
    pub(crate) fn open(name: String, dir: &Path) -> Result<Self, WriteError> {
        fs_err::create_dir_all(dir)?;
        let is_empty = fs_err::read_dir(dir)?.next().transpose()?.is_none();
        if !is_empty && !dir.join(VERSION).is_file() {
            return Err(WriteError::NotADirLayout { path: dir.to_owned() });
        }
        Ok(Self { name, dir: dir.to_owned(), own: Mutex::new(BTreeSet::new()) })
    }

    fn put(
        &self,
        name: &str,
        write: impl FnOnce(&StagedFile) -> Result<(), TransferError>,
    ) -> Result<(), TransferError> {
        let staged = StagedFile::new_in(&self.dir)?;
        write(&staged)?;
        staged.publish(&self.dir.join(name), Durability::Synced)?;
        Ok(())
    }

    fn keep(&self, name: &str) {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
    }

    /// Removes the blobs of the image that was there before.
    fn sweep(&self) -> io::Result<()> {
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in fs_err::read_dir(&self.dir)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let stem = name.strip_suffix(".manifest.json").unwrap_or(&name);
            if Digest::from_sha256_hex(stem).is_ok() && !own.contains(&name) {
                fs_err::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

impl ImageDestination for DirectoryDestination {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn abilities(&self) -> Abilities {
        Abilities { indexes: true, order: Order::BlobsFirst, parallelism: None }
    }

    fn has_blob(&self, descriptor: &Descriptor) -> Result<bool, TransferError> {
        let name = descriptor.digest.hex();
        let there = FileBlob::open(&self.dir.join(name));
        let found = there.and_then(|file| digest_of(&file, &mut |_| {}));
        let has = found.is_ok_and(|found| found == descriptor.digest);
        if has {
            self.keep(name);
        }
        Ok(has)
    }

    fn put_blob(&self, transfer: &mut BlobTransfer<'_>) -> Result<PutBlob, TransferError> {
        let name = transfer.descriptor().digest.hex().to_owned();
        self.keep(&name);
        let target = self.dir.join(&name);
        if transfer.link_to(&target)? {
            return Ok(PutBlob::Moved);
        }
        self.put(&name, |staged| {
            let mut reader = io::BufReader::with_capacity(CHUNK, transfer.open(0)?);
            io::copy(&mut reader, &mut &*staged)?;
            Ok(())
        })?;
        Ok(PutBlob::Moved)
    }

    fn put_document(&self, document: &Document) -> Result<(), TransferError> {
        let name = child_name(document.digest());
        self.keep(&name);
        self.put(&name, |staged| Ok((&*staged).write_all(&document.bytes)?))
    }

    fn commit(&self, root: &Document) -> Result<Vec<String>, TransferError> {
        self.put(MANIFEST, |staged| Ok((&*staged).write_all(&root.bytes)?))?;
        self.put(VERSION, |staged| Ok((&*staged).write_all(VERSION_TEXT)?))?;
        // The root has its name now.
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.remove(&child_name(root.digest()));
        drop(own);
        self.sweep()?;
        Ok(Vec::new())
    }
}
