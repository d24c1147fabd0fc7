//! Looks into a sandbox: its processes, its waiting sockets, what was written.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{CStr, OsStr, OsString},
    io::{self, Read},
    os::{
        fd::{AsFd, OwnedFd},
        unix::ffi::{OsStrExt, OsStringExt},
    },
    path::{Path, PathBuf},
};

use rustix::{
    fs::{AtFlags, Dir, FileType, Mode, OFlags},
    io::Errno,
};

use super::At;
use crate::{
    failure::{Failure, Step},
    listener::{Listener, Table},
    process::{self, Process, Status},
    sys,
    written::{Written, WrittenKind},
};

/// Longest file of `/proc` that is read; a process decides how long its own arguments are.
const MAX_PROC_FILE: u64 = 4 << 20;

/// Bytes of arguments that are kept of one process.
const MAX_ARGUMENTS: usize = 64 << 10;

/// Deepest directory of the upper layer that is walked; a path of the kernel has at most 4096 bytes.
const MAX_DEPTH: usize = 2048;

/// Most paths that are listed as written.
const MAX_WRITTEN: usize = 200_000;

/// What the agent knows about its sandbox.
#[derive(Debug)]
pub(super) struct Inventory {
    /// The host's `/proc`, which shows this process and all it has started.
    proc: OwnedFd,
    /// Whether the sandbox has a network to itself.
    owns_network: bool,
    upper: Option<OwnedFd>,
    made: BTreeSet<PathBuf>,
}

impl Inventory {
    pub(super) fn new(proc: OwnedFd, owns_network: bool) -> Self {
        Self { proc, owns_network, upper: None, made: BTreeSet::new() }
    }

    /// The host's `/proc`.
    pub(super) fn proc(&self) -> &OwnedFd {
        &self.proc
    }

    pub(super) fn set_upper(&mut self, upper: Option<OwnedFd>, made: Vec<OsString>) {
        self.upper = upper;
        self.made = made.into_iter().map(PathBuf::from).collect();
    }

    /// Processes that this one has started, directly or not, by their pid in the host's `/proc`.
    fn descendants(&self) -> Result<BTreeMap<i32, Status>, Failure> {
        let mut all = BTreeMap::new();
        let directory = Dir::read_from(&self.proc).step(Step::Inventory)?;
        for entry in directory {
            let entry = entry.step(Step::Inventory)?;
            let Some(pid) = entry.file_name().to_str().ok().and_then(|name| name.parse().ok())
            else {
                continue;
            };
            // A process that has ended in the meantime is none.
            let Ok(text) = self.read(&format!("{pid}/status")) else { continue };
            if let Some(status) = Status::parse(&String::from_utf8_lossy(&text)) {
                all.insert(pid, status);
            }
        }
        let me = self.own_pid()?;
        let is_ours = |pid: i32| {
            let mut at = pid;
            // Bounded, in case the snapshot is inconsistent.
            for _ in 0..all.len() {
                match all.get(&at) {
                    Some(status) if status.ppid == me => return true,
                    Some(status) => at = status.ppid,
                    None => return false,
                }
            }
            false
        };
        let ours: BTreeSet<i32> = all.keys().copied().filter(|pid| is_ours(*pid)).collect();
        all.retain(|pid, _| ours.contains(pid));
        Ok(all)
    }

    /// This process's pid in the host's `/proc`, which may be of an outer pid namespace.
    fn own_pid(&self) -> Result<i32, Failure> {
        let name = rustix::fs::readlinkat(&self.proc, "self", Vec::new()).step(Step::Inventory)?;
        name.to_str()
            .ok()
            .and_then(|name| name.parse().ok())
            .ok_or_else(|| Failure::new(Step::Inventory, &io::ErrorKind::InvalidData.into()))
    }

    /// Kills what this process has started, directly or not, including what is started meanwhile. For the tier that has
    /// no pid namespace, whose end would do it.
    pub(super) fn kill_descendants(&self) {
        // With a `/proc` of another pid namespace, its numbers would mean other processes.
        let me = rustix::process::getpid().as_raw_nonzero().get();
        if self.own_pid().ok() != Some(me) {
            return;
        }
        let mut killed = BTreeSet::new();
        while let Ok(alive) = self.descendants() {
            let before = killed.len();
            for (pid, status) in alive {
                if !status.is_zombie && sys::process::kill(pid, libc::SIGKILL).is_ok() {
                    killed.insert(pid);
                }
            }
            if killed.len() == before {
                return;
            }
        }
    }

    /// The sandbox's living processes.
    pub(super) fn processes(&self) -> Result<Vec<Process>, Failure> {
        let all = self.descendants()?;
        let mut processes: Vec<Process> = all
            .iter()
            .filter(|(_, status)| !status.is_zombie)
            .map(|(pid, status)| self.process(*pid, status, &all))
            .collect();
        processes.sort();
        Ok(processes)
    }

    fn process(&self, pid: i32, status: &Status, all: &BTreeMap<i32, Status>) -> Process {
        let exe = rustix::fs::readlinkat(&self.proc, format!("{pid}/exe"), Vec::new());
        let mut cmdline = self.read(&format!("{pid}/cmdline")).unwrap_or_default();
        cmdline.truncate(MAX_ARGUMENTS);
        if cmdline.last() == Some(&0) {
            cmdline.pop();
        }
        let stat = self.read(&format!("{pid}/stat")).unwrap_or_default();
        Process {
            cpu_ticks: process::cpu_ticks(&String::from_utf8_lossy(&stat)).unwrap_or_default(),
            pid: status.inner_pid,
            ppid: all.get(&status.ppid).map_or(0, |parent| parent.inner_pid),
            exe: exe.map(|path| OsString::from_vec(path.into_bytes())).unwrap_or_default(),
            argv: if cmdline.is_empty() {
                Vec::new()
            } else {
                cmdline
                    .split(|byte| *byte == 0)
                    .map(|text| OsStr::from_bytes(text).to_owned())
                    .collect()
            },
            uid: status.uid,
            threads: status.threads,
            heeds: status.heeds,
        }
    }

    /// Sockets that wait in the sandbox's network, or (where that is shared) those that its processes hold.
    pub(super) fn listeners(&self) -> Result<Vec<Listener>, Failure> {
        let mut found = Vec::new();
        for (file, table) in Table::FILES {
            // A kernel without IPv6 has no such file.
            if let Ok(text) = self.read(&format!("self/net/{file}")) {
                found.extend(table.parse(&text));
            }
        }
        if !self.owns_network {
            let held = self.held_sockets()?;
            found.retain(|(_, inode)| held.contains(inode));
        }
        let sorted: BTreeSet<Listener> = found.into_iter().map(|(listener, _)| listener).collect();
        Ok(sorted.into_iter().collect())
    }

    /// Inodes of the sockets that the sandbox's processes hold.
    fn held_sockets(&self) -> Result<BTreeSet<u64>, Failure> {
        let mut inodes = BTreeSet::new();
        for (pid, status) in self.descendants()? {
            // A process of another user shows its descriptors to that user only, unless one may trace everybody.
            sys::process::set_fs_ids(status.uid, status.gid);
            let sockets = self.sockets_of(pid);
            sys::process::set_fs_ids(0, 0);
            inodes.extend(sockets.unwrap_or_default());
        }
        Ok(inodes)
    }

    fn sockets_of(&self, pid: i32) -> Result<Vec<u64>, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fds = rustix::fs::openat(&self.proc, format!("{pid}/fd"), flags, Mode::empty())?;
        let mut inodes = Vec::new();
        for entry in Dir::read_from(&fds)?.flatten() {
            let Ok(link) = rustix::fs::readlinkat(&fds, entry.file_name(), Vec::new()) else {
                continue;
            };
            let inode = link.to_str().ok().and_then(|link| {
                link.strip_prefix("socket:[")?.strip_suffix(']')?.parse::<u64>().ok()
            });
            inodes.extend(inode);
        }
        Ok(inodes)
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.proc, path, flags, Mode::empty())?;
        let mut content = Vec::new();
        std::fs::File::from(fd).take(MAX_PROC_FILE).read_to_end(&mut content)?;
        Ok(content)
    }

    /// What the overlay's upper directory holds; nothing where there is none.
    pub(super) fn written(&self) -> Result<Vec<Written>, Failure> {
        let mut written = Vec::new();
        if let Some(upper) = &self.upper {
            let walk = Walk { made: &self.made, written: &mut written };
            walk.into_upper(upper)?;
        }
        written.sort();
        Ok(written)
    }
}

/// A walk through an upper directory.
struct Walk<'a> {
    made: &'a BTreeSet<PathBuf>,
    written: &'a mut Vec<Written>,
}

impl Walk<'_> {
    fn into_upper(mut self, upper: &OwnedFd) -> Result<(), Failure> {
        self.directory(upper, Path::new("/"), 0).step(Step::Inventory)
    }

    fn directory(&mut self, fd: &OwnedFd, path: &Path, depth: usize) -> rustix::io::Result<()> {
        for entry in Dir::read_from(fd)? {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") || self.written.len() >= MAX_WRITTEN {
                continue;
            }
            let path = path.join(OsStr::from_bytes(name.to_bytes()));
            let stat = rustix::fs::statat(fd, name, AtFlags::SYMLINK_NOFOLLOW)?;
            let kind = FileType::from_raw_mode(stat.st_mode);
            let is_directory = kind.is_dir();
            let size = if kind.is_file() { stat.st_size.cast_unsigned() } else { 0 };
            // A whiteout is a character device 0:0 (kernel Documentation/filesystems/overlayfs.rst).
            let change = if kind.is_char_device() && stat.st_rdev == 0 {
                WrittenKind::Deleted
            } else if is_copied_up(fd, name, kind) {
                WrittenKind::Modified
            } else {
                WrittenKind::Created
            };
            // A directory of the image is copied up for what is in it.
            let counts = !(is_directory && change == WrittenKind::Modified);
            if counts && !self.made.contains(&path) {
                self.written.push(Written { path: path.clone(), kind: change, is_directory, size });
            }
            if is_directory && depth < MAX_DEPTH {
                let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let child = rustix::fs::openat(fd, name, flags, Mode::empty())?;
                self.directory(&child, &path, depth + 1)?;
            }
        }
        Ok(())
    }
}

/// Whether the overlay has copied a path from the image: it then notes where from, in an attribute that has no value
/// when the lower file system has no file handles.
fn is_copied_up(directory: &OwnedFd, name: &CStr, kind: FileType) -> bool {
    // Others cannot have user attributes, nor contents that could be modified.
    if !kind.is_file() && !kind.is_dir() {
        return false;
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let Ok(fd) = rustix::fs::openat(directory.as_fd(), name, flags, Mode::empty()) else {
        return false;
    };
    let mut value = [0_u8; 256];
    let has = |name: &str, value: &mut [u8]| rustix::fs::fgetxattr(&fd, name, value).is_ok();
    has("user.overlay.origin", &mut value) && !has("user.overlay.opaque", &mut value)
}
