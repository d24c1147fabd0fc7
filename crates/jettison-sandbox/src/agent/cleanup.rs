//! Leaves the caller's directories so that the caller can remove them.
//!
//! With subordinate ids a workload makes files that belong to none of the caller's own ids; only a process of the user
//! namespace may give them back or remove them.

use std::{ffi::CStr, os::fd::OwnedFd};

use rustix::{
    fs::{AtFlags, Dir, FileType, Gid, Mode, OFlags, Stat, Uid},
    io::Errno,
};

/// Deepest directory that is entered; a path of the kernel has at most 4096 bytes.
const MAX_DEPTH: usize = 2048;

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Gives everything below a directory that does not belong to `caller` (an id of the user namespace) to it, and opens
/// directories that it could not empty.
pub(super) fn give_back(directory: &OwnedFd, caller: u32) -> Result<(), Errno> {
    for_each(directory, 0, &mut |parent, name, stat| {
        if stat.st_uid != caller {
            let (owner, group) = (Some(Uid::from_raw(caller)), Some(Gid::from_raw(stat.st_gid)));
            rustix::fs::chownat(parent, name, owner, group, AtFlags::SYMLINK_NOFOLLOW)?;
        }
        let mode = Mode::from_raw_mode(stat.st_mode);
        let is_closed = !mode.contains(Mode::RWXU);
        if FileType::from_raw_mode(stat.st_mode).is_dir() && is_closed {
            rustix::fs::chmodat(parent, name, mode | Mode::RWXU, AtFlags::empty())?;
        }
        Ok(())
    })
}

/// Removes everything below a directory.
pub(super) fn empty(directory: &OwnedFd) -> Result<(), Errno> {
    for_each(directory, 0, &mut |parent, name, stat| {
        let flags = if FileType::from_raw_mode(stat.st_mode).is_dir() {
            AtFlags::REMOVEDIR
        } else {
            AtFlags::empty()
        };
        rustix::fs::unlinkat(parent, name, flags)
    })
}

/// What is done with an entry of a directory.
type Action<'a> = dyn FnMut(&OwnedFd, &CStr, &Stat) -> Result<(), Errno> + 'a;

/// Walks the entries of a directory, contents before the directory that holds them. What cannot be walked is left.
fn for_each(fd: &OwnedFd, depth: usize, action: &mut Action<'_>) -> Result<(), Errno> {
    // By descriptor, because a handle may have been opened without the right to read.
    let listed = rustix::fs::openat(fd, c".", DIRECTORY, Mode::empty())?;
    let entries: Vec<_> = Dir::read_from(&listed)?.collect::<Result<_, _>>()?;
    for entry in entries {
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let stat = rustix::fs::statat(&listed, name, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(stat.st_mode).is_dir() && depth < MAX_DEPTH {
            let child = rustix::fs::openat(&listed, name, DIRECTORY, Mode::empty())?;
            for_each(&child, depth + 1, action)?;
        }
        action(&listed, name, &stat)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_directories_for_their_owner() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let directory = tempfile::tempdir().expect("temporary directory");
        let closed = directory.path().join("closed");
        fs_err::create_dir(&closed).expect("create");
        fs_err::set_permissions(&closed, PermissionsExt::from_mode(0o055)).expect("chmod");
        let metadata = fs_err::metadata(directory.path()).expect("metadata");
        let fd = rustix::fs::open(directory.path(), DIRECTORY, Mode::empty()).expect("open");
        // Only a process with rights over all of its user namespace, as the agent, can look into it.
        let given = give_back(&fd, metadata.uid());
        if rustix::process::geteuid().is_root() {
            given.expect("root looks everywhere");
            assert_eq!(fs_err::metadata(&closed).expect("metadata").mode() & 0o7777, 0o755);
        } else {
            assert_eq!(given, Err(Errno::ACCESS));
        }
    }

    #[test]
    fn empties_a_directory_and_follows_no_link() {
        let outside = tempfile::tempdir().expect("temporary directory");
        fs_err::write(outside.path().join("kept"), "").expect("write");
        let directory = tempfile::tempdir().expect("temporary directory");
        let at = |name: &str| directory.path().join(name);
        fs_err::create_dir_all(at("a/b/c")).expect("create");
        fs_err::write(at("a/b/file"), "").expect("write");
        std::os::unix::fs::symlink(outside.path(), at("a/link")).expect("link");
        let fd = rustix::fs::open(directory.path(), DIRECTORY, Mode::empty()).expect("open");
        empty(&fd).expect("removes");
        assert_eq!(fs_err::read_dir(directory.path()).expect("read").count(), 0);
        assert!(outside.path().join("kept").exists());
    }
}
