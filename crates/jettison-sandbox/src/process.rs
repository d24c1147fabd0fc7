//! Processes of a sandbox, as `/proc` tells them.

use std::ffi::OsString;

use serde::{Deserialize, Serialize};

/// A process of a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Process {
    /// Pid as the workload sees it.
    pub pid: u32,
    /// Parent's pid as the workload sees it; 0 for the workload itself and for execs.
    pub ppid: u32,
    /// Its executable, as a path in the sandbox; empty when it may not be read.
    pub exe: OsString,
    /// Its arguments.
    pub argv: Vec<OsString>,
    /// Effective user id as the workload sees it.
    pub uid: u32,
    /// Threads.
    pub threads: u32,
}

/// The fields of `/proc/PID/status` that matter here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Status {
    /// Parent, in the pid namespace of the `/proc` that was read.
    pub(crate) ppid: i32,
    /// Effective user id, as the reader's user namespace has it.
    pub(crate) uid: u32,
    /// Effective group id.
    pub(crate) gid: u32,
    pub(crate) threads: u32,
    /// Pid in the process's own pid namespace.
    pub(crate) inner_pid: u32,
    /// Whether it has ended and waits for its parent.
    pub(crate) is_zombie: bool,
}

impl Status {
    /// Reads the kernel's text (proc_pid_status(5)); `None` when a field is missing.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let field = |name: &str| {
            text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
        };
        Some(Self {
            ppid: field("PPid")?.parse().ok()?,
            uid: field("Uid")?.split_ascii_whitespace().nth(1)?.parse().ok()?,
            gid: field("Gid")?.split_ascii_whitespace().nth(1)?.parse().ok()?,
            threads: field("Threads")?.parse().ok()?,
            inner_pid: field("NSpid")
                .or_else(|| field("Pid"))?
                .split_ascii_whitespace()
                .next_back()?
                .parse()
                .ok()?,
            is_zombie: field("State")?.starts_with(['Z', 'X']),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_status() {
        let text = "Name:\tnginx\nState:\tS (sleeping)\nPid:\t900\nPPid:\t880\nUid:\t0\t33\t0\t0\nGid:\t0\t34\t0\t0\nNSpid:\t900\t7\nThreads:\t3\n";
        let expected =
            Status { ppid: 880, uid: 33, gid: 34, threads: 3, inner_pid: 7, is_zombie: false };
        assert_eq!(Status::parse(text), Some(expected));
        assert_eq!(Status::parse("Name: Uid:\n"), None);
    }
}
