//! WebSockets that scripts open or users name, in clear and over TLS.

use std::sync::atomic::{AtomicBool, Ordering};

use jettison_probe::{HttpCommand, Outcome, compare};

use crate::server::{Reply, Request, Server, Wire, exercise, outline, patient_plan, replay};

/// What RFC 6455 makes of the probe's nonce.
const OPENED: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                      Sec-WebSocket-Accept: hN08tATTPeBb3ZATOpooUFY3xPw=\r\n\r\n";

/// A page whose script opens a WebSocket, which greets; later with other words.
fn chat(wire: Wire) -> (Server, &'static AtomicBool) {
    let is_rude: &'static AtomicBool = Box::leak(Box::new(AtomicBool::new(false)));
    let server = Server::start(wire, move |request: &Request| match request.path() {
        "/" => Reply::html("<script>new WebSocket('ws://' + location.host + '/chat')</script>"),
        "/chat" if request.header("upgrade") == Some("websocket") => {
            let frame: &[u8] =
                if is_rude.load(Ordering::Relaxed) { b"\x81\x03grr" } else { b"\x81\x05hello" };
            Reply::Stall([OPENED.as_bytes(), frame].concat())
        }
        _ => Reply::status(404, "no"),
    });
    (server, is_rude)
}

#[test]
fn sockets_of_scripts_are_opened_and_compared() {
    for wire in [Wire::Clear, Wire::Tls] {
        let (server, is_rude) = chat(wire);
        let plan = patient_plan();
        let first = exercise(&plan, &[server.port]);
        let socket = first.exchanges.iter().find(|exchange| exchange.request.scheme.is_socket());
        let Outcome::Answered(answer) = &socket.expect("it is opened").outcome else {
            panic!("{socket:?}");
        };
        assert_eq!((answer.status, &*answer.body.sample.0), (101, &b"hello"[..]));
        let again = compare(std::slice::from_ref(&first), &replay(&first, &plan));
        assert!(again.is_equal(), "{again}");
        assert_eq!(again.compared.sockets, 1);
        is_rude.store(true, Ordering::Relaxed);
        let differs = compare(std::slice::from_ref(&first), &replay(&first, &plan));
        assert_eq!(differs.differences.len(), 1, "{differs:?}");
        assert!(differs.differences[0].subject.contains("/chat"), "{differs:?}");
    }
}

#[test]
fn a_socket_that_is_named_is_asked_where_http_is_spoken() {
    let (server, _) = chat(Wire::Clear);
    let mut plan = patient_plan();
    plan.http.start_page = false;
    plan.http.commands.push(HttpCommand::socket("/chat hi").unwrap());
    plan.http.commands.push(HttpCommand::socket("/none").unwrap());
    let lines = outline(&exercise(&plan, &[server.port]));
    assert_eq!(lines, ["GET / 200", "GET /chat 101", "GET /none 404"]);
}
