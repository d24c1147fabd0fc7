//! The copy of a tree on disk that hosts without FUSE run, and the way back from what was seen to the tree.

use std::{
    io,
    os::unix::{ffi::OsStrExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use jettison_record::{
    Accesses, CopyError, Owners, PathUse, Recorder, View, copy_out, read_since_copy,
};
use jettison_rootfs::Tree;
use jettison_sandbox::{AccessClass, Helper, IdMap, PathAccess};
use thiserror::Error;

use crate::request::RunOptions;

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
    directory: tempfile::TempDir,
    sweeper: Child,
}

impl Unpacked {
    /// Unpacks what `view` shows, with the owners that a sandbox with these ids sees as the image's.
    pub(crate) fn new(
        tree: &Tree,
        view: &View,
        ids: &IdMap,
        options: &RunOptions,
    ) -> Result<Self, UnpackError> {
        let work_dir = options.work_dir.as_path();
        let failed = |source| UnpackError::Directory { path: work_dir.to_owned(), source };
        let builder = tempfile::Builder::new().prefix("jettison-root-").tempdir_in(work_dir);
        let directory = builder.map_err(failed)?;
        let sweeper = start_sweeper(&options.sweeper, directory.path()).map_err(failed)?;
        let root = directory.path().join("root");
        fs_err::create_dir(&root).map_err(failed)?;
        let (uid, gid) = (|id| ids.host_uid(id), |id| ids.host_gid(id));
        // Only root may give files away (chown(2)).
        let owners = if rustix::process::geteuid().is_root() {
            Owners::Mapped { uid: &uid, gid: &gid }
        } else {
            Owners::Maker
        };
        copy_out(tree, view, &root, owners)?;
        // The way to the copy must be open to the ids inside; its own name is not to be guessed.
        open_to_all(directory.path()).map_err(failed)?;
        Ok(Self { directory, sweeper })
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

impl Drop for Unpacked {
    fn drop(&mut self) {
        // The end of its input makes the sweeper remove the copy; there is nothing to do about one that fails.
        drop(self.sweeper.stdin.take());
        self.sweeper.wait().ok();
    }
}

/// Starts the process that removes `directory` once its standard input ends: when the copy is dropped, or this process is no
/// more.
fn start_sweeper(sweeper: &Helper, directory: &Path) -> io::Result<Child> {
    Command::new(&sweeper.program)
        .args(&sweeper.args)
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
}

/// The sweeper: waits for the end of standard input, then removes `directory`.
///
/// Files that a sandbox is still giving back cannot be removed at once, so it tries for some seconds.
pub fn sweep(directory: &Path) {
    const ATTEMPTS: u32 = 100;
    const PAUSE: Duration = Duration::from_millis(50);
    io::copy(&mut io::stdin().lock(), &mut io::sink()).ok();
    for _ in 0..ATTEMPTS {
        match fs_err::remove_dir_all(directory) {
            Ok(()) => return,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(_busy) => std::thread::sleep(PAUSE),
        }
    }
}

fn open_to_all(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o711))
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
    accesses.note(access.path.as_bytes(), usage, access.pid.cast_unsigned());
}
