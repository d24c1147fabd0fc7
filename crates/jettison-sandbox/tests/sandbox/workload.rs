//! How a workload starts, what it sees, how it ends: tier 1.

use std::{path::PathBuf, time::Duration};

use jettison_sandbox::{Error, ExitStatus, Mount, Sandbox, Stream, UserIds};

use crate::rig::{LONG, finish, helper, host_root, run, running, shell, start, words};

#[test]
fn privileged_reports_exit_codes_and_both_streams() {
    let (code, out, err) = run(shell("echo out; echo err >&2; exit 7"));
    assert_eq!((code, out.as_str(), err.as_str()), (7, "out\n", "err\n"));
}

#[test]
fn privileged_reports_the_signal_that_killed_the_workload() {
    let sandbox = running(shell("exec sleep 1000"));
    assert_eq!(sandbox.wait(Some(Duration::from_millis(1))), None);
    sandbox.signal(9).expect("signal");
    assert_eq!(sandbox.wait(Some(LONG)), Some(ExitStatus::Signaled(9)));
    assert_eq!(sandbox.status(), Some(ExitStatus::Signaled(9)));
    sandbox.signal(9).expect("a signal to an ended workload is no error");
}

#[test]
fn privileged_is_pid_1_and_waits_for_the_release() {
    let sandbox = start(shell("echo $$"), host_root());
    assert_eq!(sandbox.wait(Some(Duration::from_millis(50))), None);
    assert_eq!(sandbox.logs().stdout(), b"");
    sandbox.release().expect("release");
    assert_eq!(finish(&sandbox).1, "1\n");
}

#[test]
fn privileged_gives_the_environment_and_directory_asked_for() {
    let mut spec = shell(
        "pwd; echo $A; env | wc -l; hostname; cat /etc/hostname; cat /etc/resolv.conf; ls -d /made/volume/deep",
    );
    spec.env.extend(words(&["A=b c"]));
    spec.cwd = PathBuf::from("/made/for me");
    spec.directories = vec!["/made/volume/deep".into()];
    spec.hostname = "ship".to_owned();
    spec.resolv_conf = Some("nameserver 10.0.0.1\n".to_owned());
    let (_, out, err) = run(spec);
    // The shell adds PWD to PATH and A.
    assert_eq!(
        out, "/made/for me\nb c\n3\nship\nship\nnameserver 10.0.0.1\n/made/volume/deep\n",
        "{err}"
    );
}

#[test]
fn privileged_runs_as_the_user_asked_for() {
    let mut spec = shell(
        "id -u; id -g; id -G; touch /root/x || echo refused; echo again > /dev/stdout; grep Cap /proc/self/status",
    );
    spec.user = UserIds { uid: 33, gid: 44, groups: vec![44, 7, 9] };
    let (_, out, err) = run(spec);
    let none = "0000000000000000";
    assert_eq!(
        out,
        format!(
            "33\n44\n44 7 9\nrefused\nagain\nCapInh:\t{none}\nCapPrm:\t{none}\nCapEff:\t{none}\nCapBnd:\t00000000a80425fb\nCapAmb:\t{none}\n"
        ),
        "{err}"
    );
}

#[test]
fn privileged_root_has_dockers_capabilities_and_no_more() {
    let script = "grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status; chown 5:6 /tmp; stat -c %u:%g /tmp; \
                  mount -t tmpfs x /mnt 2>/dev/null || echo no mount; ulimit -c >/dev/null; \
                  echo 1 2>/dev/null > /proc/sys/kernel/panic || echo read-only";
    let (_, out, err) = run(shell(script));
    assert_eq!(
        out, "CapEff:\t00000000a80425fb\nNoNewPrivs:\t0\n5:6\nno mount\nread-only\n",
        "{err}"
    );
}

#[test]
fn privileged_setuid_programs_work() {
    // A copy in the sandbox, owned by its root.
    let script = "cp /usr/bin/id /usr/local/bin/my-id && chmod 4755 /usr/local/bin/my-id && \
                  exec setpriv --reuid 1000 --regid 1000 --clear-groups my-id";
    let (_, out, err) = run(shell(script));
    assert!(out.starts_with("uid=1000") && out.contains("euid=0(root)"), "{out} {err}");
}

#[test]
fn privileged_has_the_devices_of_a_container() {
    let script = "for d in null zero full random urandom tty; do test -c /dev/$d || echo no $d; done; \
                  for l in fd stdin stdout stderr ptmx; do test -L /dev/$l || echo no $l; done; \
                  echo x > /dev/null && head -c 4 /dev/urandom | wc -c; \
                  echo y > /dev/shm/y && cat /dev/shm/y; test -d /dev/pts || echo no pts; \
                  ls /proc/1/exe >/dev/null && test -d /sys/class && ls /proc/acpi 2>/dev/null | wc -l";
    let (_, out, err) = run(shell(script));
    assert_eq!(out, "4\ny\n0\n", "{err}");
}

#[test]
fn privileged_mounts_what_the_caller_gives() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    fs_err::set_permissions(directory.path(), permissions).expect("chmod");
    fs_err::write(directory.path().join("a"), "given\n").expect("write");
    let mut spec =
        shell("cat /data/a /etc/one; echo b > /data/b; echo c > /etc/one || echo read-only");
    spec.mounts = vec![
        Mount {
            source: directory.path().to_owned(),
            target: PathBuf::from("/data"),
            read_only: false,
            temporary: false,
        },
        Mount {
            source: directory.path().join("a"),
            target: PathBuf::from("/etc/one"),
            read_only: true,
            temporary: false,
        },
    ];
    let (_, out, err) = run(spec);
    assert_eq!(out, "given\ngiven\nread-only\n", "{err}");
    assert_eq!(fs_err::read(directory.path().join("b")).expect("written through"), b"b\n");
}

#[test]
fn privileged_names_the_program_that_cannot_run() {
    let started = |argv: &[&str], path: &str| {
        let mut spec = shell("");
        spec.argv = words(argv);
        spec.env = words(&[path]);
        match Sandbox::start(spec, host_root(), &helper()) {
            Ok(sandbox) => sandbox.release(),
            Err(error) => Err(error),
        }
    };
    for (argv, path, status, text) in [
        (&["no-such-tool"][..], "PATH=/usr/bin", 127, "no-such-tool: not found in PATH"),
        (&["sh"], "PATH=/etc", 127, "sh: not found in PATH"),
        (&["/no/such/tool"], "PATH=/bin", 127, "/no/such/tool: not found"),
        (&["/etc/passwd"], "PATH=/bin", 126, "/etc/passwd: not executable"),
        (&["/etc"], "PATH=/bin", 126, "/etc: not executable"),
        (&["passwd"], "PATH=/etc:/nowhere", 126, "/etc/passwd: not executable"),
    ] {
        match started(argv, path) {
            Err(Error::Exec(failure)) => {
                assert_eq!(failure.docker_status(), status, "{argv:?}");
                assert!(failure.to_string().starts_with(text), "{failure}");
            }
            other => panic!("{argv:?}: {other:?}"),
        }
    }
    // Without PATH the usual directories are searched.
    started(&["true"], "HOME=/").expect("found in the default path");
}

#[test]
fn privileged_tells_a_failed_exec_from_the_programs_own_127() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let script = directory.path().join("script");
    fs_err::write(&script, "#!/no/interpreter\n").expect("write");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs_err::set_permissions(&script, executable).expect("chmod");
    let mut spec = shell("");
    spec.argv = vec!["/script".into()];
    spec.mounts = vec![Mount {
        source: script,
        target: PathBuf::from("/script"),
        read_only: true,
        temporary: false,
    }];
    let sandbox = start(spec, host_root());
    match sandbox.release() {
        Err(Error::Exec(failure)) => assert_eq!(failure.docker_status(), 127),
        other => panic!("{other:?}"),
    }
    assert_eq!(run(shell("exit 127")).0, 127);
}

#[test]
fn privileged_stops_with_the_stop_signal() {
    let mut spec = shell("trap 'echo bye; exit 3' USR1; echo ready; while :; do sleep 0.01; done");
    spec.stop_signal = 10;
    let sandbox = running(spec);
    await_output(&sandbox, "ready\n");
    assert_eq!(sandbox.stop(LONG).expect("stops"), ExitStatus::Exited(3));
    assert_eq!(sandbox.logs().stdout(), b"ready\nbye\n");
    assert_eq!(sandbox.logs().dropped(Stream::Stdout), 0);
}

#[test]
fn privileged_kills_what_ignores_the_stop_signal() {
    // Pid 1 without a handler never sees SIGTERM.
    let sandbox = running(shell("exec sleep 1000"));
    let begun = std::time::Instant::now();
    let status = sandbox.stop(Duration::from_millis(100)).expect("stops");
    assert_eq!(status, ExitStatus::Signaled(9));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn privileged_refuses_what_makes_no_sense() {
    let mut no_command = shell("");
    no_command.argv.clear();
    let mut relative = shell("");
    relative.cwd = PathBuf::from("x");
    for spec in [no_command, relative] {
        assert!(matches!(Sandbox::start(spec, host_root(), &helper()), Err(Error::Spec(_))));
    }
    let mut bad_helper = helper();
    bad_helper.program = PathBuf::from("/bin/false");
    match Sandbox::start(shell(""), host_root(), &bad_helper) {
        Err(Error::HelperGone { .. }) => {}
        other => panic!("{other:?}"),
    }
}

/// Waits until the workload has written exactly this.
pub(crate) fn await_output(sandbox: &Sandbox, text: &str) {
    let deadline = std::time::Instant::now() + LONG;
    while sandbox.logs().stdout() != text.as_bytes() {
        assert!(std::time::Instant::now() < deadline, "{:?}", sandbox.logs().stdout());
        std::thread::yield_now();
    }
}
