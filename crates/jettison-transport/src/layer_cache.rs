//! Inflated layers, kept from run to run by diff-id.

use std::{
    io,
    path::{Path, PathBuf},
};

use jettison_image::Digest;

use crate::{
    FileBlob,
    hashing::digest_of,
    staged_file::{Durability, StagedFile},
};

/// A directory of inflated layers: `sha256/<hex of the diff-id>`.
#[derive(Debug, Clone)]
pub(crate) struct LayerCache {
    dir: PathBuf,
}

impl LayerCache {
    /// Uses `dir`, made if it is missing.
    pub(crate) fn open(dir: &Path) -> io::Result<Self> {
        let dir = dir.join("sha256");
        fs_err::create_dir_all(&dir)?;
        Ok(Self { dir })
    }

    /// The layer, if it is there and still what its name says. A damaged one is removed.
    pub(crate) fn get(&self, diff_id: &Digest) -> io::Result<Option<FileBlob>> {
        let path = self.dir.join(diff_id.hex());
        let blob = match FileBlob::open(&path) {
            Ok(blob) => blob,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        // Hashing runs at several times the speed of inflating; a disk may forget.
        if digest_of(&blob, &mut |_| {}).is_ok_and(|found| found == *diff_id) {
            return Ok(Some(blob));
        }
        match fs_err::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(None),
        }
    }

    /// A file that [`Self::put`] can name.
    pub(crate) fn stage(&self) -> io::Result<StagedFile> {
        StagedFile::new_in(&self.dir)
    }

    /// Names a file whose digest is `diff_id`.
    pub(crate) fn put(&self, diff_id: &Digest, file: StagedFile) -> io::Result<FileBlob> {
        file.publish(&self.dir.join(diff_id.hex()), Durability::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use jettison_image::ReadAt;

    use super::*;

    #[test]
    fn a_damaged_layer_is_not_used() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let cache = LayerCache::open(&dir.path().join("cache")).expect("writable");
        let diff_id = Digest::sha256(b"layer");
        assert!(cache.get(&diff_id).expect("readable").is_none());
        let staged = cache.stage().expect("writable");
        (&staged).write_all(b"layer").expect("writable");
        cache.put(&diff_id, staged).expect("writable");
        assert_eq!(cache.get(&diff_id).expect("readable").expect("cached").len(), 5);
        let path = dir.path().join("cache/sha256").join(diff_id.hex());
        fs_err::write(&path, b"LAYER").expect("writable");
        assert!(cache.get(&diff_id).expect("readable").is_none());
        assert!(!path.exists(), "the damaged file is gone");
    }
}
