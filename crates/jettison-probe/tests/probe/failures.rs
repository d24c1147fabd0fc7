//! Servers that do not behave: each is written down, none hangs or fills the memory.

use std::time::{Duration, Instant};

use jettison_probe::{Answer, BodyEnd, FailureClass, Outcome, Transcript};

use crate::server::{Reply, Request, Server, Wire, brisk_plan, exercise};

/// The outcome of a page that is linked from the start page.
fn outcome_of(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Outcome {
    let server = Server::start(Wire::Clear, move |request: &Request| match request.path() {
        "/" => Reply::html("<a href=/page>x</a>"),
        "/page" => reply(),
        _ => Reply::status(404, "no"),
    });
    let started = Instant::now();
    let transcript = exercise(&brisk_plan(), &[server.port]);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    page_of(&transcript)
}

fn page_of(transcript: &Transcript) -> Outcome {
    let page = transcript.exchanges.iter().find(|exchange| exchange.request.target == "/page");
    page.unwrap().outcome.clone()
}

fn answer_of(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Answer {
    match outcome_of(reply) {
        Outcome::Answered(answer) => answer,
        Outcome::Failed(failure) => panic!("{failure:?}"),
    }
}

fn failure_of(bytes: &'static [u8]) -> FailureClass {
    match outcome_of(|| Reply::Raw(bytes.to_vec())) {
        Outcome::Answered(answer) => panic!("{answer:?}"),
        Outcome::Failed(failure) => failure.class,
    }
}

#[test]
fn answers_that_are_not_http() {
    assert_eq!(failure_of(b""), FailureClass::Reset);
    assert_eq!(failure_of(b"HTTP/1.1 200 OK\r\nContent-"), FailureClass::Reset);
    assert_eq!(failure_of(b"garbage\r\n\r\n"), FailureClass::Protocol);
    assert_eq!(failure_of(b"\0\xff\xfe\x15\x03\x01"), FailureClass::Protocol);
    assert_eq!(failure_of(b"HTTP/1.1 abc OK\r\n\r\n"), FailureClass::Protocol);
    assert_eq!(failure_of(b"HTTP/1.1 200 OK\r\nBad Header\r\n\r\n"), FailureClass::Protocol);
}

#[test]
fn headers_are_bounded() {
    let huge =
        || Reply::Raw(format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1 << 20)).into());
    assert!(
        matches!(outcome_of(huge), Outcome::Failed(failure) if failure.class == FailureClass::Protocol)
    );
    let endless = || Reply::Endless(b"HTTP/1.1 200 OK\r\nX: y\r\n".repeat(100));
    assert!(matches!(outcome_of(endless), Outcome::Failed(_)));
}

#[test]
fn bodies_are_bounded() {
    let server = Server::start(Wire::Clear, |request: &Request| match request.path() {
        "/" => Reply::html("<a href=/page>x</a>"),
        "/page" => {
            let mut bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n".to_vec();
            bytes.resize(1 << 16, b'x');
            Reply::Endless(bytes)
        }
        _ => Reply::status(404, "no"),
    });
    let mut plan = brisk_plan();
    plan.http.request.time = Duration::from_secs(20);
    plan.http.request.body_bytes = 8 << 20;
    let Outcome::Answered(answer) = page_of(&exercise(&plan, &[server.port])) else { panic!() };
    assert_eq!(answer.end, BodyEnd::Limit);
    assert!(answer.body.bytes >= 8 << 20 && answer.body.bytes < 9 << 20);
    assert!(answer.body.sample.0.len() <= 1 << 20);
}

#[test]
fn bodies_that_break_off() {
    let short =
        answer_of(|| Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".to_vec()));
    assert_eq!((short.end, short.body.bytes), (BodyEnd::Broken, 3));
    let stalled =
        answer_of(|| Reply::Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".to_vec()));
    assert_eq!((stalled.end, stalled.body.bytes), (BodyEnd::Timeout, 3));
    let chunked = answer_of(|| {
        Reply::Raw(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n".to_vec(),
        )
    });
    assert_eq!(chunked.end, BodyEnd::Broken);
}

#[test]
fn bodies_of_every_framing() {
    let chunked = answer_of(|| {
        Reply::Raw(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n".to_vec(),
        )
    });
    assert_eq!((chunked.end, &*chunked.body.sample.0), (BodyEnd::Complete, &b"hello!"[..]));
    let closed = answer_of(|| Reply::Raw(b"HTTP/1.0 200 OK\r\n\r\nhello".to_vec()));
    assert_eq!((closed.end, &*closed.body.sample.0), (BodyEnd::Complete, &b"hello"[..]));
    // The body is what came over the wire: it is not inflated.
    let gzip =
        answer_of(|| Reply::of("text/html", b"\x1f\x8b\x08").with("Content-Encoding", "gzip"));
    assert_eq!(gzip.body.bytes, 3);
    assert_eq!(gzip.header("content-encoding"), Some("gzip"));
    let interim = answer_of(|| {
        Reply::Raw(
            b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
                .to_vec(),
        )
    });
    assert_eq!(interim.status, 200);
}

#[test]
fn streams_are_left_early() {
    let stream = answer_of(|| {
        Reply::Stall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n".to_vec(),
        )
    });
    assert_eq!((stream.end, stream.body.bytes), (BodyEnd::Stream, 9));
}

#[test]
fn a_server_that_falls_silent_is_left_alone() {
    let server = Server::start(Wire::Clear, |request: &Request| match request.path() {
        "/" => Reply::html(
            &(0..100).map(|n| format!("<a href=/{n}>x</a>")).collect::<Vec<_>>().concat(),
        ),
        path if path.len() <= 4 => Reply::Stall(Vec::new()),
        _ => Reply::status(404, "no"),
    });
    let started = Instant::now();
    let transcript = exercise(&brisk_plan(), &[server.port]);
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(transcript.limits[0].kind, jettison_probe::LimitKind::Unanswered);
    assert_eq!(transcript.limits[0].left_out, 97);
}

#[test]
fn redirects_to_strange_places_are_written_down_only() {
    for location in ["http://elsewhere.example/", "//[", "javascript:x", "http://localhost:1/"] {
        let answer = answer_of(move || Reply::redirect(301, location));
        assert_eq!(answer.status, 301);
        assert_eq!(answer.header("location"), Some(location));
    }
}
