//! A file system for tests that shows the host's own root, read-only.

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    fs::{File, Metadata},
    io,
    os::{
        fd::OwnedFd,
        unix::{ffi::OsStrExt, fs::FileExt, fs::FileTypeExt, fs::MetadataExt},
    },
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, SystemTime},
};

use fuser::{
    Config, Errno, FileAttr, FileHandle, FileType, Filesystem, Generation, INodeNo, LockOwner,
    OpenFlags, ReplyAttr, ReplyData, ReplyDirectory, ReplyEntry, ReplyXattr, Request, Session,
    SessionACL,
};
use jettison_sandbox::Owners;

const TTL: Duration = Duration::from_hours(1);

/// Paths by inode number, 1 being the root.
struct HostFs {
    top: PathBuf,
    owners: Owners,
    inodes: Mutex<Inodes>,
}

#[derive(Default)]
struct Inodes {
    paths: Vec<PathBuf>,
    numbers: HashMap<PathBuf, u64>,
}

impl Inodes {
    fn number(&mut self, path: PathBuf) -> u64 {
        if let Some(number) = self.numbers.get(&path) {
            return *number;
        }
        self.paths.push(path.clone());
        let number = self.paths.len() as u64;
        self.numbers.insert(path, number);
        number
    }
}

/// Serves the tree below `top` until the last mount is gone.
pub(crate) fn serve(top: &Path, device: OwnedFd, owners: Owners) -> io::Result<()> {
    let mut inodes = Inodes::default();
    inodes.number(top.to_owned());
    let fs = HostFs { top: top.to_owned(), owners, inodes: Mutex::new(inodes) };
    let mut config = Config::default();
    config.n_threads = Some(2);
    config.acl = SessionACL::All;
    let session = Session::from_fd(fs, device, SessionACL::All, config)?;
    drop(session.spawn()?.guard);
    Ok(())
}

impl HostFs {
    fn path(&self, inode: INodeNo) -> PathBuf {
        let inodes = self.inodes.lock().expect("sound");
        let index = usize::try_from(inode.0 - 1).expect("64 bits");
        inodes.paths.get(index).cloned().unwrap_or_else(|| self.top.clone())
    }

    fn attributes(&self, path: PathBuf) -> io::Result<FileAttr> {
        let metadata = path.symlink_metadata()?;
        let number = self.inodes.lock().expect("sound").number(path);
        let (uid, gid) = match self.owners {
            Owners::AsInImage => (metadata.uid(), metadata.gid()),
            Owners::Squashed { uid, gid } => (uid, gid),
        };
        Ok(FileAttr {
            ino: INodeNo(number),
            size: metadata.len(),
            blocks: metadata.blocks(),
            atime: SystemTime::UNIX_EPOCH,
            mtime: metadata.modified()?,
            ctime: SystemTime::UNIX_EPOCH,
            crtime: SystemTime::UNIX_EPOCH,
            kind: kind(&metadata),
            perm: u16::try_from(metadata.mode() & 0o7777).expect("12 bits"),
            nlink: 1,
            uid,
            gid,
            rdev: 0,
            blksize: 4096,
            flags: 0,
        })
    }
}

fn kind(metadata: &Metadata) -> FileType {
    let kind = metadata.file_type();
    match () {
        () if kind.is_dir() => FileType::Directory,
        () if kind.is_symlink() => FileType::Symlink,
        () if kind.is_fifo() => FileType::NamedPipe,
        () if kind.is_socket() => FileType::Socket,
        () if kind.is_char_device() => FileType::CharDevice,
        () if kind.is_block_device() => FileType::BlockDevice,
        () => FileType::RegularFile,
    }
}

fn errno(error: &io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_i32)
}

impl Filesystem for HostFs {
    fn lookup(&self, _request: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match self.attributes(self.path(parent).join(name)) {
            Ok(attributes) => reply.entry(&TTL, &attributes, Generation(0)),
            Err(error) => reply.error(errno(&error)),
        }
    }

    fn getattr(&self, _: &Request, inode: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.attributes(self.path(inode)) {
            Ok(attributes) => reply.attr(&TTL, &attributes),
            Err(error) => reply.error(errno(&error)),
        }
    }

    fn readlink(&self, _request: &Request, inode: INodeNo, reply: ReplyData) {
        match self.path(inode).read_link() {
            Ok(target) => reply.data(target.as_os_str().as_bytes()),
            Err(error) => reply.error(errno(&error)),
        }
    }

    fn read(
        &self,
        _request: &Request,
        inode: INodeNo,
        _handle: FileHandle,
        offset: u64,
        size: u32,
        _flags: OpenFlags,
        _lock: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let mut buffer = vec![0; size as usize];
        let read = File::open(self.path(inode)).and_then(|file| {
            let mut filled = 0;
            loop {
                match file.read_at(&mut buffer[filled..], offset + filled as u64)? {
                    0 => return Ok(filled),
                    more => filled += more,
                }
            }
        });
        match read {
            Ok(read) => reply.data(&buffer[..read]),
            Err(error) => reply.error(errno(&error)),
        }
    }

    fn readdir(
        &self,
        _request: &Request,
        inode: INodeNo,
        _handle: FileHandle,
        offset: u64,
        mut reply: ReplyDirectory,
    ) {
        let path = self.path(inode);
        let mut entries: Vec<(OsString, FileType)> =
            vec![(".".into(), FileType::Directory), ("..".into(), FileType::Directory)];
        for entry in path.read_dir().into_iter().flatten().flatten() {
            if let Ok(metadata) = entry.metadata() {
                entries.push((entry.file_name(), kind(&metadata)));
            }
        }
        entries.sort_by(|left, right| left.0.cmp(&right.0));
        let start = usize::try_from(offset).expect("64 bits");
        for (index, (name, kind)) in entries.into_iter().enumerate().skip(start) {
            let number = self.inodes.lock().expect("sound").number(path.join(&name));
            if reply.add(INodeNo(number), index as u64 + 1, kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn getxattr(&self, _: &Request, _: INodeNo, _: &OsStr, _: u32, reply: ReplyXattr) {
        reply.error(Errno::ENOSYS);
    }
}
