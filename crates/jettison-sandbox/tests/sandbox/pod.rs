//! Several sandboxes in one network.

use std::{collections::BTreeSet, io::Read, time::Duration};

use jettison_sandbox::{ListenEvent, Listener, Root, Sandbox, Spec, Tier};

use crate::{
    copied_root::CopiedRoot,
    rig::{LONG, exec, finish, helper, host_root, shell, shell_in, start},
};

/// Says one word to each connection on a port.
fn server(port: u16, word: &str) -> String {
    format!(
        "exec perl -e 'use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalAddr => q(0.0.0.0:{port}), Listen => 5, \
         ReuseAddr => 1) or die $!; while (my $c = $s->accept) {{ print $c q({word}); close $c }}'"
    )
}

fn sharing(mut spec: Spec) -> Spec {
    spec.shares_network = true;
    spec
}

fn ports(sandbox: &Sandbox) -> BTreeSet<u16> {
    sandbox.listeners().expect("works").iter().filter_map(Listener::port).collect()
}

fn await_ports(sandbox: &Sandbox) {
    let event = sandbox.await_listener(&[], LONG).expect("works");
    assert!(matches!(event, ListenEvent::Listening(_)), "{event:?}");
}

/// The first sandbox waits; the second one listens beside it; the first one reaches it.
pub(crate) fn reaches_the_other(tier: Tier) {
    let copy = || (tier != Tier::FuseNamespaces).then(|| CopiedRoot::new(tier));
    let copies = [copy(), copy()];
    let root = |copy: &Option<CopiedRoot>| match copy {
        Some(copy) => Root::Directory(copy.path()),
        None => host_root(),
    };
    let first = start(sharing(shell_in(tier, &server(8001, "one"))), root(&copies[0]));
    let spec = sharing(shell_in(tier, &server(8002, "two")));
    let second = first.start_beside(spec, root(&copies[1]), &helper()).expect("starts beside");
    second.release().expect("runs");
    await_ports(&second);
    assert_eq!(ports(&first), BTreeSet::new(), "another's sockets are not its own");
    first.release().expect("runs");
    await_ports(&first);
    assert_eq!((ports(&first), ports(&second)), (BTreeSet::from([8001]), BTreeSet::from([8002])));

    let ask = "exec perl -e 'use IO::Socket::INET; my $c = IO::Socket::INET->new(q(localhost:8002)) or die $!; print <$c>'";
    let run = first.exec(&exec(ask)).expect("starts").wait(Some(LONG)).expect("ends");
    assert_eq!(
        String::from_utf8_lossy(&run.stdout),
        "two",
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    for sandbox in [&first, &second] {
        let mut said = String::new();
        let to = "127.0.0.1:8001".parse().expect("an address");
        sandbox.connect(to).expect("connects").read_to_string(&mut said).expect("readable");
        assert_eq!(said, "one");
    }
    assert_eq!(first.wanted_ports(), BTreeSet::from([8001]), "what was asked for is known");
    drop(first);
    assert_eq!(second.wait(Some(Duration::ZERO)), None, "the others go on");
    drop(second);
    copies.into_iter().flatten().for_each(CopiedRoot::remove);
}

#[test]
fn privileged_sandboxes_share_a_network() {
    for tier in [Tier::FuseNamespaces, Tier::CopyNamespaces] {
        reaches_the_other(tier);
    }
}

#[test]
fn privileged_everything_else_is_its_own() {
    let mut spec = sharing(shell("exec sleep 1000"));
    spec.hostname = "one".to_owned();
    let first = start(spec, host_root());
    first.release().expect("runs");
    let mut spec = sharing(shell(
        "hostname; ls /proc | grep -c '^[0-9]'; touch /var/mark; kill -9 1; echo alive",
    ));
    spec.hostname = "two".to_owned();
    let second = first.start_beside(spec, host_root(), &helper()).expect("starts beside");
    second.release().expect("runs");
    let (_, said, _) = finish(&second);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "two");
    assert!(lines[1].parse::<u32>().expect("a number") < 6, "it sees its own processes: {said}");
    let look =
        first.exec(&exec("test -e /var/mark")).expect("starts").wait(Some(LONG)).expect("ends");
    assert_eq!(look.status.code(), 1, "what one writes the other does not see");
    assert_eq!(first.status(), None);
}

#[test]
fn privileged_a_taken_port_is_known_to_be_wanted() {
    let first = start(sharing(shell(&server(8003, "one"))), host_root());
    first.release().expect("runs");
    await_ports(&first);
    let second = first.start_beside(sharing(shell(&server(8003, "two"))), host_root(), &helper());
    let second = second.expect("starts beside");
    second.release().expect("runs");
    assert_ne!(finish(&second).0, 0);
    assert!(second.wanted_ports().contains(&8003));
}

#[test]
fn privileged_processes_are_found_by_their_number_inside() {
    let sandbox = start(shell("exec sleep 1000"), host_root());
    sandbox.release().expect("runs");
    let proc = sandbox.proc().expect("works").expect("it has a /proc of its own");
    let path = format!("/proc/self/fd/{}/1/comm", std::os::fd::AsRawFd::as_raw_fd(&proc));
    // The shell becomes the program a moment after the release.
    let begun = std::time::Instant::now();
    while fs_err::read_to_string(&path).expect("readable") != "sleep\n" {
        assert!(begun.elapsed() < LONG, "it never becomes the program");
        std::thread::yield_now();
    }
}
