//! What is seen of a workload: files written, processes, system calls.

use std::path::Path;

use jettison_sandbox::{SyscallWatch, WrittenKind, hot_syscalls};

use crate::rig::{LONG, exec, finish, running, shell};

#[test]
fn privileged_lists_what_was_written() {
    let script = "mkdir -p /new/dir && echo 12345 > /new/dir/file && echo x >> /etc/passwd && chmod 600 /etc/group && \
                  rm /etc/shadow && rm -rf /etc/skel && mkdir /etc/skel && ln -s x /new/link && : > /new/empty && cat /etc/hosts > /dev/null";
    let sandbox = running(shell(script));
    assert_eq!(finish(&sandbox), (0, String::new(), String::new()));
    let written = sandbox.written().expect("walk");
    let found: Vec<_> = written
        .iter()
        .map(|entry| (entry.path.to_str().expect("UTF-8"), entry.kind, entry.is_directory))
        .collect();
    let created = WrittenKind::Created;
    assert_eq!(
        found,
        [
            ("/etc/group", WrittenKind::Modified, false),
            ("/etc/passwd", WrittenKind::Modified, false),
            ("/etc/shadow", WrittenKind::Deleted, false),
            ("/etc/skel", created, true),
            ("/new", created, true),
            ("/new/dir", created, true),
            ("/new/dir/file", created, false),
            ("/new/empty", created, false),
            ("/new/link", created, false),
        ]
    );
    let file = written.iter().find(|entry| entry.path == Path::new("/new/dir/file"));
    assert_eq!(file.expect("listed").size, 6);
}

#[test]
fn privileged_writes_to_a_scratch_directory_and_empties_it() {
    // Not on tmpfs, which would prove nothing; the build directory is on disk.
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("temporary directory");
    let mut spec = shell(
        "mkdir -p /new/dir && echo 1 > /new/dir/file && rm -rf /etc/skel && df /new/dir > /dev/null",
    );
    spec.scratch = Some(scratch.path().to_owned());
    let sandbox = running(spec);
    assert_eq!(finish(&sandbox), (0, String::new(), String::new()));
    assert_eq!(sandbox.written().expect("walk").len(), 4);
    assert!(fs_err::exists(scratch.path().join("data/new/dir/file")).expect("on disk"));
    drop(sandbox);
    assert_eq!(fs_err::read_dir(scratch.path()).expect("read").count(), 0);
}

#[test]
fn privileged_mount_points_are_not_the_workloads() {
    let mut spec = shell("true");
    spec.cwd = Path::new("/made").to_owned();
    let sandbox = running(spec);
    finish(&sandbox);
    assert_eq!(sandbox.written().expect("walk"), []);
}

#[test]
fn privileged_lists_processes_by_their_inner_pids() {
    let sandbox = running(shell("setpriv --reuid 33 sleep 1000 & echo ready; wait"));
    super::workload::await_output(&sandbox, "ready\n");
    let mut spec = exec("exec cat");
    spec.argv = vec!["cat".into(), "/dev/zero".into()];
    let exec = sandbox.exec(&spec).expect("starts");
    // Each file of /proc is read at a moment of its own, while the process is still becoming what it is to be.
    let sleeps = |process: &jettison_sandbox::Process| {
        process.argv == ["sleep", "1000"] && process.uid == 33
    };
    let deadline = std::time::Instant::now() + LONG;
    let processes = loop {
        let processes = sandbox.processes().expect("list");
        if processes.iter().any(sleeps) {
            break processes;
        }
        assert!(std::time::Instant::now() < deadline, "{processes:?}");
    };
    let pids: Vec<u32> = processes.iter().map(|process| process.pid).collect();
    assert_eq!(pids[0], 1);
    assert_eq!(pids.len(), 3, "{processes:?}");
    let sleep = processes.iter().find(|process| sleeps(process)).expect("runs");
    assert_eq!((sleep.ppid, sleep.threads), (1, 1));
    assert!(sleep.exe.to_string_lossy().ends_with("/sleep"), "{sleep:?}");
    exec.kill().expect("kill");
}

#[test]
fn privileged_counts_cold_system_calls() {
    let sandbox = running(shell("mkdir /a /b /c; chmod 700 /a"));
    finish(&sandbox);
    let counts = sandbox.syscalls();
    assert_eq!(counts.get("mkdir").or(counts.get("mkdirat")), Some(&3), "{counts:?}");
    assert!(counts.contains_key("fchmodat") || counts.contains_key("chmod"), "{counts:?}");
    assert!(hot_syscalls().iter().all(|hot| !counts.contains_key(*hot)), "{counts:?}");
    // What the sandbox itself does before the program starts does not count.
    for own in ["capset", "setresuid", "setgroups", "prctl", "seccomp"] {
        assert!(!counts.contains_key(own), "{own}");
    }
    let mut unwatched = shell("mkdir /a");
    unwatched.syscalls = SyscallWatch::Off;
    let sandbox = running(unwatched);
    finish(&sandbox);
    assert!(sandbox.syscalls().is_empty());
}
