//! Transfers that go on where the last attempt broke off.

use std::{
    io::{self, Read, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use jettison_image::Digest;
use rustix::fs::FlockOperation;

use crate::{
    copy::{BlobTransfer, TransferError},
    hashing::CHUNK,
    staged_file::sync_dir,
};

/// A directory of broken transfers, each named for the digest it is to have.
#[derive(Debug)]
pub(crate) struct Partials {
    dir: PathBuf,
}

impl Partials {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Fetches a blob and moves it to `target`, on the same file system. Returns its size; `None` when
    /// another process fetched it meanwhile.
    ///
    /// What an earlier attempt left is gone on with, unless the whole turns out wrong: then the blob is
    /// fetched once more from its beginning. On an error what came stays for the next attempt, but not on
    /// a full disk.
    pub(crate) fn fetch(
        &self,
        transfer: &mut BlobTransfer<'_>,
        target: &Path,
    ) -> Result<Option<u64>, TransferError> {
        fs_err::create_dir_all(&self.dir)?;
        let path = self.path(&transfer.descriptor().digest);
        let mut file = claim(&path)?;
        // While this waited for another process, that one may have fetched it.
        let size = transfer.descriptor().size;
        if fs_err::metadata(target).is_ok_and(|there| there.len() == size) {
            fs_err::remove_file(&path)?;
            return Ok(None);
        }
        let begun = absorb(&mut file, transfer)?;
        let mut result = fill(&mut file, transfer, begun);
        if begun > 0 && result.as_ref().is_err_and(is_wrong) {
            file.set_len(0)?;
            transfer.restart();
            result = fill(&mut file, transfer, 0);
        }
        match result {
            Ok(()) => {}
            Err(error) => {
                if is_wrong(&error) || is_full(&error) {
                    fs_err::remove_file(&path)?;
                }
                return Err(error);
            }
        }
        file.sync_all()?;
        let size = file.metadata()?.len();
        fs_err::rename(&path, target)?;
        if let Some(parent) = target.parent() {
            sync_dir(parent)?;
        }
        Ok(Some(size))
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.dir.join(digest.hex())
    }
}

/// Opens the file alone; waits for another process that fetches the same blob.
fn claim(path: &Path) -> Result<fs_err::File, TransferError> {
    loop {
        let file = fs_err::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        match rustix::fs::flock(&file, FlockOperation::LockExclusive) {
            Err(rustix::io::Errno::INTR) => continue,
            other => other.map_err(io::Error::from)?,
        }
        // While this waited, the file may have become the blob, or have been given up: then it is made anew.
        let own = file.metadata()?.ino();
        if fs_err::metadata(path).is_ok_and(|there| there.ino() == own) {
            return Ok(file);
        }
    }
}

/// Hashes what is there; returns how much.
fn absorb(file: &mut fs_err::File, transfer: &mut BlobTransfer<'_>) -> Result<u64, TransferError> {
    let size = transfer.descriptor().size;
    if file.metadata()?.len() > size {
        file.set_len(0)?;
    }
    let mut buffer = vec![0; CHUNK];
    let mut known = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(known);
        }
        transfer.absorb(&buffer[..read]);
        known += read as u64;
    }
}

/// Appends what is missing from `known` on.
fn fill(
    file: &mut fs_err::File,
    transfer: &mut BlobTransfer<'_>,
    known: u64,
) -> Result<(), TransferError> {
    io::Seek::seek(file, io::SeekFrom::Start(known))?;
    let mut reader = transfer.open(known)?;
    let mut buffer = vec![0; CHUNK];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => file.write_all(&buffer[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether the bytes turned out not to be the blob's.
fn is_wrong(error: &TransferError) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::InvalidData)
}

/// Whether the disk is full: then what came is only in the way.
fn is_full(error: &TransferError) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| {
        matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    })
}
