//! Reads what a held system call points to: paths in the caller's memory, its directories.
//!
//! Reading another process needs the right to trace it. In a user namespace its creator has it; a plain container's root
//! lacks it for processes of other users, and borrows their file system ids, on the supervisor's thread alone.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use crate::{process::Status, sys};

/// `PATH_MAX` of the kernel, with the terminator.
const MAX_PATH: usize = 4096;

/// Smallest page size; reads are split at its multiples, because the next page may not exist.
const PAGE: u64 = 4096;

/// First part of a page that is read: most paths end in it.
const FIRST_READ: usize = 256;

/// Size of `struct sockaddr_un`.
const MAX_ADDRESS: u64 = 110;

/// A thread that waits in a held system call.
#[derive(Debug)]
pub(crate) struct Caller<'a> {
    pid: i32,
    /// Prefix of its directories as the host sees them.
    root: Option<&'a Path>,
}

impl<'a> Caller<'a> {
    pub(crate) fn new(pid: i32, root: Option<&'a Path>) -> Self {
        Self { pid, root }
    }

    /// The NUL-terminated path at an address.
    pub(crate) fn read_path(&self, address: u64) -> Option<Vec<u8>> {
        let mut path = Vec::new();
        while path.len() < MAX_PATH {
            let at = address.checked_add(path.len() as u64)?;
            let to_page_end = usize::try_from(PAGE - at % PAGE).ok()?;
            let wanted = if path.is_empty() { to_page_end.min(FIRST_READ) } else { to_page_end };
            let mut part = vec![0; wanted];
            let read = self.read(at, &mut part)?;
            part.truncate(read);
            if let Some(end) = part.iter().position(|byte| *byte == 0) {
                path.extend_from_slice(part.get(..end)?);
                return Some(path);
            }
            if read == 0 {
                return None;
            }
            path.append(&mut part);
        }
        None
    }

    /// The path in a `struct sockaddr_un`; `None` for other families and for abstract and unnamed sockets.
    pub(crate) fn read_unix_address(&self, address: u64, length: u64) -> Option<Vec<u8>> {
        let mut raw = vec![0; usize::try_from(length.min(MAX_ADDRESS)).ok()?];
        let read = self.read(address, &mut raw)?;
        raw.truncate(read);
        let (family, path) = raw.split_first_chunk::<2>()?;
        if i32::from(u16::from_ne_bytes(*family)) != libc::AF_UNIX {
            return None;
        }
        let path = path.split(|byte| *byte == 0).next()?;
        (!path.is_empty()).then(|| path.to_vec())
    }

    /// The port in a `struct sockaddr_in` or `sockaddr_in6`, which have it at the same place; `None` for other families
    /// and for the port that the system chooses.
    pub(crate) fn read_port(&self, address: u64, length: u64) -> Option<u16> {
        let mut raw = [0; 4];
        if length < raw.len() as u64 || self.read(address, &mut raw)? != raw.len() {
            return None;
        }
        let [family_low, family_high, high, low] = raw;
        let family = i32::from(u16::from_ne_bytes([family_low, family_high]));
        let port = u16::from_be_bytes([high, low]);
        (matches!(family, libc::AF_INET | libc::AF_INET6) && port != 0).then_some(port)
    }

    /// A 64-bit value at an address.
    pub(crate) fn read_u64(&self, address: u64) -> Option<u64> {
        let mut raw = [0; 8];
        (self.read(address, &mut raw)? == raw.len()).then(|| u64::from_ne_bytes(raw))
    }

    /// The directory that a descriptor (or `AT_FDCWD`) stands for, as the workload sees it.
    pub(crate) fn directory(&self, fd: i32) -> Option<PathBuf> {
        let link = if fd == libc::AT_FDCWD {
            format!("/proc/{}/cwd", self.pid)
        } else {
            format!("/proc/{}/fd/{fd}", self.pid)
        };
        let path = fs_err::read_link(&link)
            .or_else(|_refused| self.as_its_user(|| fs_err::read_link(&link)))
            .ok()?;
        if !path.is_absolute() {
            // `socket:[7]` and the like.
            return None;
        }
        match self.root {
            Some(root) => Some(Path::new("/").join(path.strip_prefix(root).ok()?)),
            None => Some(path),
        }
    }

    fn read(&self, address: u64, buffer: &mut [u8]) -> Option<usize> {
        if let Ok(read) = sys::memory::read_process(self.pid, address, buffer) {
            return Some(read);
        }
        // Docker's default seccomp profile refuses the call above, but not the file.
        let path = format!("/proc/{}/mem", self.pid);
        let memory = File::open(&path).or_else(|_refused| self.as_its_user(|| File::open(&path)));
        memory.ok()?.read_at(buffer, address).ok()
    }

    /// Does something with the file system ids of the caller's user.
    fn as_its_user<T>(&self, action: impl FnOnce() -> std::io::Result<T>) -> std::io::Result<T> {
        let status = fs_err::read(format!("/proc/{}/status", self.pid))?;
        let status = Status::parse(&String::from_utf8_lossy(&status))
            .ok_or(std::io::ErrorKind::InvalidData)?;
        let own_uid = rustix::process::geteuid().as_raw();
        let own_gid = rustix::process::getegid().as_raw();
        sys::process::set_fs_ids(status.uid, status.gid);
        let result = action();
        sys::process::set_fs_ids(own_uid, own_gid);
        result
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    fn own_pid() -> i32 {
        std::process::id().cast_signed()
    }

    #[test]
    fn reads_paths_across_pages() {
        let caller = Caller::new(own_pid(), None);
        for length in [0, 1, 255, 256, 257, 4000] {
            // Long enough that it crosses a page boundary wherever it is.
            let mut text = vec![b'x'; length];
            text.push(0);
            let address = text.as_ptr().addr() as u64;
            assert_eq!(caller.read_path(address).expect("readable"), text[..length], "{length}");
        }
        assert_eq!(caller.read_path(0), None);
        assert_eq!(caller.read_path(u64::MAX - 1), None);
        let endless = vec![b'x'; 3 * MAX_PATH];
        assert_eq!(caller.read_path(endless.as_ptr().addr() as u64), None);
    }

    #[test]
    fn reads_unix_addresses() {
        let caller = Caller::new(own_pid(), None);
        let family = |family: i32| u16::try_from(family).expect("small").to_ne_bytes().to_vec();
        for (family, path, expected) in [
            (family(libc::AF_UNIX), &b"/run/a.sock\0junk"[..], Some(&b"/run/a.sock"[..])),
            (family(libc::AF_UNIX), b"/no/end", Some(b"/no/end")),
            (family(libc::AF_UNIX), b"\0abstract", None),
            (family(libc::AF_UNIX), b"", None),
            (family(libc::AF_INET), b"/run/a.sock", None),
        ] {
            let raw = [family, path.to_vec()].concat();
            let address = raw.as_ptr().addr() as u64;
            let found = caller.read_unix_address(address, raw.len() as u64);
            assert_eq!(found.as_deref(), expected, "{path:?}");
        }
    }

    #[test]
    fn reads_ports() {
        let caller = Caller::new(own_pid(), None);
        for (family, port, expected) in [
            (libc::AF_INET, [0x1f, 0x90], Some(8080)),
            (libc::AF_INET6, [0, 80], Some(80)),
            (libc::AF_INET, [0, 0], None),
            (libc::AF_UNIX, [0, 80], None),
        ] {
            let family = u16::try_from(family).expect("small").to_ne_bytes();
            let raw = [family[0], family[1], port[0], port[1], 0, 0, 0, 0];
            let address = raw.as_ptr().addr() as u64;
            assert_eq!(caller.read_port(address, 8), expected, "{raw:?}");
            assert_eq!(caller.read_port(address, 2), None);
        }
    }

    #[test]
    fn resolves_directories_below_the_root() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let open = File::open(directory.path()).expect("open");
        let fd = std::os::fd::AsRawFd::as_raw_fd(&open);
        let caller = Caller::new(own_pid(), None);
        assert_eq!(caller.directory(fd).expect("directory"), directory.path());
        let parent = directory.path().parent().expect("has one");
        let inside = Caller::new(own_pid(), Some(parent)).directory(fd).expect("below the root");
        assert_eq!(inside, Path::new("/").join(directory.path().file_name().expect("named")));
        assert_eq!(Caller::new(own_pid(), Some(Path::new("/nowhere"))).directory(fd), None);
        assert!(inside.as_os_str().as_bytes().starts_with(b"/"));
    }
}
