//! Puts a tree on disk, for hosts where it cannot be served: one directory that a sandbox runs in.
//!
//! Access times start at the epoch, so that on any mount but `noatime` a later access time shows that the file was
//! read (relatime updates an access time that is not newer than the modification time; mount(8)). That is the
//! cross-check of what the system calls told.

use std::{
    ffi::OsStr,
    fmt,
    fs::{File, Permissions},
    io::{self, Write},
    os::unix::{
        ffi::OsStrExt,
        fs::{MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

use fs_err as fs;
use jettison_rootfs::{InodeId, Kind, PathId, Tree, evidence::Touches};
use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, Timespec, Timestamps, Uid};
use thiserror::Error;

use crate::{Recorder, View};

/// Bytes copied at a time.
const CHUNK: usize = 1 << 20;

/// Why a tree could not be put on disk.
#[derive(Debug, Error)]
pub enum CopyError {
    /// A file of the copy could not be made.
    #[error("cannot unpack {path} for the run: {source}")]
    Write {
        /// Where the copy of it would be.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A layer's bytes could not be read.
    #[error("cannot read {path} from the image: {source}")]
    Read {
        /// The path in the image.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

/// The host's id for an id of the image; `None` where there is none.
pub type IdOnHost<'a> = &'a dyn Fn(u32) -> Option<u32>;

/// Who owns the files of the copy.
#[derive(Clone, Copy)]
pub enum Owners<'a> {
    /// Whoever makes the copy; ids cannot be changed here.
    Maker,
    /// The host's ids for the image's. A file without one belongs to the maker.
    Mapped {
        /// For users.
        uid: IdOnHost<'a>,
        /// For groups.
        gid: IdOnHost<'a>,
    },
}

impl fmt::Debug for Owners<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Maker => "Maker",
            Self::Mapped { .. } => "Mapped",
        })
    }
}

/// Writes what `view` answers of `tree` below the existing, empty `root`.
///
/// Device nodes are left out: they need privileges, and a container's `/dev` is not the image's. The tree's names hold no
/// `/` and no `..`, and every parent is a directory made here, so nothing is written outside `root`.
pub fn copy_out(
    tree: &Tree,
    view: &View,
    root: &Path,
    owners: Owners<'_>,
) -> Result<(), CopyError> {
    let mut first_names: Vec<Option<PathBuf>> = vec![None; tree.inode_count()];
    let mut directories = Vec::new();
    for path in tree.iter().filter(|&path| view.answers(path)) {
        let target = location(tree, root, path);
        let id = tree.inode_id(path);
        let failed = |source| CopyError::Write { path: target.clone(), source };
        if let Some(first) = &first_names[id.index()] {
            fs::hard_link(first, &target).map_err(failed)?;
            continue;
        }
        match tree.inode(path).kind {
            Kind::Directory => {
                if path != tree.root() {
                    fs::create_dir(&target).map_err(failed)?;
                }
                directories.push((path, target));
                continue;
            }
            Kind::CharDevice | Kind::BlockDevice => continue,
            Kind::File => copy_file(tree, id, path, &target)?,
            Kind::Symlink => {
                let link = tree.inode(path).target.as_deref().unwrap_or_default();
                fs_err::os::unix::fs::symlink(OsStr::from_bytes(link), &target).map_err(failed)?;
            }
            Kind::Fifo => {
                rustix::fs::mknodat(CWD, &target, FileType::Fifo, Mode::from_raw_mode(0o600), 0)
                    .map_err(|error| failed(error.into()))?;
            }
        }
        finish(tree, path, &target, owners).map_err(failed)?;
        first_names[id.index()] = Some(target);
    }
    // Last and deepest first: making a child changes its parent's time, and a mode may forbid making children.
    for (path, target) in directories.into_iter().rev() {
        finish(tree, path, &target, owners)
            .map_err(|source| CopyError::Write { path: target, source })?;
    }
    Ok(())
}

/// Notes every file of the copy whose access time says that it was read since [`copy_out`]; returns how many.
///
/// Zero on a `noatime` mount: the caller then has only what the system calls told.
pub fn read_since_copy(tree: &Tree, root: &Path, recorder: &Recorder) -> usize {
    let mut found = 0;
    for path in tree.iter().filter(|&path| tree.inode(path).kind == Kind::File) {
        let Ok(data) = fs::symlink_metadata(location(tree, root, path)) else { continue };
        if data.atime() != 0 {
            recorder.note_name(path, Touches::LOOKED_UP, 0);
            recorder.note_file(tree.inode_id(path), Touches::READ, 0);
            found += 1;
        }
    }
    found
}

fn location(tree: &Tree, root: &Path, path: PathId) -> PathBuf {
    let inside = tree.path(path);
    root.join(OsStr::from_bytes(inside.strip_prefix(b"/").unwrap_or(&inside)))
}

fn copy_file(tree: &Tree, id: InodeId, path: PathId, target: &Path) -> Result<(), CopyError> {
    let failed = |source| CopyError::Write { path: target.to_owned(), source };
    let mut file: File = fs::File::create_new(target).map_err(failed)?.into_parts().0;
    let mut chunk = vec![0; CHUNK.min(usize::try_from(tree.inode_by_id(id).size).unwrap_or(CHUNK))];
    let mut offset = 0;
    while offset < tree.inode_by_id(id).size {
        let count = tree.read(id, offset, &mut chunk).map_err(|source| CopyError::Read {
            path: String::from_utf8_lossy(&tree.path(path)).into_owned(),
            source,
        })?;
        if count == 0 {
            break;
        }
        file.write_all(&chunk[..count]).map_err(failed)?;
        offset += count as u64;
    }
    Ok(())
}

/// Sets owner, mode and times. In this order: a change of owner clears the setuid bit (chown(2)).
fn finish(tree: &Tree, path: PathId, target: &Path, owners: Owners<'_>) -> io::Result<()> {
    let inode = tree.inode(path);
    if let Owners::Mapped { uid, gid } = owners {
        let (uid, gid) = (uid(inode.uid).map(Uid::from_raw), gid(inode.gid).map(Gid::from_raw));
        rustix::fs::chownat(CWD, target, uid, gid, AtFlags::SYMLINK_NOFOLLOW)?;
    }
    if inode.kind != Kind::Symlink {
        // The maker must be able to look into the copy and to remove it.
        let extra = match (owners, inode.kind) {
            (Owners::Maker, Kind::Directory) => 0o700,
            (Owners::Maker, _) => 0o400,
            (Owners::Mapped { .. }, _) => 0,
        };
        fs::set_permissions(target, Permissions::from_mode(inode.mode | extra))?;
    }
    let times = Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: 0 },
        last_modification: Timespec {
            tv_sec: inode.mtime.seconds,
            tv_nsec: inode.mtime.nanos.into(),
        },
    };
    rustix::fs::utimensat(CWD, target, &times, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(())
}
