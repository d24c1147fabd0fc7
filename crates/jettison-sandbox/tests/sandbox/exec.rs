//! Further programs in a running sandbox.

use std::{path::PathBuf, time::Duration};

use jettison_sandbox::{Error, ExitStatus, UserIds};

use crate::rig::{LONG, exec, host_root, running, shell, start, words};

#[test]
fn privileged_runs_in_the_same_namespaces() {
    let sandbox = running(shell("echo mine > /tmp/mine; echo ready; exec sleep 1000"));
    super::workload::await_output(&sandbox, "ready\n");
    let output = sandbox
        .exec(&exec("cat /tmp/mine; tr '\\0' ' ' < /proc/1/cmdline; echo oops >&2; exit 4"))
        .expect("starts")
        .wait(Some(LONG))
        .expect("ends");
    assert_eq!(output.status, ExitStatus::Exited(4));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "mine\nsleep 1000 ");
    assert_eq!(output.stderr, b"oops\n");
}

#[test]
fn privileged_has_its_own_user_directory_environment_and_input() {
    let sandbox = running(shell("exec sleep 1000"));
    let mut spec = exec("id -u; id -G; pwd; echo $X; cat");
    spec.user = UserIds { uid: 12, gid: 13, groups: vec![13, 14] };
    spec.cwd = PathBuf::from("/usr");
    spec.env.extend(words(&["X=y"]));
    spec.stdin = vec![b'z'; 200_000];
    let output = sandbox.exec(&spec).expect("starts").wait(Some(LONG)).expect("ends");
    let (text, input) = output.stdout.split_at(output.stdout.len() - 200_000);
    assert_eq!(String::from_utf8_lossy(text), "12\n13 14\n/usr\ny\n");
    assert!(input.iter().all(|byte| *byte == b'z'));
}

#[test]
fn privileged_many_at_once() {
    let sandbox = running(shell("exec sleep 1000"));
    std::thread::scope(|scope| {
        for number in 0..8 {
            let sandbox = &sandbox;
            scope.spawn(move || {
                for round in 0..5 {
                    let script = format!("echo {number} {round}; rmdir /nothing 2>/dev/null");
                    let output = sandbox.exec(&exec(&script)).expect("starts").wait(Some(LONG));
                    let expected = format!("{number} {round}\n");
                    assert_eq!(output.expect("ends").stdout, expected.as_bytes());
                }
            });
        }
    });
    let counts = sandbox.syscalls();
    assert_eq!(counts.get("rmdir").or(counts.get("unlinkat")).copied(), Some(40), "{counts:?}");
}

#[test]
fn privileged_says_why_it_cannot_start() {
    let sandbox = running(shell("exec sleep 1000"));
    let mut spec = exec("");
    spec.argv = words(&["no-such-tool"]);
    match sandbox.exec(&spec) {
        Err(Error::Exec(failure)) => assert_eq!(failure.docker_status(), 127),
        other => panic!("{other:?}"),
    }
    spec.argv = words(&["true"]);
    spec.cwd = PathBuf::from("/no/such/directory");
    match sandbox.exec(&spec) {
        Err(Error::Setup(failure)) => {
            assert!(failure.to_string().contains("/no/such/directory"), "{failure}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn privileged_can_be_killed_and_ends_with_the_workload() {
    let sandbox = running(shell("exec sleep 1000"));
    let killed = sandbox.exec(&exec("exec sleep 1000")).expect("starts");
    assert_eq!(killed.wait(Some(Duration::from_millis(20))), None);
    killed.kill().expect("kill");
    assert_eq!(killed.wait(Some(LONG)).expect("ends").status, ExitStatus::Signaled(9));
    let other = sandbox.exec(&exec("exec sleep 1000")).expect("starts");
    sandbox.stop(Duration::ZERO).expect("stops");
    assert_eq!(other.wait(Some(LONG)).expect("ends").status, ExitStatus::Signaled(9));
    // What is asked for afterwards fails, and quickly.
    assert!(sandbox.exec(&exec("true")).is_err());
}

#[test]
fn privileged_works_before_the_release() {
    let sandbox = start(shell("exec sleep 1000"), host_root());
    let output = sandbox.exec(&exec("echo early")).expect("starts").wait(Some(LONG)).expect("ends");
    assert_eq!(output.stdout, b"early\n");
}
