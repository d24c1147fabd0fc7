//! Names of processes at the moment at which they touch a file.
//!
//! The toucher waits for its answer meanwhile, so it lives and is what it was: no sampling, no race. Its threads count as the
//! process. A name is read anew for each first touch (a process becomes other programs by and by), out of a file that stays open,
//! which costs one system call.

use std::{
    collections::HashMap,
    fs::File,
    io::Read,
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::FileExt,
    },
    sync::{Mutex, PoisonError},
};

use jettison_rootfs::evidence::Program;
use rustix::fs::{Mode, OFlags};

/// Threads whose process is remembered; each is an open file.
const MAX_KNOWN: usize = 256;

/// A `status` file of `/proc` has some KiB.
const MAX_STATUS: u64 = 64 << 10;

/// Names processes by the numbers that FUSE tells: those of the container.
#[derive(Debug)]
pub struct ProcessNames {
    proc: OwnedFd,
    known: Mutex<HashMap<u32, Leader>>,
}

/// The process of a thread.
#[derive(Debug)]
struct Leader {
    pid: u32,
    comm: File,
}

impl ProcessNames {
    /// With the `/proc` of the container.
    pub fn new(proc: OwnedFd) -> Self {
        Self { proc, known: Mutex::default() }
    }

    /// The process of a thread, and its name.
    pub fn of(&self, thread: u32) -> Option<(u32, Program)> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(&thread).and_then(Leader::read) {
            return Some(found);
        }
        // New, or the number means another thread now.
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        let leader = self.open(thread)?;
        let found = leader.read();
        known.insert(thread, leader);
        found
    }

    fn open(&self, thread: u32) -> Option<Leader> {
        let mut status = String::new();
        let file = self.file(&format!("{thread}/status"))?;
        file.take(MAX_STATUS).read_to_string(&mut status).ok()?;
        let pid =
            status.lines().find_map(|line| line.strip_prefix("Tgid:"))?.trim().parse().ok()?;
        Some(Leader { pid, comm: self.file(&format!("{pid}/comm"))? })
    }

    fn file(&self, path: &str) -> Option<File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        rustix::fs::openat(self.proc.as_fd(), path, flags, Mode::empty()).ok().map(File::from)
    }
}

impl Leader {
    /// Nothing when it has ended.
    fn read(&self) -> Option<(u32, Program)> {
        let mut name = [0; 32];
        let length = self.comm.read_at(&mut name, 0).ok().filter(|length| *length > 0)?;
        Some((self.pid, Program::new(&name[..length])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_have_the_name_of_their_process() {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let proc = rustix::fs::open("/proc", flags, Mode::empty()).expect("there is /proc");
        let names = ProcessNames::new(proc);
        let pid = std::process::id();
        let comm = fs_err::read_to_string("/proc/self/comm").expect("readable");
        let expected = Some((pid, Program::new(comm.as_bytes())));
        let thread = std::thread::Builder::new().name("another".to_owned());
        let thread = thread.spawn(move || {
            let thread = rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned();
            assert_ne!(thread, pid);
            (names.of(thread), names.of(thread), names)
        });
        let (first, second, names) = thread.expect("it starts").join().expect("it ends");
        assert_eq!((&first, &second), (&expected, &expected));
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().expect("it starts");
        assert!(names.of(child.id()).is_some());
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
        assert_eq!(names.of(child.id()), None, "what has ended has no name");
    }
}
