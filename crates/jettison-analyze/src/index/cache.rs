//! Where records of layers are kept from run to run: one file for each diff-id.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use jettison_image::Digest;

use super::{codec, record::LayerRecord};

/// A longer file is no record: the largest known is that of a layer with 500,000 files, 30 MB.
const MAX_FILE: u64 = 512 << 20;
/// All records together, in bytes; the oldest go first. A typical layer's has 200 KB.
const MAX_TOTAL: u64 = 1 << 30;

/// The cache cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the cache of layer indexes cannot be used: {source}; name another with XDG_CACHE_HOME")]
pub struct CacheError {
    /// What the system said; it names the path.
    #[from]
    source: io::Error,
}

/// A directory of records. Processes may share it.
#[derive(Clone, Debug)]
pub struct IndexCache {
    directory: PathBuf,
}

impl IndexCache {
    /// Uses `directory`, made if it is missing.
    pub fn open(directory: &Path) -> Result<Self, CacheError> {
        fs_err::create_dir_all(directory)?;
        Ok(Self { directory: directory.to_owned() })
    }

    fn file(&self, diff_id: &Digest) -> PathBuf {
        self.directory.join(format!("{}-{}", diff_id.algorithm(), diff_id.hex()))
    }

    /// The record of a layer. `None` when there is none, or when it is damaged or of another version; a new one will
    /// take its place.
    pub fn get(&self, diff_id: &Digest) -> Result<Option<LayerRecord>, CacheError> {
        let path = self.file(diff_id);
        match fs_err::metadata(&path) {
            Ok(data) if data.is_file() && data.len() <= MAX_FILE => {}
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => return Ok(None),
        }
        let record = codec::decode(&fs_err::read(&path)?);
        Ok(record.filter(|record| record.diff_id == *diff_id))
    }

    /// Keeps a record: temporary name, then rename. It is not synced: a checksum tells what a power failure left.
    pub fn put(&self, record: &LayerRecord) -> Result<(), CacheError> {
        let bytes = codec::encode(record);
        if bytes.len() as u64 > MAX_FILE {
            return Ok(());
        }
        self.make_room(bytes.len() as u64)?;
        let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(&self.directory)?;
        file.write_all(&bytes)?;
        file.persist(self.file(&record.diff_id)).map_err(|error| error.error)?;
        Ok(())
    }

    /// Removes the oldest records until `more` bytes fit in.
    fn make_room(&self, more: u64) -> Result<(), CacheError> {
        let mut files = Vec::new();
        for entry in fs_err::read_dir(&self.directory)?.flatten() {
            // Another process may have removed it meanwhile.
            let Ok(data) = entry.metadata() else { continue };
            let age = data.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            files.push((age, data.len(), entry.path()));
        }
        files.sort();
        let mut total = more + files.iter().map(|(_, len, _)| len).sum::<u64>();
        for (_, len, path) in files {
            if total <= MAX_TOTAL {
                break;
            }
            match fs_err::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => total -= len,
            }
        }
        Ok(())
    }
}
