//! Answers a FUSE connection from a tree, read-only, and tells the recorder what was asked.
//!
//! Every answer has an endless time-out, negative ones included, so that the kernel asks about each name once (the image
//! does not change while it runs). `OPEN` and `OPENDIR` are refused with ENOSYS: the kernel then opens by itself, keeps
//! its page cache and sends `READ` only for pages it lacks; a read page is the evidence. There is no `READDIRPLUS`: it
//! would mark the siblings of what a program wanted as looked up. `GETXATTR` is refused for the whole mount when the
//! image has no attribute at all, because overlayfs asks on every look-up.

use std::{
    ffi::OsStr,
    io,
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use fuser::{
    AccessFlags, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, Generation, INodeNo,
    InitFlags, KernelConfig, LockOwner, OpenFlags, ReplyAttr, ReplyData, ReplyDirectory,
    ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyXattr, Request, Session, SessionACL,
};
use jettison_rootfs::{Inode, InodeId, Kind, PathId, Tree, evidence::Touches};
use thiserror::Error;

use crate::{Recorder, View};

/// As good as endless: the kernel clamps it.
const FOREVER: Duration = Duration::from_secs(1 << 31);
/// Read-ahead and largest read the kernel is asked for. Larger gains nothing (measured on node and Java start-up).
const READ_SIZE: u32 = 1 << 20;
/// Requests the kernel may have in the background, read-ahead mostly. Its default of 12 starves parallel start-up.
const BACKGROUND: u16 = 64;
/// Attributes that steer overlayfs itself. An image must not steer the overlay it is run in.
const OVERLAY_XATTRS: [&[u8]; 2] = [b"user.overlay.", b"trusted.overlay."];

/// Why a tree could not be served.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The kernel's FUSE handshake failed.
    #[error("cannot answer the kernel's FUSE connection: {0}")]
    Handshake(#[source] io::Error),
    /// The serving threads could not be started.
    #[error("cannot start the threads that serve the file system: {0}")]
    Threads(#[source] io::Error),
}

/// How a tree is served.
#[derive(Clone, Copy, Debug)]
pub struct ServerOptions {
    /// Owner and group that every file is shown with, where only one id exists in the container.
    pub owners: Option<(u32, u32)>,
    /// Threads that answer. Two keep up with two busy processors.
    pub threads: usize,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self { owners: None, threads: 2 }
    }
}

/// A tree being served. Ends when the mount is gone; dropping it does not end it.
#[derive(Debug)]
pub struct Server {
    thread: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Serves `view` of `tree` on a mounted FUSE connection until it is unmounted.
    ///
    /// Blocks until the kernel's first request, which the mount itself sends.
    pub fn start(
        connection: OwnedFd,
        tree: Arc<Tree>,
        view: View,
        recorder: Arc<Recorder>,
        options: ServerOptions,
    ) -> Result<Self, ServeError> {
        let files = TreeFiles { owner: options.owners, tree, view, recorder };
        let mut config = Config::default();
        config.n_threads = Some(options.threads.max(1));
        let session = Session::from_fd(files, connection, SessionACL::All, config)
            .map_err(ServeError::Handshake)?;
        let thread = std::thread::Builder::new()
            .name("fuse".to_owned())
            .spawn(move || session.run())
            .map_err(ServeError::Threads)?;
        Ok(Self { thread })
    }

    /// Waits until the file system was unmounted and the last request answered.
    pub fn join(self) {
        // A connection that ends with an error was torn down with its sandbox, which is how each of them ends.
        drop(self.thread.join());
    }
}

/// The file system as the kernel asks for it. Its node numbers are inode ids plus one: FUSE's root is 1.
struct TreeFiles {
    tree: Arc<Tree>,
    view: View,
    recorder: Arc<Recorder>,
    owner: Option<(u32, u32)>,
}

impl TreeFiles {
    fn id(&self, node: INodeNo) -> Option<InodeId> {
        let index = usize::try_from(node.0).ok()?.checked_sub(1)?;
        (index < self.tree.inode_count()).then(|| InodeId::from_index(index))
    }

    fn node(id: InodeId) -> INodeNo {
        INodeNo(id.index() as u64 + 1)
    }

    /// The one name of a directory: directories have no hard links.
    fn directory(&self, node: INodeNo) -> Option<PathId> {
        let id = self.id(node)?;
        let is_directory = self.tree.inode_by_id(id).kind == Kind::Directory;
        self.tree.names(id).first().copied().filter(|_| is_directory)
    }

    fn attributes(&self, id: InodeId) -> FileAttr {
        let inode = self.tree.inode_by_id(id);
        let time = system_time(inode);
        let (uid, gid) = self.owner.unwrap_or((inode.uid, inode.gid));
        FileAttr {
            ino: Self::node(id),
            size: inode.size,
            blocks: inode.size.div_ceil(512),
            atime: time,
            mtime: time,
            ctime: time,
            crtime: time,
            kind: file_type(inode.kind),
            perm: u16::try_from(inode.mode & 0o7777).expect("twelve bits fit"),
            nlink: inode.nlink,
            uid,
            gid,
            rdev: inode.rdev,
            blksize: 4096,
            flags: 0,
        }
    }

    fn has_served_xattr(&self) -> bool {
        self.tree.has_xattrs()
    }
}

fn is_served(name: &[u8]) -> bool {
    !OVERLAY_XATTRS.iter().any(|prefix| name.starts_with(prefix))
}

fn system_time(inode: &Inode) -> SystemTime {
    let seconds = Duration::from_secs(inode.mtime.seconds.unsigned_abs());
    let whole = if inode.mtime.seconds < 0 {
        UNIX_EPOCH.checked_sub(seconds)
    } else {
        UNIX_EPOCH.checked_add(seconds)
    };
    whole
        .and_then(|time| time.checked_add(Duration::from_nanos(inode.mtime.nanos.into())))
        .unwrap_or(UNIX_EPOCH)
}

const fn file_type(kind: Kind) -> FileType {
    match kind {
        Kind::File => FileType::RegularFile,
        Kind::Directory => FileType::Directory,
        Kind::Symlink => FileType::Symlink,
        Kind::CharDevice => FileType::CharDevice,
        Kind::BlockDevice => FileType::BlockDevice,
        Kind::Fifo => FileType::NamedPipe,
    }
}

impl Filesystem for TreeFiles {
    fn init(&mut self, _request: &Request, config: &mut KernelConfig) -> io::Result<()> {
        // Each is an offer: a kernel that lacks one works without it.
        for wish in [
            InitFlags::FUSE_CACHE_SYMLINKS,
            InitFlags::FUSE_PARALLEL_DIROPS,
            InitFlags::FUSE_NO_OPEN_SUPPORT,
            InitFlags::FUSE_NO_OPENDIR_SUPPORT,
        ] {
            config.add_capabilities(wish).ok();
        }
        config.set_max_readahead(READ_SIZE).ok();
        config.set_max_write(READ_SIZE).ok();
        config.set_max_background(BACKGROUND).ok();
        Ok(())
    }

    fn lookup(&self, request: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let Some(directory) = self.directory(parent) else { return reply.error(Errno::ENOTDIR) };
        let child = self.tree.child(directory, name.as_bytes());
        if let Some(path) = child {
            self.recorder.note_name(path, Touches::LOOKED_UP, request.pid());
            if self.view.answers(path) {
                return reply.entry(
                    &FOREVER,
                    &self.attributes(self.tree.inode_id(path)),
                    Generation(0),
                );
            }
        } else {
            self.recorder.note_missing(directory, name.as_bytes());
        }
        // Node 0 with a time-out is FUSE's cacheable "does not exist".
        let nothing =
            FileAttr { ino: INodeNo(0), ..self.attributes(self.tree.inode_id(directory)) };
        reply.entry(&FOREVER, &nothing, Generation(0));
    }

    fn getattr(
        &self,
        _request: &Request,
        node: INodeNo,
        _handle: Option<FileHandle>,
        reply: ReplyAttr,
    ) {
        match self.id(node) {
            Some(id) => reply.attr(&FOREVER, &self.attributes(id)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn readlink(&self, request: &Request, node: INodeNo, reply: ReplyData) {
        let Some(id) = self.id(node) else { return reply.error(Errno::ENOENT) };
        match &self.tree.inode_by_id(id).target {
            Some(target) => {
                self.recorder.note_file(id, Touches::FOLLOWED, request.pid());
                reply.data(target);
            }
            None => reply.error(Errno::EINVAL),
        }
    }

    fn open(&self, _request: &Request, _node: INodeNo, _flags: OpenFlags, reply: ReplyOpen) {
        reply.error(Errno::ENOSYS);
    }

    fn opendir(&self, _request: &Request, _node: INodeNo, _flags: OpenFlags, reply: ReplyOpen) {
        reply.error(Errno::ENOSYS);
    }

    fn read(
        &self,
        request: &Request,
        node: INodeNo,
        _handle: FileHandle,
        offset: u64,
        size: u32,
        _flags: OpenFlags,
        _owner: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let Some(id) = self.id(node) else { return reply.error(Errno::ENOENT) };
        self.recorder.note_file(id, Touches::READ, request.pid());
        let left = self.tree.inode_by_id(id).size.saturating_sub(offset);
        let wanted =
            usize::try_from(left.min(size.into())).expect("at most what the kernel asked for");
        let mut bytes = vec![0; wanted];
        let mut filled = 0;
        while filled < wanted {
            match self.tree.read(id, offset + filled as u64, &mut bytes[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) => {
                    tracing::warn!(path = ?self.tree.names(id).first(), %error, "a layer's bytes cannot be read");
                    return reply.error(Errno::EIO);
                }
            }
        }
        reply.data(&bytes[..filled]);
    }

    fn readdir(
        &self,
        request: &Request,
        node: INodeNo,
        _handle: FileHandle,
        offset: u64,
        mut reply: ReplyDirectory,
    ) {
        let Some(directory) = self.directory(node) else { return reply.error(Errno::ENOTDIR) };
        let tree = &self.tree;
        self.recorder.note_file(tree.inode_id(directory), Touches::LISTED, request.pid());
        let parent = tree.inode_id(tree.parent(directory));
        let dots = [
            (node, FileType::Directory, &b"."[..]),
            (Self::node(parent), FileType::Directory, b".."),
        ];
        let children = tree
            .children(directory)
            .filter(|&child| self.view.lists(directory, child))
            .map(|child| {
                let id = tree.inode_id(child);
                (Self::node(id), file_type(tree.inode_by_id(id).kind), tree.name(child))
            });
        let skip = usize::try_from(offset).unwrap_or(usize::MAX);
        for (position, (node, kind, name)) in
            dots.into_iter().chain(children).enumerate().skip(skip)
        {
            if reply.add(node, position as u64 + 1, kind, OsStr::from_bytes(name)) {
                break;
            }
        }
        reply.ok();
    }

    fn getxattr(
        &self,
        request: &Request,
        node: INodeNo,
        name: &OsStr,
        size: u32,
        reply: ReplyXattr,
    ) {
        if !self.has_served_xattr() {
            return reply.error(Errno::ENOSYS);
        }
        let Some(id) = self.id(node) else { return reply.error(Errno::ENOENT) };
        let name = name.as_bytes();
        match self.tree.inode_by_id(id).xattrs.get(name).filter(|_| is_served(name)) {
            None => reply.error(Errno::NO_XATTR),
            Some(value) => {
                self.recorder.note_file(id, Touches::XATTR, request.pid());
                reply_sized(value, size, reply);
            }
        }
    }

    fn listxattr(&self, _request: &Request, node: INodeNo, size: u32, reply: ReplyXattr) {
        let Some(id) = self.id(node) else { return reply.error(Errno::ENOENT) };
        let mut names = Vec::new();
        for (name, _) in self.tree.inode_by_id(id).xattrs.iter().filter(|(name, _)| is_served(name))
        {
            names.extend_from_slice(name);
            names.push(0);
        }
        reply_sized(&names, size, reply);
    }

    fn statfs(&self, _request: &Request, _node: INodeNo, reply: ReplyStatfs) {
        // A plausible disk, half full: some programs refuse to start on one without free blocks.
        let (blocks, free, inodes) = (1 << 24, 1 << 23, 1 << 22);
        reply.statfs(blocks, free, free, inodes, inodes / 2, 4096, 255, 4096);
    }

    fn access(&self, _request: &Request, _node: INodeNo, _mask: AccessFlags, reply: ReplyEmpty) {
        reply.error(Errno::ENOSYS);
    }

    fn flush(
        &self,
        _request: &Request,
        _node: INodeNo,
        _handle: FileHandle,
        _owner: LockOwner,
        reply: ReplyEmpty,
    ) {
        reply.error(Errno::ENOSYS);
    }
}

/// Answers an attribute question in its two steps: the size first, then the bytes if they fit.
fn reply_sized(value: &[u8], size: u32, reply: ReplyXattr) {
    let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
    if size == 0 {
        reply.size(length);
    } else if size < length {
        reply.error(Errno::ERANGE);
    } else {
        reply.data(value);
    }
}
