//! Ends what still runs over a directory: for the tier without namespaces, whose helper may be killed before it could.

use std::path::Path;

use rustix::process::{Pid, PidfdFlags, Signal};

use crate::{process::Status, sys};

/// Rounds after which what goes on starting processes is left alone.
const ROUNDS: usize = 100;

/// Kills every process whose root directory is `directory` or below it, until there is none. Does nothing for ordinary
/// users, whose processes cannot have such a root without namespaces.
///
/// In namespaces a root shows as `/` from here, so no process in one is meant.
pub fn kill_rooted_below(directory: &Path) {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    for _ in 0..ROUNDS {
        let killed = processes().filter(|pid| kill_if_rooted(*pid, directory)).count();
        if killed == 0 {
            return;
        }
        std::thread::yield_now();
    }
    tracing::error!(?directory, "processes go on starting others");
}

fn processes() -> impl Iterator<Item = i32> {
    let entries = fs_err::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// Whether the process was such a one, and is told to end. The descriptor keeps its number from meaning another process.
fn kill_if_rooted(pid: i32, directory: &Path) -> bool {
    let Some(process) = Pid::from_raw(pid) else { return false };
    let Ok(fd) = rustix::process::pidfd_open(process, PidfdFlags::empty()) else { return false };
    let Ok(text) = fs_err::read_to_string(format!("/proc/{pid}/status")) else { return false };
    let Some(status) = Status::parse(&text).filter(|status| !status.is_zombie) else {
        return false;
    };
    // A process of another user shows its root to that user only, unless one may trace everybody.
    let link = format!("/proc/{pid}/root");
    let root = fs_err::read_link(&link).or_else(|_refused| {
        sys::process::set_fs_ids(status.uid, status.gid);
        let root = fs_err::read_link(&link);
        sys::process::set_fs_ids(0, 0);
        root
    });
    root.is_ok_and(|root| root.starts_with(directory))
        && rustix::process::pidfd_send_signal(&fd, Signal::KILL).is_ok()
}
