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
    /// Signals that it has a handler for or waits for (blocked, as for sigwait(3)): bit 0 is signal 1.
    pub heeds: u64,
    /// Processor time that it and those of its children that have ended have used, in clock ticks (1/100 s).
    pub cpu_ticks: u64,
}

impl Process {
    /// Whether the signal reaches the process. The first process of a pid namespace gets no signal that it has not
    /// asked for (pid_namespaces(7)): to wait for its answer is to wait in vain.
    pub fn is_deaf_to(&self, signal: i32) -> bool {
        let bit = u32::try_from(signal - 1).ok().and_then(|bit| 1_u64.checked_shl(bit));
        self.pid == 1 && bit.is_some_and(|bit| self.heeds & bit == 0)
    }
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
    /// Signals that it caught or blocked, see [`Process::heeds`].
    pub(crate) heeds: u64,
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
            heeds: mask(field("SigCgt")?)? | mask(field("SigBlk")?)?,
        })
    }
}

/// Processor time out of the text of `/proc/PID/stat` (proc_pid_stat(5)): utime, stime, cutime and cstime.
pub(crate) fn cpu_ticks(text: &str) -> Option<u64> {
    // The name in parentheses may hold anything, also parentheses.
    let (_, fields) = text.rsplit_once(')')?;
    let times = fields.split_ascii_whitespace().skip(11).take(4);
    // Times of children can be negative in the kernel's text, for none that exist.
    Some(times.filter_map(|time| time.parse::<u64>().ok()).sum())
}

/// A signal set: 64 bits in hexadecimal.
fn mask(text: &str) -> Option<u64> {
    u64::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_status() {
        let text = "Name:\tnginx\nState:\tS (sleeping)\nPid:\t900\nPPid:\t880\nUid:\t0\t33\t0\t0\nGid:\t0\t34\t0\t0\nNSpid:\t900\t7\nThreads:\t3\nSigBlk:\t0000000000000200\nSigCgt:\t0000000000004000\n";
        let expected = Status {
            ppid: 880,
            uid: 33,
            gid: 34,
            threads: 3,
            inner_pid: 7,
            is_zombie: false,
            heeds: 0x4200,
        };
        assert_eq!(Status::parse(text), Some(expected));
        assert_eq!(Status::parse("Name: Uid:\n"), None);
    }

    #[test]
    fn reads_processor_time() {
        let text = "7 (a) b) S 1 7 7 0 -1 4194560 100 200 0 0 15 5 300 20 20 0 1 0 99";
        assert_eq!(cpu_ticks(text), Some(340));
        assert_eq!(cpu_ticks(""), None);
    }

    #[test]
    fn only_a_first_process_without_a_handler_is_deaf() {
        let process = |pid, heeds| Process {
            pid,
            ppid: 0,
            exe: OsString::new(),
            argv: Vec::new(),
            uid: 0,
            threads: 1,
            heeds,
            cpu_ticks: 0,
        };
        let term = 1 << 14;
        assert!(process(1, 0).is_deaf_to(15));
        assert!(!process(1, term).is_deaf_to(15));
        assert!(process(1, term).is_deaf_to(3));
        assert!(!process(2, 0).is_deaf_to(15));
    }
}
