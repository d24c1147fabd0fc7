//! Files that appear under their name complete or not at all.

use std::{
    fs::File,
    io::{self, Seek, Write},
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd},
        unix::fs::FileExt,
    },
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};

use crate::FileBlob;

/// A file without a name yet. If it is never published, nothing is left of it: not even when the
/// process is killed, where the file system has `O_TMPFILE`.
#[derive(Debug)]
pub(crate) struct StagedFile {
    file: File,
    dir: PathBuf,
    /// The name that a file system without `O_TMPFILE` needs; removed on drop.
    name: Option<tempfile::TempPath>,
}

/// Whether a published file must survive a power failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// File and directory are synced.
    Synced,
    /// For caches, whose content is checked when it is used.
    Relaxed,
}

impl StagedFile {
    /// A new file on the file system of `dir`.
    pub(crate) fn new_in(dir: &Path) -> io::Result<Self> {
        // A file without a name gets one through /proc, which may be masked.
        if !Path::new("/proc/self/fd").is_dir() {
            return Self::named_in(dir);
        }
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        // Less the umask, as for any file that a person makes.
        let mode = Mode::from_raw_mode(0o666);
        match rustix::fs::open(dir, flags, mode) {
            Ok(fd) => Ok(Self { file: fd.into(), dir: dir.to_owned(), name: None }),
            Err(rustix::io::Errno::NOENT | rustix::io::Errno::ACCESS) => Err(with_dir(
                dir,
                &fs_err::metadata(dir)
                    .err()
                    .unwrap_or_else(|| io::ErrorKind::PermissionDenied.into()),
            )),
            Err(_) => Self::named_in(dir),
        }
    }

    /// For file systems without `O_TMPFILE`, such as NFS.
    fn named_in(dir: &Path) -> io::Result<Self> {
        use std::os::unix::fs::PermissionsExt;
        let permissions = std::fs::Permissions::from_mode(0o666);
        let file = tempfile::Builder::new()
            .prefix(".jettison-")
            .permissions(permissions)
            .tempfile_in(dir)
            .map_err(|error| with_dir(dir, &error))?;
        let (file, name) = file.into_parts();
        Ok(Self { file, dir: dir.to_owned(), name: Some(name) })
    }

    /// Gives up on a name: the bytes live as long as the blob.
    pub(crate) fn into_blob(self) -> io::Result<FileBlob> {
        let len = self.file.metadata()?.len();
        Ok(FileBlob::from_parts(self.file, self.dir.join("(temporary file)"), len))
    }

    /// Reads what was written, `len` bytes, while the file has no name yet.
    pub(crate) fn reader(&self, len: u64) -> io::Result<FileBlob> {
        let file = self.file.try_clone()?;
        Ok(FileBlob::from_parts(file, self.dir.join("(temporary file)"), len))
    }

    /// Writes over bytes that were written before.
    pub(crate) fn write_over(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, offset).map_err(|error| with_dir(&self.dir, &error))
    }

    /// Sets aside room for the next `len` bytes: writing them takes about half as long, does not wait for the file system's
    /// journal, and a disk that is too small is known before anything is written. The file's length stays.
    ///
    /// File systems that cannot do that are left to allocate as they go (fallocate(2), `EOPNOTSUPP`).
    pub(crate) fn reserve(&self, len: u64) -> io::Result<()> {
        use rustix::{
            fs::{FallocateFlags, fallocate},
            io::Errno,
        };
        if len == 0 {
            return Ok(());
        }
        match fallocate(&self.file, FallocateFlags::KEEP_SIZE, self.len()?, len) {
            Err(error @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG)) => {
                Err(with_dir(&self.dir, &error.into()))
            }
            _ => Ok(()),
        }
    }

    /// Forgets everything from `len` on; what is written next goes there.
    pub(crate) fn cut(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)?;
        (&self.file).seek(io::SeekFrom::Start(len)).map(drop)
    }

    /// Bytes that were written so far.
    pub(crate) fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// The same file, for a thread that carries to the disk what others write.
    pub(crate) fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Names the file `target` as well, synced; `false` if that is on another file system.
    pub(crate) fn link_to(&self, target: &Path) -> io::Result<bool> {
        self.file.sync_all().map_err(|error| with_dir(target, &error))?;
        let linked = match &self.name {
            None => link(&self.file, target),
            Some(name) => fs_err::hard_link(name, target),
        };
        match linked {
            // A name that is taken is replaced by whoever copies.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::CrossesDevices | io::ErrorKind::AlreadyExists
                ) =>
            {
                return Ok(false);
            }
            other => other?,
        }
        if let Some(dir) = target.parent() {
            sync_dir(dir)?;
        }
        Ok(true)
    }

    /// Names the file `target`, in the directory it was made in, replacing what is there.
    pub(crate) fn publish(self, target: &Path, durability: Durability) -> io::Result<FileBlob> {
        if durability == Durability::Synced {
            self.file.sync_all().map_err(|error| with_dir(target, &error))?;
        }
        let len = self.file.metadata()?.len();
        refuse_special(target)?;
        match self.name {
            Some(name) => name.persist(target).map_err(|error| with_dir(target, &error.error))?,
            None => link(&self.file, target)?,
        }
        if durability == Durability::Synced {
            sync_dir(&self.dir)?;
        }
        Ok(FileBlob::from_parts(self.file, target.to_owned(), len))
    }
}

/// A device or a named pipe must not become a file: as root, `docker-archive:/dev/null` would take it from everybody.
fn refuse_special(target: &Path) -> io::Result<()> {
    match fs_err::metadata(target) {
        Ok(metadata) if !metadata.is_file() => {
            let text = format!("{} is no regular file, and is not replaced", target.display());
            Err(io::Error::new(io::ErrorKind::AlreadyExists, text))
        }
        _ => Ok(()),
    }
}

impl AsFd for StagedFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// Writes at the end. Errors name the directory: a full disk is one of many.
impl Write for &StagedFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&self.file).write(buf).map_err(|error| with_dir(&self.dir, &error))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for StagedFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&*self).write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Gives an `O_TMPFILE` file a name.
fn link(file: &File, target: &Path) -> io::Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    match link_at(file, target) {
        Err(rustix::io::Errno::EXIST) => {}
        other => return other.map_err(|error| with_dir(target, &error.into())),
    }
    // linkat(2) does not replace, rename(2) does: the name between lives for two system calls.
    let mut name = target.file_name().unwrap_or_default().to_owned();
    let count = NEXT.fetch_add(1, Ordering::Relaxed);
    name.push(format!(".{}-{count}.tmp", std::process::id()));
    let between = target.with_file_name(name);
    link_at(file, &between).map_err(|error| with_dir(&between, &error.into()))?;
    fs_err::rename(&between, target)
}

fn link_at(file: &File, target: &Path) -> rustix::io::Result<()> {
    // AT_EMPTY_PATH needs a capability; the /proc name does not (open(2), O_TMPFILE).
    let name = format!("/proc/self/fd/{}", file.as_raw_fd());
    rustix::fs::linkat(CWD, name, CWD, target, AtFlags::SYMLINK_FOLLOW)
}

/// Replaces a file, or makes one: its name leads to all of `bytes` or to what was there before.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let staged = StagedFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    (&staged).write_all(bytes)?;
    staged.publish(path, Durability::Synced)?;
    Ok(())
}

/// Makes new names in `dir` survive a power failure.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    fs_err::File::open(dir)?.sync_all()
}

fn with_dir(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use jettison_image::ReadAt;

    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs_err::read_dir(dir).expect("readable");
        let name = |entry: io::Result<fs_err::DirEntry>| entry.expect("readable").file_name();
        entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect()
    }

    fn publishes_and_replaces(make: fn(&Path) -> io::Result<StagedFile>) {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let target = dir.path().join("out");
        for text in ["first", "second"] {
            let staged = make(dir.path()).expect("a writable directory");
            (&staged).write_all(text.as_bytes()).expect("writable");
            let blob = staged.publish(&target, Durability::Synced).expect("same directory");
            assert_eq!(blob.len(), text.len() as u64);
            assert_eq!(fs_err::read_to_string(&target).expect("published"), text);
        }
        drop(make(dir.path()).expect("a writable directory"));
        assert_eq!(names(dir.path()), ["out"]);
    }

    #[test]
    fn with_o_tmpfile() {
        publishes_and_replaces(StagedFile::new_in);
    }

    #[test]
    fn without_o_tmpfile() {
        publishes_and_replaces(StagedFile::named_in);
    }

    #[test]
    fn room_that_was_set_aside_is_no_length() {
        use std::os::unix::fs::MetadataExt;
        let dir = tempfile::tempdir().expect("a temporary directory");
        let staged = StagedFile::new_in(dir.path()).expect("a writable directory");
        (&staged).write_all(b"head").expect("writable");
        staged.reserve(1 << 20).expect("there is room, or it cannot be set aside");
        assert_eq!(staged.len().expect("a file"), 4);
        (&staged).write_all(b"tail").expect("writable");
        let blob = staged.publish(&dir.path().join("out"), Durability::Relaxed).expect("named");
        assert_eq!(blob.len(), 8);
        // More than any disk has; where room cannot be set aside, writing tells.
        let staged = StagedFile::new_in(dir.path()).expect("a writable directory");
        if let Err(error) = staged.reserve(1 << 62) {
            assert!(error.to_string().contains(&*dir.path().to_string_lossy()), "{error}");
        }
        assert_eq!(staged.handle().and_then(|file| file.metadata()).expect("a file").size(), 0);
    }

    #[test]
    fn what_is_no_file_is_not_replaced() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let target = dir.path().join("pipe");
        let mode = Mode::RUSR;
        rustix::fs::mknodat(CWD, &target, rustix::fs::FileType::Fifo, mode, 0).expect("writable");
        for make in [StagedFile::new_in, StagedFile::named_in] {
            let staged = make(dir.path()).expect("a writable directory");
            let error = staged.publish(&target, Durability::Relaxed).expect_err("it is a pipe");
            assert!(error.to_string().contains("pipe is no regular file"), "{error}");
        }
        assert_eq!(names(dir.path()), ["pipe"]);
    }

    #[test]
    fn a_missing_directory_is_named() {
        let error = StagedFile::new_in(Path::new("/nonexistent/dir")).expect_err("missing");
        assert!(error.to_string().contains("/nonexistent/dir"), "{error}");
    }
}
