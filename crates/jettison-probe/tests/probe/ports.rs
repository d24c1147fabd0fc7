//! What is found behind ports that speak something else, or nothing, or not yet.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener},
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use jettison_probe::Service;

use crate::server::{Reply, Server, Wire, brisk_plan, exercise, outline, replay};

fn tcp_server(greeting: &'static [u8], answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                stream.write_all(greeting).unwrap();
                let amount = stream.read(&mut [0; 100]);
                if amount.is_ok_and(|amount| amount > 0) {
                    let _gone = stream.write_all(answer);
                }
            });
        }
    });
    port
}

#[test]
fn other_protocols_are_connected_to() {
    let greets = tcp_server(b"220 ready\r\n", b"500 what?\r\n");
    let answers = tcp_server(b"", b"-ERR unknown command\r\n");
    let closes = tcp_server(b"", b"");
    let unused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let closed = unused.local_addr().unwrap().port();
    drop(unused);
    let transcript = exercise(&brisk_plan(), &[greets, answers, closes, closed]);
    let services: Vec<Service> = transcript.ports.iter().map(|record| record.service).collect();
    assert_eq!(services, [Service::Tcp, Service::Tcp, Service::Tcp, Service::Closed]);
    assert_eq!(transcript.ports[0].banner.as_ref().unwrap().sample.0, b"220 ready\r\n");
    assert_eq!(transcript.ports[1].banner, None);
    assert_eq!(transcript.exchanges, []);
    let again = replay(&transcript, &brisk_plan());
    assert!(jettison_probe::compare(&[transcript], &again).is_equal());
}

#[test]
fn a_protocol_of_lines_is_not_waited_for_twice() {
    // Closes on a request, and waits for the end of the line in a TLS greeting, as Redis does.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut bytes = [0; 100];
                let amount = stream.read(&mut bytes).unwrap_or(0);
                if !bytes[..amount].starts_with(b"GET") {
                    let _gone = stream.read_to_end(&mut Vec::new());
                }
            });
        }
    });
    let mut plan = brisk_plan();
    plan.http.request.time = std::time::Duration::from_secs(15);
    let started = std::time::Instant::now();
    let transcript = exercise(&plan, &[port]);
    assert_eq!(transcript.ports[0].service, Service::Tcp);
    assert!(started.elapsed() < std::time::Duration::from_secs(4), "{:?}", started.elapsed());
    let started = std::time::Instant::now();
    let again = replay(&transcript, &plan);
    assert!(started.elapsed() < std::time::Duration::from_secs(1), "{:?}", started.elapsed());
    assert!(jettison_probe::compare(&[transcript], &again).is_equal());
}

#[test]
fn a_silent_port_is_told_from_a_closed_one() {
    let server = Server::start(Wire::Clear, |_: &_| Reply::Stall(Vec::new()));
    let transcript = exercise(&brisk_plan(), &[server.port]);
    assert_eq!(transcript.ports[0].service, Service::Silent);
}

#[test]
fn a_tls_port_that_explains_itself_in_clear_is_https() {
    // As nginx and Go do: 400 in clear, TLS otherwise. Two ports behind one dialer stand for it.
    use std::{io, net::TcpStream, time::Duration};
    struct Sniffing(u16, u16, AtomicU32);
    impl jettison_probe::Dialer for Sniffing {
        fn dial(&self, _: u16, timeout: Duration) -> io::Result<TcpStream> {
            let is_first = self.2.fetch_add(1, Ordering::Relaxed) == 0;
            let port = if is_first { self.0 } else { self.1 };
            crate::server::Loopback.dial(port, timeout)
        }
    }
    for clear in [
        || Reply::status(400, "The plain HTTP request was sent to HTTPS port"),
        || Reply::redirect(301, "https://localhost:8443/"),
    ] {
        let clear = Server::start(Wire::Clear, move |_: &_| clear());
        let secure = Server::start(Wire::Tls, |_: &_| Reply::html("secure"));
        let dialer = Sniffing(clear.port, secure.port, AtomicU32::new(0));
        let transcript = jettison_probe::exercise(
            &brisk_plan(),
            &[8443],
            &dialer,
            &crate::server::Host,
            &mut |_| {},
        );
        assert_eq!(transcript.ports[0].service, Service::Https);
        assert_eq!(outline(&transcript)[0], "GET / 200");
    }
}

#[test]
fn a_server_that_is_still_starting_is_asked_again() {
    let count = AtomicU32::new(0);
    let server =
        Server::start(Wire::Clear, move |_: &_| match count.fetch_add(1, Ordering::Relaxed) {
            0..2 => Reply::status(503, "starting"),
            _ => Reply::html("ready"),
        });
    let transcript = exercise(&brisk_plan(), &[server.port]);
    assert_eq!(outline(&transcript)[0], "GET / 200");

    let stuck = Server::start(Wire::Clear, |_: &_| Reply::status(503, "starting"));
    let transcript = exercise(&brisk_plan(), &[stuck.port]);
    assert_eq!(outline(&transcript)[0], "GET / 503");
    assert_eq!(stuck.asked().iter().filter(|line| *line == "GET /").count(), 6);
}

#[test]
fn nothing_is_touched_when_off() {
    let server = Server::start(Wire::Clear, |_: &_| Reply::html("x"));
    let mut plan = brisk_plan();
    plan.http.off = true;
    let transcript = exercise(&plan, &[server.port]);
    assert_eq!(transcript, jettison_probe::Transcript::default());
    assert!(server.asked().is_empty());
}

#[test]
fn only_the_chosen_ports_are_probed() {
    let chosen = Server::start(Wire::Clear, |_: &_| Reply::html("x"));
    let other = Server::start(Wire::Clear, |_: &_| Reply::html("x"));
    let mut plan = brisk_plan();
    plan.http.ports = vec![chosen.port];
    exercise(&plan, &[other.port, chosen.port]);
    assert!(other.asked().is_empty() && !chosen.asked().is_empty());
}
