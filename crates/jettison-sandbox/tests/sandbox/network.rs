//! Sockets into the sandbox's own network.

use std::{
    io::{Read, Write},
    net::SocketAddr,
    time::Duration,
};

use jettison_sandbox::{ExitStatus, ListenEvent, Listener, SyscallWatch};

use crate::rig::{LONG, running, shell};

/// Serves one line to each connection, on a port below 1024, as an ordinary user.
const SERVER: &str = r"exec setpriv --reuid 33 --regid 33 --clear-groups perl -e '
use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalAddr => q(0.0.0.0:80), Listen => 5, ReuseAddr => 1) or die $!;
while (my $c = $s->accept) { my $l = <$c>; print $c qq(you said $l); close $c }'";

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

#[test]
fn privileged_waits_for_a_listener_and_connects() {
    for watch in [SyscallWatch::Cold, SyscallWatch::Off] {
        let mut spec = shell(SERVER);
        spec.syscalls = watch;
        let sandbox = running(spec);
        let event = sandbox.await_listener(&[], LONG).expect("works");
        let expected = vec![Listener::Tcp(address("0.0.0.0:80"))];
        assert_eq!(event, ListenEvent::Listening(expected.clone()), "{watch:?}");
        let to = expected[0].connect_address().expect("TCP");
        std::thread::scope(|scope| {
            for number in 0..4 {
                let sandbox = &sandbox;
                scope.spawn(move || {
                    let mut stream = sandbox.connect(to).expect("connects");
                    writeln!(stream, "{number}").expect("write");
                    let mut answer = String::new();
                    stream.read_to_string(&mut answer).expect("read");
                    assert_eq!(answer, format!("you said {number}\n"));
                });
            }
        });
        let event = sandbox.await_listener(&expected, Duration::from_millis(20)).expect("works");
        assert_eq!(event, ListenEvent::TimedOut);
    }
}

#[test]
fn privileged_refused_connections_are_errors() {
    let sandbox = running(shell("exec sleep 1000"));
    for to in ["127.0.0.1:1", "[::1]:1"] {
        let error = sandbox.connect(address(to)).expect_err("nobody listens");
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused, "{to}");
    }
}

#[test]
fn privileged_waiting_ends_with_the_workload() {
    let sandbox = running(shell("exit 5"));
    let event = sandbox.await_listener(&[], LONG).expect("works");
    assert_eq!(event, ListenEvent::Exited(ExitStatus::Exited(5)));
}

#[test]
fn privileged_sees_unix_and_udp_sockets() {
    let script = r"exec perl -e '
use IO::Socket::UNIX; use IO::Socket::INET;
my $u = IO::Socket::INET->new(LocalAddr => q(127.0.0.1:53), Proto => q(udp)) or die $!;
my $s = IO::Socket::UNIX->new(Local => q(/tmp/a b.sock), Listen => 1) or die $!;
sleep 1000'";
    let sandbox = running(shell(script));
    let mut known = Vec::new();
    while known.len() < 2 {
        match sandbox.await_listener(&known, LONG).expect("works") {
            ListenEvent::Listening(listeners) => known = listeners,
            other => panic!("{other:?} {}", String::from_utf8_lossy(&sandbox.logs().stderr())),
        }
    }
    let expected = [Listener::Udp(address("127.0.0.1:53")), Listener::Unix("/tmp/a b.sock".into())];
    assert_eq!(known, expected);
    assert_eq!(known[1].connect_address(), None);
}

#[test]
fn privileged_connects_to_unix_sockets_inside() {
    // As an ordinary user, for nobody but whom the sockets are; the link leads out of the image unless its root is kept to.
    let script = r"mkdir -m 700 /tmp/of33 && chown 33:33 /tmp/of33 && ln -s /tmp/of33 /tmp/linked
exec setpriv --reuid 33 --regid 33 --clear-groups perl -e '
use IO::Socket::UNIX; use IO::Select; umask 077;
my @s = map { IO::Socket::UNIX->new(Local => $_, Listen => 5) or die $! } (q(/tmp/of33/a b.sock), qq(\0abstract));
my $all = IO::Select->new(@s);
while (my ($s) = $all->can_read) { my $c = $s->accept; my $l = <$c>; print $c qq(you said $l); close $c }'";
    let sandbox = running(shell(script));
    let mut known = Vec::new();
    while known.len() < 2 {
        match sandbox.await_listener(&known, LONG).expect("works") {
            ListenEvent::Listening(listeners) => known = listeners,
            other => panic!("{other:?} {}", String::from_utf8_lossy(&sandbox.logs().stderr())),
        }
    }
    assert_eq!(
        known,
        [Listener::Unix("/tmp/of33/a b.sock".into()), Listener::Unix("@abstract".into())]
    );
    for name in ["/tmp/of33/a b.sock", "/tmp/linked/a b.sock", "@abstract"] {
        let mut stream = sandbox.connect_unix(name.as_ref()).expect(name);
        writeln!(stream, "{name}").expect("write");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("read");
        assert_eq!(answer, format!("you said {name}\n"));
    }
    for (name, kind) in [
        ("/tmp/none.sock", std::io::ErrorKind::NotFound),
        ("/etc/passwd", std::io::ErrorKind::ConnectionRefused),
        ("@none", std::io::ErrorKind::ConnectionRefused),
    ] {
        assert_eq!(sandbox.connect_unix(name.as_ref()).expect_err(name).kind(), kind, "{name}");
    }
}
