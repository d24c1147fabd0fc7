//! The copy of a tree on disk that hosts without FUSE run, and the way back from what was seen to the tree.

use std::{
    io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use jettison_record::{
    Accesses, CopyError, Owners, PathUse, Recorder, View, copy_out, read_since_copy,
};
use jettison_rootfs::{Tree, evidence::Program};
use jettison_sandbox::{AccessClass, IdMap, PathAccess};
use thiserror::Error;

use crate::{request::RunOptions, temporary::Temporary};

/// Why the copy could not be made.
#[derive(Debug, Error)]
pub enum UnpackError {
    /// There is no place for it.
    #[error(
        "cannot make a directory for the unpacked image in {path}: {source}; name another with --work-dir"
    )]
    Directory {
        /// The directory in which it was to be.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be written.
    #[error(transparent)]
    Copy(#[from] CopyError),
}

/// A copy that goes when it is dropped, and when this process is killed.
#[derive(Debug)]
pub(crate) struct Unpacked {
    directory: Temporary,
}

impl Unpacked {
    /// Unpacks what `view` shows, with the owners that a sandbox with these ids sees as the image's.
    pub(crate) fn new(
        tree: &Tree,
        view: &View,
        ids: &IdMap,
        options: &RunOptions,
    ) -> Result<Self, UnpackError> {
        let failed = |source| UnpackError::Directory { path: options.work_dir.clone(), source };
        let directory = Temporary::new("jettison-root-", options).map_err(failed)?;
        let root = directory.path().join("root");
        fs_err::create_dir(&root).map_err(failed)?;
        copy_as_seen(tree, view, &root, ids)?;
        Ok(Self { directory })
    }

    /// The root of the copy.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    /// Notes what access times tell, which system calls may have missed.
    pub(crate) fn note_reads(&self, tree: &Tree, recorder: &Recorder) {
        let found = read_since_copy(tree, &self.path(), recorder);
        tracing::debug!(found, "files whose access time changed");
    }
}

/// Copies what `view` shows into `root`, with the owners that a sandbox with these ids sees as the image's.
pub(crate) fn copy_as_seen(
    tree: &Tree,
    view: &View,
    root: &Path,
    ids: &IdMap,
) -> Result<(), CopyError> {
    let (uid, gid) = (|id| ids.host_uid(id), |id| ids.host_gid(id));
    // Only root may give files away (chown(2)).
    let owners = if rustix::process::geteuid().is_root() {
        Owners::Mapped { uid: &uid, gid: &gid }
    } else {
        Owners::Maker
    };
    copy_out(tree, view, root, owners)
}

/// Notes what a system call did with a path.
pub(crate) fn note(accesses: &Accesses, access: &PathAccess) {
    let usage = match access.class {
        AccessClass::Open { path_only: true, .. } => PathUse::LookUp,
        AccessClass::Open { .. } | AccessClass::Exec => PathUse::Open,
        AccessClass::ReadLink => PathUse::ReadLink,
        AccessClass::Xattr => PathUse::Xattr,
        AccessClass::Stat
        | AccessClass::Access
        | AccessClass::Enter
        | AccessClass::Connect
        | AccessClass::Watch => PathUse::LookUp,
        AccessClass::Change => PathUse::LookUpLink,
    };
    let program = access.comm.as_deref().map(Program::new).unwrap_or_default();
    accesses.note(access.path.as_bytes(), usage, (access.pid.cast_unsigned(), program));
}
