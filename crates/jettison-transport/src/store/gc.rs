//! Collecting garbage: what no name leads to.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use rustix::fs::FlockOperation;

use super::{Store, StoreError, place::Alone};
use crate::stored_files::blob_name;

/// How garbage is collected.
#[derive(Debug, Clone, Copy)]
pub struct GcOptions {
    /// Broken transfers that were last written before this go too; younger ones may be gone on with.
    pub partials_before: SystemTime,
    /// Only tell what would go.
    pub dry_run: DryRun,
    /// What to do while others use the store.
    pub when_busy: WhenBusy,
}

/// Whether files are removed, or only counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DryRun {
    /// They are removed.
    No,
    /// They are counted.
    Yes,
}

/// What to do while others use the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenBusy {
    /// Wait until they are done.
    Wait,
    /// Leave the garbage where it is.
    Skip,
}

/// What was collected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Collected {
    /// The files, sorted.
    pub files: Vec<PathBuf>,
    /// Their sizes in bytes.
    pub bytes: u64,
    /// Whether others used the store, so that nothing was done.
    pub skipped: bool,
}

impl Store {
    /// Removes every blob that no name leads to, and what killed processes left. Nobody uses the store
    /// meanwhile: `waiting` is called once if somebody has to be waited for.
    pub fn gc(
        &self,
        options: &GcOptions,
        waiting: &mut dyn FnMut(),
    ) -> Result<Collected, StoreError> {
        let mut alone = self.alone(FlockOperation::NonBlockingLockExclusive)?;
        if matches!(alone, Alone::Busy) {
            if options.when_busy == WhenBusy::Skip {
                return Ok(Collected { skipped: true, ..Collected::default() });
            }
            waiting();
            alone = self.alone(FlockOperation::LockExclusive)?;
        }
        let Alone::Locked(alone) = alone else {
            return Ok(Collected::default());
        };
        let garbage = self.garbage(options.partials_before)?;
        let mut collected = Collected::default();
        for (path, size) in garbage {
            if options.dry_run == DryRun::No {
                remove(&path)?;
            }
            collected.bytes += size;
            collected.files.push(path);
        }
        drop(alone);
        Ok(collected)
    }

    /// Files that nothing leads to, with their sizes, sorted.
    fn garbage(&self, partials_before: SystemTime) -> Result<Vec<(PathBuf, u64)>, StoreError> {
        let mut needed = BTreeSet::new();
        for entry in self.index()?.manifests {
            // One that is missing is no reason to keep garbage; `verify` tells of it.
            needed.extend(self.tree(&entry)?.blobs.into_keys().map(|digest| blob_name(&digest)));
        }
        let mut garbage = Vec::new();
        for algorithm in names_in(&self.dir().join("blobs"))? {
            for name in names_in(&self.dir().join("blobs").join(&algorithm))? {
                let blob = format!("blobs/{algorithm}/{name}");
                if !needed.contains(&blob) {
                    garbage.extend(file(self.dir().join(blob))?);
                }
            }
        }
        for name in names_in(&self.partials())? {
            let path = self.partials().join(name);
            let metadata = fs_err::metadata(&path)?;
            if metadata.modified()? < partials_before {
                garbage.extend(file(path)?);
            }
        }
        for name in names_in(self.dir())? {
            if is_leftover(&name) {
                garbage.extend(file(self.dir().join(name))?);
            }
        }
        garbage.sort();
        Ok(garbage)
    }
}

/// What a process that was killed between two system calls leaves beside `index.json`: the names of
/// `staged_file`.
pub(crate) fn is_leftover(name: &str) -> bool {
    name.starts_with(".jettison-") || Path::new(name).extension().is_some_and(|end| end == "tmp")
}

/// Names in a directory; none if it does not exist. Names that are no text are nobody's here.
pub(super) fn names_in(dir: &Path) -> io::Result<Vec<String>> {
    let entries = match fs_err::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string());
    }
    Ok(names)
}

/// A regular file with the space that its removal frees.
fn file(path: PathBuf) -> io::Result<Option<(PathBuf, u64)>> {
    let metadata = fs_err::symlink_metadata(&path)?;
    Ok(metadata.is_file().then_some((path, metadata.len())))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs_err::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
