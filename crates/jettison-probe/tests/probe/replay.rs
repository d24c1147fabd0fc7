//! A replay asks the same, and a comparison finds what changed and nothing else.

use std::sync::atomic::{AtomicU32, Ordering};

use jettison_probe::{Aspect, Transcript, compare};

use crate::server::{Reply, Request, Server, Wire, brisk_plan, exercise, outline, replay};

/// An application with sessions, tokens and a clock, as frameworks make them.
fn application(broken: bool) -> Server {
    let clock = AtomicU32::new(std::process::id());
    Server::start(Wire::Clear, move |request: &Request| {
        let now = clock.fetch_add(1, Ordering::Relaxed);
        let token = format!("t{now}+/=");
        let expected =
            request.header("cookie").and_then(|c| c.strip_prefix("session=").map(encode));
        match (&*request.method, request.path()) {
            ("GET", "/") => Reply::html(&format!(
                "<p>served at {now}</p><form action=/save method=post>\
                 <input type=hidden name=token value='{token}'><input name=x></form>\
                 <a href=/item>item</a>"
            ))
            .with("Set-Cookie", &format!("session={token}; Path=/"))
            .with("Date", &format!("now {now}"))
            .with("X-Build", "7"),
            ("POST", "/save") => {
                let body = String::from_utf8_lossy(&request.body).into_owned();
                let is_valid =
                    expected.is_some_and(|token| body == format!("token={token}&x=jettison"));
                if is_valid { Reply::html("saved") } else { Reply::status(403, "bad token") }
            }
            ("GET", "/item") if broken => Reply::status(500, "No such file: /etc/item.conf"),
            ("GET", "/item") => Reply::html("item"),
            _ => Reply::status(404, "no"),
        }
    })
}

fn encode(token: &str) -> String {
    token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

/// Points a transcript at another server's port, as two containers have the same port.
fn at(transcript: &Transcript, port: u16) -> Transcript {
    let json = serde_json::to_string(transcript).unwrap();
    let old = transcript.ports[0].port.to_string();
    serde_json::from_str(&json.replace(&old, &port.to_string())).unwrap()
}

#[test]
fn tokens_of_this_run_are_sent() {
    let server = application(false);
    let first = exercise(&brisk_plan(), &[server.port]);
    assert!(outline(&first).contains(&"POST /save 200".to_owned()), "{:?}", outline(&first));
    let again = replay(&first, &brisk_plan());
    assert_eq!(outline(&again), outline(&first));
    let count = server.asked().len() / 2;
    assert_eq!(server.asked()[..count], server.asked()[count..]);
}

#[test]
fn what_varies_is_learned_and_what_breaks_is_found() {
    let fat = application(false);
    let first = exercise(&brisk_plan(), &[fat.port]);
    let second = replay(&first, &brisk_plan());
    let slim = replay(&second, &brisk_plan());

    let alone = compare(std::slice::from_ref(&first), &slim);
    assert!(alone.needs_second_opinion());
    assert_eq!(alone.differences.len(), 1, "{alone:?}");
    assert_eq!(alone.differences[0].aspect, Aspect::Body);
    let informed = compare(&[first.clone(), second.clone()], &slim);
    assert_eq!(informed.to_string(), format!("{} requests: equal", first.exchanges.len()));
    assert!(!informed.needs_second_opinion());

    let broken = application(true);
    let broken_run = at(&exercise(&brisk_plan(), &[broken.port]), fat.port);
    let comparison = compare(&[first, second], &broken_run);
    let [difference] = &comparison.differences[..] else { panic!("{comparison:?}") };
    let shown = difference.to_string();
    assert!(shown.starts_with("GET http://localhost:"), "{shown}");
    assert!(
        shown.ends_with("/item: status: expected 200, got 500, \"No such file: /etc/item.conf\"")
    );
}

#[test]
fn a_server_that_does_not_start_is_found_quickly() {
    let server = application(false);
    let first = exercise(&brisk_plan(), &[server.port]);
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = unused.local_addr().unwrap().port();
    drop(unused);
    let gone = replay(&at(&first, port), &brisk_plan());
    let comparison = compare(&[at(&first, port)], &gone);
    assert_eq!(comparison.differences[0].aspect, Aspect::Service);
    assert!(comparison.differences[1].got.contains("connection refused"), "{comparison:?}");
}

#[test]
fn a_server_that_hangs_is_given_up() {
    let page = (0..200).map(|n| format!("<a href=/{n}>x</a>")).collect::<Vec<_>>().concat();
    let fat = Server::start(Wire::Clear, move |_: &Request| Reply::html(&page));
    let first = exercise(&brisk_plan(), &[fat.port]);
    let hangs = Server::start(Wire::Clear, |_: &Request| Reply::Stall(Vec::new()));
    let started = std::time::Instant::now();
    let hung = replay(&at(&first, hangs.port), &brisk_plan());
    assert!(started.elapsed() < std::time::Duration::from_secs(5));
    assert_eq!(hung.exchanges.len(), first.exchanges.len());
    assert!(format!("{:?}", hung.exchanges[100].outcome).contains("not sent"));
}

#[test]
fn a_transcript_from_a_file_replays_what_it_can() {
    let server = application(false);
    let first = exercise(&brisk_plan(), &[server.port]);
    let read_back = at(&first, server.port);
    let again = replay(&read_back, &brisk_plan());
    let lines: Vec<String> = outline(&again);
    assert!(lines.contains(&"GET /item 200".to_owned()));
    assert!(lines.contains(&"POST /save Request".to_owned()), "{lines:?}");
}
