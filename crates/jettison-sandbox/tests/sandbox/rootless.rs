//! Ordinary users: with subordinate ids, and with none.
//!
//! Each test prepares, in a mount namespace of its own, a host whose user 12345 may or may not use `/dev/fuse` and has
//! subordinate ids or not, and runs a part of this test program there as that user.

use std::{path::Path, process::Command};

use jettison_sandbox::{HostReport, Owners, Root, Sandbox, Tier, UserIds};

use crate::{
    copied_root::CopiedRoot,
    rig::{LONG, exec, finish, helper, running, shell, shell_in, start, words},
};

/// The host that a part is run on.
struct Host {
    /// Mode of `/dev/fuse`.
    fuse_mode: &'static str,
    /// `/etc/subuid` and `/etc/subgid`.
    subordinate: &'static str,
    /// What starts the part as the user.
    wrapper: &'static str,
}

const USER: &str = "12345";

impl Host {
    /// Runs one of the ignored tests below as the user.
    fn run(&self, part: &str) {
        let directory = tempfile::tempdir().expect("temporary directory");
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs_err::set_permissions(directory.path(), open).expect("chmod");
        let at = |name: &str| directory.path().join(name);
        // The build directory may be private.
        fs_err::copy(std::env::current_exe().expect("this program"), at("test")).expect("copy");
        fs_err::copy(helper().program, at("jettison-sandbox-init")).expect("copy");
        fs_err::write(at("ids"), self.subordinate).expect("write");
        let passwd = fs_err::read_to_string("/etc/passwd").expect("passwd");
        fs_err::write(at("passwd"), format!("{passwd}\nann:x:{USER}:{USER}::/:/bin/sh\n"))
            .expect("write");
        let script = format!(
            "cd {}; mknod fuse c 10 229; chmod {} fuse; mount --bind fuse /dev/fuse; mount --bind passwd /etc/passwd; \
             for f in /etc/subuid /etc/subgid; do mount --bind ids $f; done; \
             exec setpriv --reuid={USER} --regid={USER} --clear-groups --inh-caps=-all \
             {} ./test --exact rootless::{part} --ignored --nocapture",
            directory.path().display(),
            self.fuse_mode,
            self.wrapper,
        );
        let output = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "sh", "-euc", &script])
            .output()
            .expect("unshare");
        let (text, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && text.contains("1 passed"), "{text}{errors}");
    }
}

/// Without the temporary directory of the one who started the tests.
const PLAIN: &str = "env -u TMPDIR";

const SUBORDINATE: &str = "ann:100000:65536\n";

#[test]
fn privileged_rootless_with_subordinate_ids() {
    Host { fuse_mode: "666", subordinate: SUBORDINATE, wrapper: PLAIN }.run("subordinate");
}

#[test]
fn privileged_rootless_with_a_single_id() {
    Host { fuse_mode: "666", subordinate: "", wrapper: PLAIN }.run("single");
}

#[test]
fn privileged_root_of_a_user_namespace_with_one_id() {
    let wrapper = "env -u TMPDIR unshare --user --map-root-user";
    Host { fuse_mode: "666", subordinate: "", wrapper }.run("single");
    Host { fuse_mode: "600", subordinate: "", wrapper }.run("copy");
}

#[test]
fn privileged_rootless_on_a_copy() {
    Host { fuse_mode: "600", subordinate: "", wrapper: PLAIN }.run("copy");
    Host { fuse_mode: "600", subordinate: SUBORDINATE, wrapper: PLAIN }.run("copy");
}

#[test]
fn privileged_doctor_names_what_is_missing() {
    Host { fuse_mode: "600", subordinate: "", wrapper: PLAIN }.run("doctor");
}

#[test]
#[ignore = "a part of privileged_rootless_with_subordinate_ids"]
fn subordinate() {
    let script =
        "id -u; chown 7:8 /tmp; stat -c %u:%g /tmp /usr; setpriv --reuid 9 --clear-groups id -u";
    let sandbox = running(shell(script));
    assert_eq!(sandbox.owners(), Owners::AsInImage);
    assert_eq!(finish(&sandbox), (0, "0\n7:8\n0:0\n9\n".to_owned(), String::new()));
    let mut spec = shell("id -u; id -G");
    spec.user = UserIds { uid: 33, gid: 34, groups: vec![34, 35] };
    assert_eq!(crate::rig::run(spec).1, "33\n34 35\n");
    // Set-user-id programs work: the copy belongs to the sandbox's root.
    let script = "cp /usr/bin/id /tmp/my-id && chmod 4755 /tmp/my-id && \
                  exec setpriv --reuid 1000 --regid 1000 --clear-groups /tmp/my-id";
    let (_, out, err) = crate::rig::run(shell(script));
    assert!(out.contains("euid=0"), "{out} {err}");
    crate::pod::reaches_the_other(Tier::FuseNamespaces);
}

#[test]
#[ignore = "a part of privileged_rootless_with_a_single_id"]
fn single() {
    let mut spec = shell(
        "id -u; id -G; stat -c %u:%g /usr /tmp; : > /tmp/f && chown 7:8 /tmp/f && stat -c %u:%g /tmp/f; \
         setpriv --reuid 9 --clear-groups echo fine; hostname; echo out > /dev/stdout",
    );
    spec.user = UserIds { uid: 33, gid: 34, groups: vec![34, 35] };
    spec.cwd = "/made".into();
    let sandbox = running(spec);
    assert_eq!(sandbox.owners(), Owners::Squashed { uid: 33, gid: 34 });
    let (code, out, err) = finish(&sandbox);
    let expected = "33\n34\n33:34\n33:34\n33:34\nfine\njettison\nout\n";
    assert_eq!((code, out.as_str()), (0, expected), "{err}");
    // The calls that were answered are counted, because the image needs them elsewhere.
    let counts = sandbox.syscalls();
    for name in ["fchownat", "setresuid", "setgroups"] {
        assert!(counts.contains_key(name), "{name}: {counts:?}");
    }
    assert_eq!(sandbox.written().expect("walk").len(), 1);
    let sandbox = running(shell("exec sleep 1000"));
    let output = sandbox.exec(&exec("id -u; echo x > /etc/x")).expect("starts").wait(Some(LONG));
    assert_eq!(output.expect("ends").stdout, b"0\n");
    assert_eq!(sandbox.processes().expect("list").len(), 1);
    crate::pod::reaches_the_other(Tier::FuseNamespaces);
}

#[test]
#[ignore = "a part of privileged_rootless_on_a_copy"]
fn copy() {
    let root = CopiedRoot::new(Tier::CopyNamespaces);
    let mut spec =
        shell_in(Tier::CopyNamespaces, "id -u; cat /etc/passwd; chown 3 /tmp/.; ls -d no");
    spec.user = UserIds::default();
    spec.env = words(&["PATH=/usr/bin"]);
    let sandbox = start(spec, Root::Directory(root.path()));
    sandbox.release().expect("release");
    let (code, out, err) = finish(&sandbox);
    assert_eq!((code, out.as_str()), (2, "0\nroot:x:0:0::/:/bin/sh\n"), "{err}");
    assert!(err.contains("No such file") && !err.contains("chown"), "{err}");
    let accesses = sandbox.path_accesses();
    assert!(accesses.iter().any(|access| access.path == "/etc/passwd"), "{accesses:?}");
    drop(sandbox);
    // What other ids have made can be removed all the same.
    let mut spec =
        shell_in(Tier::CopyNamespaces, "mkdir -p /tmp/a/b && > /tmp/a/b/c && chmod 0 /tmp/a/b");
    spec.user = UserIds { uid: 33, gid: 33, groups: vec![] };
    let sandbox = start(spec, Root::Directory(root.path()));
    sandbox.release().expect("release");
    assert_eq!(finish(&sandbox), (0, String::new(), String::new()));
    drop(sandbox);
    root.remove();
    crate::pod::reaches_the_other(Tier::CopyNamespaces);
}

#[test]
#[ignore = "a part of privileged_doctor_names_what_is_missing"]
fn doctor() {
    let report = HostReport::inspect(&helper(), &std::env::temp_dir()).expect("can be tried");
    assert_eq!(report.best_tier(), Some(Tier::CopyNamespaces), "{report:?}");
    let problem = |tier: Tier| {
        let found = report.tiers.iter().find(|it| it.tier == tier).expect("every tier");
        format!("{:?} {}", found.problem, found.facts.join(" "))
    };
    let fuse = problem(Tier::FuseNamespaces);
    for part in ["/dev/fuse", "Permission denied", "chmod 666", "mode 600"] {
        assert!(fuse.contains(part), "{part}: {fuse}");
    }
    assert!(problem(Tier::Chroot).contains("needs root"), "{report:?}");
    assert!(report.notes.iter().any(|note| note.contains("/etc/subuid")), "{report:?}");
    // The error of a start says the same.
    let error = Sandbox::start(shell("true"), crate::rig::served(Path::new("/")), &helper());
    assert!(error.expect_err("no FUSE").to_string().contains("chmod 666 /dev/fuse"));
}
