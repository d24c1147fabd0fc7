//! Nothing is left of a sandbox, however it ends.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Instant,
};

use crate::rig::{LONG, finish, host_root, running, shell, start};

/// Set for the test that plays the killed program.
const VICTIM: &str = "JETTISON_TEST_VICTIM";

/// Processes whose command line holds this text.
pub(crate) fn processes_with(mark: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir("/proc").expect("/proc").flatten() {
        let cmdline = fs_err::read(entry.path().join("cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&cmdline).contains(mark) {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found
}

/// Mounts of sandboxes that this process sees; there must never be one.
fn mounts() -> Vec<String> {
    let all = fs_err::read_to_string("/proc/self/mountinfo").expect("mountinfo");
    all.lines()
        .filter(|line| line.contains(" - fuse.jettison ") || line.contains(" tmpfs jettison "))
        .map(str::to_owned)
        .collect()
}

/// Children of a process; those of a test program are sandbox helpers.
pub(crate) fn helpers_of(parent: u32) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir("/proc").expect("/proc").flatten() {
        let status = fs_err::read_to_string(entry.path().join("status")).unwrap_or_default();
        if status.lines().any(|line| line == format!("PPid:\t{parent}")) {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found
}

#[test]
fn privileged_dropping_ends_everything() {
    let mark = "31415.926";
    for released in [true, false] {
        let spec = shell(&format!(
            "sleep {mark} & sleep {mark} & setsid sleep {mark} & exec sleep {mark}"
        ));
        let sandbox = if released { running(spec) } else { start(spec, host_root()) };
        drop(sandbox);
        assert_eq!(processes_with(mark), Vec::<String>::new(), "released: {released}");
    }
    assert_eq!(mounts(), Vec::<String>::new());
}

#[test]
fn privileged_the_workloads_end_is_the_end_of_all() {
    let mark = "27182.818";
    let sandbox = running(shell(&format!("setsid sleep {mark} & exit 0")));
    assert_eq!(finish(&sandbox).0, 0);
    assert_eq!(sandbox.processes().expect("list"), []);
}

#[test]
fn privileged_the_helpers_death_ends_everything() {
    let mark = "17320.508";
    let sandbox = running(shell(&format!("setsid sleep {mark} & exec sleep {mark}")));
    let exec = sandbox.exec(&crate::rig::exec(&format!("exec sleep {mark}"))).expect("starts");
    let helper = helpers_of(std::process::id());
    // Other tests may run beside this one, in this process.
    let helper = helper.into_iter().find(|pid| has_descendant_with(pid, mark)).expect("lives");
    let killed = Command::new("kill").args(["-9", &helper]).status().expect("kill");
    assert!(killed.success());
    assert_eq!(sandbox.wait(Some(LONG)), Some(jettison_sandbox::ExitStatus::Signaled(9)));
    assert!(exec.wait(Some(LONG)).is_some());
    let deadline = Instant::now() + LONG;
    while !processes_with(mark).is_empty() {
        assert!(Instant::now() < deadline, "{:?} are left", processes_with(mark));
    }
}

fn has_descendant_with(parent: &str, mark: &str) -> bool {
    let children = helpers_of(parent.parse().expect("a pid"));
    children.iter().any(|child| processes_with(mark).contains(child))
}

#[test]
fn privileged_sigkill_leaves_no_process_and_no_mount() {
    let mark = "16180.339";
    let test = std::env::current_exe().expect("this program");
    let mut victim = Command::new(test)
        .args(["--exact", "remains::victim", "--ignored", "--nocapture"])
        .env(VICTIM, mark)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let output = BufReader::new(victim.stdout.take().expect("piped"));
    assert!(output.lines().map_while(Result::ok).any(|line| line == "ready"));
    let deadline = Instant::now() + LONG;
    // A process has no command line while it becomes a program.
    while processes_with(mark).len() < 3 {
        assert!(Instant::now() < deadline, "{:?}", processes_with(mark));
    }
    let helpers = helpers_of(victim.id());
    assert_eq!(helpers.len(), 1);
    victim.kill().expect("kill");
    victim.wait().expect("reaped");
    let deadline = Instant::now() + LONG;
    while !processes_with(mark).is_empty() {
        assert!(Instant::now() < deadline, "{:?} are left", processes_with(mark));
    }
    while processes_with("jettison-sandbox-init").contains(&helpers[0]) {
        assert!(Instant::now() < deadline, "the helper is left");
    }
    assert_eq!(mounts(), Vec::<String>::new());
}

#[test]
fn privileged_sigkill_while_starting_leaves_nothing() {
    let test = std::env::current_exe().expect("this program");
    let mut victim = Command::new(test)
        .args(["--exact", "remains::stuck_victim", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let output = BufReader::new(victim.stdout.take().expect("piped"));
    assert!(output.lines().map_while(Result::ok).any(|line| line == "ready"));
    let helper = helpers_of(victim.id()).pop().expect("lives");
    let workload = helpers_of(helper.parse().expect("a pid")).pop().expect("lives");
    victim.kill().expect("kill");
    victim.wait().expect("reaped");
    let deadline = Instant::now() + LONG;
    while [&helper, &workload].iter().any(|pid| {
        // An orphan that nobody reaps is none.
        let status = fs_err::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        !status.is_empty() && !status.contains("State:\tZ")
    }) {
        assert!(Instant::now() < deadline, "the helper or the workload is left");
    }
}

/// Not a test: starts a sandbox whose file system is never served.
#[test]
#[ignore = "is started by privileged_sigkill_while_starting_leaves_nothing"]
fn stuck_victim() {
    let stuck = jettison_sandbox::Root::Fuse(Box::new(|_device, _owners| {
        println!("\nready");
        loop {
            std::thread::park();
        }
    }));
    start(shell("true"), stuck);
}

/// Not a test: holds a sandbox until it is killed.
#[test]
#[ignore = "is started by privileged_sigkill_leaves_no_process_and_no_mount"]
#[expect(clippy::disallowed_methods, reason = "the only message that reaches a test program")]
fn victim() {
    let Ok(mark) = std::env::var(VICTIM) else { return };
    let sandbox = running(shell(&format!("sleep {mark} & echo ready; exec sleep {mark}")));
    super::workload::await_output(&sandbox, "ready\n");
    let _exec = sandbox.exec(&crate::rig::exec(&format!("exec sleep {mark}"))).expect("starts");
    println!("\nready");
    sandbox.wait(None);
}
