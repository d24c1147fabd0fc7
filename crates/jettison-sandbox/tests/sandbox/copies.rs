//! The tiers that run on a copy: with namespaces (2) and with `chroot` alone (3).

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    os::unix::fs::MetadataExt as _,
    time::Duration,
};

use jettison_sandbox::{
    AccessClass, ExitStatus, ListenEvent, Listener, PathAccess, Root, Sandbox, Tier, UserIds,
};

use crate::{
    copied_root::CopiedRoot,
    rig::{LONG, exec, finish, shell_in, start, words},
};

const TIERS: [Tier; 2] = [Tier::CopyNamespaces, Tier::Chroot];

fn running(root: &CopiedRoot, spec: jettison_sandbox::Spec) -> Sandbox {
    let sandbox = start(spec, Root::Directory(root.path()));
    sandbox.release().unwrap_or_else(|error| panic!("release: {error}"));
    sandbox
}

#[test]
fn privileged_copies_run_with_user_environment_and_directory() {
    TIERS.into_iter().for_each(run_with_user_environment_and_directory);
}

fn run_with_user_environment_and_directory(tier: Tier) {
    let root = CopiedRoot::new(tier);
    let null = || fs_err::metadata("/dev/null").map(|null| (null.uid(), null.gid(), null.mode()));
    let before = null().expect("it is there");
    let mut spec = shell_in(
        tier,
        "id -u; id -G; pwd; echo $A; cat /etc/passwd; ls -d /volume/deep; echo x > /tmp/x; exit 6",
    );
    spec.user = UserIds { uid: 33, gid: 34, groups: vec![34, 7] };
    spec.env.extend(words(&["A=b"]));
    spec.cwd = "/made".into();
    spec.directories = vec!["/volume/deep".into()];
    let sandbox = running(&root, spec);
    let (code, out, err) = finish(&sandbox);
    let expected = "33\n34 7\n/made\nb\nroot:x:0:0::/:/bin/sh\n/volume/deep\n";
    assert_eq!((code, out.as_str()), (6, expected), "{tier:?} {err}");
    assert_eq!(fs_err::read(root.path().join("tmp/x")).expect("written"), b"x\n");
    // Its standard input is the host's, which is not given to the user.
    assert_eq!(null().expect("it is there"), before, "{tier:?}");
}

#[test]
fn privileged_copies_note_every_kind_of_path_access() {
    TIERS.into_iter().for_each(note_every_kind_of_path_access);
}

fn note_every_kind_of_path_access(tier: Tier) {
    let script = r"exec perl -e '
open my $r, q(<), q(/etc/passwd); close $r;
open my $w, q(>), q(/tmp/new); close $w;
stat q(/etc/stat-only); lstat q(/etc/lstat-only); -r q(/etc/access-only);
readlink q(/bin); opendir my $d, q(/etc); chdir q(/etc); open my $x, q(<), q(relative);
rename q(/tmp/new), q(/tmp/newer); unlink q(/tmp/newer); mkdir q(/tmp/made);
use IO::Socket::UNIX; IO::Socket::UNIX->new(Peer => q(/run/no.sock));
exec q(/usr/bin/id), q(-u)'";
    for uid in [0, 33] {
        let root = CopiedRoot::new(tier);
        let mut spec = shell_in(tier, script);
        spec.user = UserIds { uid, gid: uid, groups: vec![] };
        let sandbox = running(&root, spec);
        let (code, out, err) = finish(&sandbox);
        assert_eq!((code, out), (0, format!("{uid}\n")), "{tier:?} {err}");
        let accesses = sandbox.path_accesses();
        check_accesses(&accesses, &format!("{tier:?} {uid}"));
        assert_eq!(sandbox.path_accesses(), []);
    }
}

fn check_accesses(accesses: &[PathAccess], context: &str) {
    let seen: BTreeSet<(AccessClass, &str)> = accesses
        .iter()
        .map(|access| (access.class, access.path.to_str().expect("UTF-8")))
        .collect();
    let open = |write, directory| AccessClass::Open { write, directory, path_only: false };
    for (class, path) in [
        (AccessClass::Exec, "/bin/sh"),
        (AccessClass::Exec, "/usr/bin/perl"),
        (AccessClass::Exec, "/usr/bin/id"),
        (open(false, false), "/etc/passwd"),
        (open(true, false), "/tmp/new"),
        (open(false, true), "/etc"),
        (open(false, false), "/etc/relative"),
        (AccessClass::Stat, "/etc/stat-only"),
        (AccessClass::Stat, "/etc/lstat-only"),
        (AccessClass::ReadLink, "/bin"),
        (AccessClass::Enter, "/etc"),
        (AccessClass::Change, "/tmp/new"),
        (AccessClass::Change, "/tmp/newer"),
        (AccessClass::Change, "/tmp/made"),
        (AccessClass::Connect, "/run/no.sock"),
    ] {
        assert!(seen.contains(&(class, path)), "{context}: {class:?} {path}");
    }
    assert!(seen.iter().any(|(_, path)| *path == "/etc/access-only"), "{context}");
    assert_eq!(seen.iter().find(|(_, path)| !path.starts_with('/')), None, "{context}");
}

#[test]
fn privileged_copies_listen_and_are_connected_to() {
    TIERS.into_iter().for_each(listen_and_are_connected_to);
}

fn listen_and_are_connected_to(tier: Tier) {
    let script = r"exec setpriv --reuid 33 --regid 33 --clear-groups perl -e '
use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalAddr => q(127.0.0.1), Listen => 5) or die $!;
while (my $c = $s->accept) { my $l = <$c>; print $c qq(you said $l); close $c }'";
    let root = CopiedRoot::new(tier);
    let sandbox = running(&root, shell_in(tier, script));
    let event = sandbox.await_listener(&[], LONG).expect("works");
    let ListenEvent::Listening(listeners) = event else { panic!("{tier:?} {event:?}") };
    assert_eq!(listeners.len(), 1, "{tier:?} {listeners:?}");
    let to = listeners[0].connect_address().expect("TCP");
    let mut stream = sandbox.connect(to).expect("connects");
    stream.write_all(b"ahoy\n").expect("write");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("read");
    assert_eq!(answer, "you said ahoy\n");
    let names: Vec<_> = sandbox.processes().expect("list").into_iter().map(|it| it.uid).collect();
    assert_eq!(names, [33], "{tier:?}");
    assert_eq!(sandbox.stop(Duration::from_millis(500)).expect("stops").code(), expected_end());
}

#[test]
fn privileged_copies_have_unix_sockets() {
    TIERS.into_iter().for_each(have_unix_sockets);
}

fn have_unix_sockets(tier: Tier) {
    // The absolute link would lead to the host's own /tmp.
    let script = r"exec perl -e '
use IO::Socket::UNIX; symlink q(/tmp), q(/tmp/linked) or die $!;
my $s = IO::Socket::UNIX->new(Local => q(/tmp/jettison-copies.sock), Listen => 5) or die $!;
while (my $c = $s->accept) { my $l = <$c>; print $c qq(you said $l); close $c }'";
    let root = CopiedRoot::new(tier);
    let sandbox = running(&root, shell_in(tier, script));
    let event = sandbox.await_listener(&[], LONG).expect("works");
    let expected = Listener::Unix("/tmp/jettison-copies.sock".into());
    assert_eq!(event, ListenEvent::Listening(vec![expected]), "{tier:?}");
    for name in ["/tmp/jettison-copies.sock", "/tmp/linked/jettison-copies.sock"] {
        let mut stream = sandbox.connect_unix(name.as_ref()).expect(name);
        stream.write_all(b"ahoy\n").expect("write");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("read");
        assert_eq!(answer, "you said ahoy\n", "{tier:?} {name}");
    }
}

/// A plain container's root: Docker's default capabilities.
#[test]
fn privileged_copies_need_no_more_than_a_plain_container() {
    let keep = "-all,+chown,+dac_override,+fsetid,+fowner,+mknod,+net_raw,+setgid,+setuid,+setfcap,+setpcap,\
                +net_bind_service,+sys_chroot,+kill,+audit_write";
    let output = std::process::Command::new("setpriv")
        .args([&format!("--bounding-set={keep}"), "--inh-caps=-all", "--"])
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", "copies::in_a_plain_container", "--ignored", "--nocapture"])
        .output()
        .expect("setpriv");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}{errors}");
}

/// What the test above runs; also for a try in a real container.
#[test]
#[ignore = "is started by privileged_copies_need_no_more_than_a_plain_container"]
fn in_a_plain_container() {
    run_with_user_environment_and_directory(Tier::Chroot);
    note_every_kind_of_path_access(Tier::Chroot);
    listen_and_are_connected_to(Tier::Chroot);
    have_unix_sockets(Tier::Chroot);
    can_be_joined_by_execs(Tier::Chroot);
    leave_no_process(Tier::Chroot);
    leave_no_process_when_the_helper_is_killed(Tier::Chroot);
    refuse_company();
}

/// Nothing keeps two sandboxes apart from the host's network here, and so nothing can join them.
fn refuse_company() {
    let (one, two) = (CopiedRoot::new(Tier::Chroot), CopiedRoot::new(Tier::Chroot));
    let first = running(&one, shell_in(Tier::Chroot, "exec sleep 1000"));
    let root = Root::Directory(two.path());
    let refused = first.start_beside(shell_in(Tier::Chroot, "true"), root, &crate::rig::helper());
    assert!(refused.expect_err("no namespaces").to_string().contains("tier 3"));
}

/// SIGTERM has no effect on a pid 1 without a handler, but on any other process.
fn expected_end() -> i32 {
    128 + if is_plain_container() { 15 } else { 9 }
}

/// Whether this program may make no namespaces, as in [`in_a_plain_container`].
fn is_plain_container() -> bool {
    const SYS_ADMIN: u64 = 1 << 21;
    let status = fs_err::read_to_string("/proc/self/status").expect("status");
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:")).expect("a field");
    u64::from_str_radix(effective.trim(), 16).expect("hexadecimal") & SYS_ADMIN == 0
}

#[test]
fn privileged_copies_can_be_joined_by_execs() {
    TIERS.into_iter().for_each(can_be_joined_by_execs);
}

fn can_be_joined_by_execs(tier: Tier) {
    let root = CopiedRoot::new(tier);
    let sandbox = running(&root, shell_in(tier, "exec sleep 1000"));
    let mut spec = exec("ls /etc; id -u; cat no-such-file");
    spec.user = UserIds { uid: 5, gid: 5, groups: vec![] };
    spec.cwd = "/etc".into();
    let output = sandbox.exec(&spec).expect("starts").wait(Some(LONG)).expect("ends");
    let expected = "hostname\nhosts\npasswd\nresolv.conf\n5\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    assert_eq!(output.status, ExitStatus::Exited(1));
    let accesses = sandbox.path_accesses();
    assert!(accesses.iter().any(|access| access.path == "/etc/no-such-file"), "{accesses:?}");
    assert_eq!(sandbox.written().expect("nothing"), []);
}

#[test]
fn privileged_copies_leave_no_process() {
    TIERS.into_iter().for_each(leave_no_process);
}

fn leave_no_process(tier: Tier) {
    let mark = "14142.135";
    let root = CopiedRoot::new(tier);
    let script = format!(
        "setpriv --reuid 33 sleep {mark} & (sleep {mark} & setpriv --reuid 34 sleep {mark}) & sleep {mark}"
    );
    let sandbox = running(&root, shell_in(tier, &script));
    let deadline = std::time::Instant::now() + LONG;
    while super::remains::processes_with(&format!("sleep\0{mark}")).len() < 4 {
        assert!(std::time::Instant::now() < deadline, "{:?}", sandbox.logs().stderr());
    }
    drop(sandbox);
    assert_eq!(super::remains::processes_with(mark), Vec::<String>::new(), "{tier:?}");
    // The end of the first process is the end of the others, also without a pid namespace.
    let script = format!("setpriv --reuid 33 sleep {mark} & (sleep {mark} &) & exit 0");
    let sandbox = running(&root, shell_in(tier, &script));
    assert_eq!(finish(&sandbox).0, 0);
    assert_eq!(sandbox.processes().expect("list"), [], "{tier:?}");
}

#[test]
fn privileged_copies_leave_no_process_when_the_helper_is_killed() {
    TIERS.into_iter().for_each(leave_no_process_when_the_helper_is_killed);
}

fn leave_no_process_when_the_helper_is_killed(tier: Tier) {
    let mark = "17320.508";
    let root = CopiedRoot::new(tier);
    let script = format!("setpriv --reuid 33 sleep {mark} & (sleep {mark} &) & exec sleep {mark}");
    let sandbox = running(&root, shell_in(tier, &script));
    let deadline = std::time::Instant::now() + LONG;
    while super::remains::processes_with(&format!("sleep\0{mark}")).len() < 3 {
        assert!(std::time::Instant::now() < deadline, "{:?}", sandbox.logs().stderr());
    }
    let helpers = super::remains::helpers_of(std::process::id());
    let killed = std::process::Command::new("kill").arg("-9").args(&helpers).status();
    assert!(killed.expect("kill").success(), "{helpers:?}");
    assert_eq!(sandbox.wait(Some(LONG)), Some(ExitStatus::Signaled(9)), "its end is noticed");
    drop(sandbox);
    assert_eq!(super::remains::processes_with(mark), Vec::<String>::new(), "{tier:?}");
}

#[test]
fn privileged_copies_refuse_a_fuse_root_and_mounts_without_namespaces() {
    TIERS.into_iter().for_each(refuse_a_fuse_root_and_mounts_without_namespaces);
}

fn refuse_a_fuse_root_and_mounts_without_namespaces(tier: Tier) {
    {
        let spec = shell_in(tier, "true");
        let refused = Sandbox::start(spec, crate::rig::host_root(), &crate::rig::helper());
        assert!(matches!(refused, Err(jettison_sandbox::Error::Spec(_))), "{tier:?}");
    }
    let missing = Root::Directory("/no/such/root".into());
    let refused = Sandbox::start(shell_in(Tier::Chroot, "true"), missing, &crate::rig::helper());
    assert!(refused.expect_err("missing").to_string().contains("/no/such/root"));
}
