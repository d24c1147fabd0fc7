//! The store as a directory: where it is, its locks, and images going in and out.

use std::{
    io,
    path::{Path, PathBuf},
};

use jettison_image::{Descriptor, Index, Reference};
use rustix::fs::FlockOperation;

use super::{Partials, StoreError, contents::same_name};
use crate::{
    copy::ImageDestination,
    entry_name::EntryName,
    layout_destination::{LayoutDestination, Present, edit_index, lock, read_index},
};

/// A local store.
#[derive(Debug, Clone)]
pub struct Store {
    dir: PathBuf,
}

/// Keeps files where they are: holds off the collector, or the end of a temporary directory. It ends with
/// its process.
#[derive(Debug)]
pub(crate) struct Use {
    _lock: Option<fs_err::File>,
    _directory: Option<tempfile::TempDir>,
}

/// What came of the wish to be alone with the store.
#[derive(Debug)]
pub(super) enum Alone {
    /// Nobody else is there, and nobody comes while this lives.
    Locked(Use),
    /// Somebody is there, and the wish was not to wait.
    Busy,
    /// There is no store yet. Somebody may make one at any time.
    NoStore,
}

impl Use {
    fn locked(lock: fs_err::File) -> Self {
        Self { _lock: Some(lock), _directory: None }
    }

    /// A directory that goes when this is dropped.
    pub(crate) fn directory(directory: tempfile::TempDir) -> Self {
        Self { _lock: None, _directory: Some(directory) }
    }
}

impl Store {
    /// The store in `dir`; nothing is made before an image is put into it.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A directory on the store's file system for temporary files: layers that lie there become part of the
    /// store without being copied.
    pub fn staging(&self) -> Result<PathBuf, StoreError> {
        let dir = self.partials();
        fs_err::create_dir_all(&dir)?;
        Ok(dir)
    }

    /// The place for broken transfers.
    pub(super) fn partials(&self) -> PathBuf {
        self.dir.join("partial")
    }

    /// A destination for one image, which gets all of `names`; without any it is kept, and found by its id.
    pub fn destination(
        &self,
        names: &[Reference],
    ) -> Result<Box<dyn ImageDestination>, StoreError> {
        let shown = names.first().map_or_else(|| "image".to_owned(), Reference::familiar);
        let names = names.iter().map(entry_name).collect();
        let destination =
            LayoutDestination::open(format!("store:{shown}"), &self.dir, names, Present::BySize)?;
        Ok(Box::new(destination.with_partials(Partials::new(self.partials()))))
    }

    /// Gives an image further names. Each is taken from the image that has it.
    pub fn tag(&self, wanted: &str, names: &[Reference]) -> Result<Descriptor, StoreError> {
        let _use = self.enter_for(wanted)?;
        let root = self.find(wanted)?.swap_remove(0);
        let mut bare = root.clone();
        bare.annotations.clear();
        let (edited, _) = edit_index(&self.dir, |index| {
            // Somebody may have removed it since; then its blobs may go at any time.
            let is_there = index.manifests.iter().any(|entry| entry.digest == root.digest);
            if is_there {
                for name in names {
                    put_name(index, &bare, name);
                }
            }
            is_there
        })?;
        if edited { Ok(bare) } else { Err(StoreError::NoSuchImage { wanted: wanted.to_owned() }) }
    }

    /// Everything that has a name, and images without one.
    pub(super) fn index(&self) -> Result<Index, StoreError> {
        Ok(read_index(&self.dir)?)
    }

    /// Keeps the collector away. `None` when there is no store yet: there is nothing to lock, and what somebody
    /// puts in from now on is not safe to look at.
    pub(crate) fn enter(&self) -> Result<Option<Use>, StoreError> {
        match lock(&self.dir, FlockOperation::LockShared) {
            Ok(file) => Ok(Some(Use::locked(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// As [`Self::enter`], for an image that has to be there.
    pub(crate) fn enter_for(&self, wanted: &str) -> Result<Use, StoreError> {
        let missing = || StoreError::NoSuchImage { wanted: wanted.to_owned() };
        self.enter()?.ok_or_else(missing)
    }

    /// Keeps everybody else away.
    pub(super) fn alone(&self, operation: FlockOperation) -> Result<Alone, StoreError> {
        match lock(&self.dir, operation) {
            Ok(file) => Ok(Alone::Locked(Use::locked(file))),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Alone::Busy),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Alone::NoStore),
            Err(error) => Err(error.into()),
        }
    }
}

/// In the store a name is unique, and skopeo asks for it as it stands: `oci:DIR:nginx:latest`.
pub(super) fn entry_name(name: &Reference) -> EntryName {
    EntryName { ref_name: Some(name.familiar()), full: Some(name.clone()) }
}

fn put_name(index: &mut Index, bare: &Descriptor, name: &Reference) {
    index.manifests.retain(|entry| !same_name(entry, name));
    index.manifests.push(entry_name(name).annotate(bare));
    // An image that has a name now needs no entry without one.
    let is_named = |entry: &Descriptor| !entry.annotations.is_empty();
    index.manifests.retain(|entry| entry.digest != bare.digest || is_named(entry));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_alone_where_there_is_no_store_yet() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let store = Store::at(dir.path().join("store"));
        let alone = || store.alone(FlockOperation::NonBlockingLockExclusive).expect("readable");
        assert!(matches!(alone(), Alone::NoStore));
        assert!(store.enter().expect("readable").is_none());
        let error = store.enter_for("app:1").expect_err("it is nowhere");
        assert!(matches!(error, StoreError::NoSuchImage { .. }));
        let writer = store.destination(&[]).expect("writable");
        assert!(matches!(alone(), Alone::Busy));
        drop(writer);
        let locked = alone();
        assert!(matches!(locked, Alone::Locked(_)));
        drop(locked);
        assert!(store.enter().expect("readable").is_some());
    }
}
