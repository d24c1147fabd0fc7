//! Comparisons of transcripts made by hand.

use super::*;
use crate::{
    container::{Command, Exit},
    transcript::{BodyEnd, Failure, FailureClass, HealthStatus, Scheme, Service},
};

fn request(target: &str) -> RequestRecord {
    RequestRecord {
        socket: None,
        method: "GET".to_owned(),
        scheme: Scheme::Http,
        port: 80,
        target: target.to_owned(),
        headers: Vec::new(),
        body_bytes: 0,
        why: "test".to_owned(),
    }
}

fn exchange(target: &str, outcome: Outcome) -> HttpExchange {
    HttpExchange { request: request(target), outcome, wire: None }
}

fn answered(status: u16, headers: &[(&str, &str)], body: &str) -> Outcome {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Outcome::Answered(Answer {
        status,
        headers: headers.iter().map(owned).collect(),
        body: Payload::of(body.as_bytes(), 4096),
        end: BodyEnd::Complete,
    })
}

fn failed(class: FailureClass) -> Outcome {
    Outcome::Failed(Failure { class, detail: "detail".to_owned() })
}

fn run(outcome: Outcome) -> Transcript {
    Transcript { exchanges: vec![exchange("/x", outcome)], ..Transcript::default() }
}

/// Aspects in which the last of some outcomes differs from the others.
fn aspects(fat: &[Outcome], slim: Outcome) -> Vec<Aspect> {
    let fat: Vec<Transcript> = fat.iter().cloned().map(run).collect();
    compare(&fat, &run(slim)).differences.into_iter().map(|difference| difference.aspect).collect()
}

fn header(name: &str) -> Aspect {
    Aspect::Header(name.to_owned())
}

#[test]
fn one_fat_run() {
    let page = || answered(200, &[("content-type", "text/html")], "page");
    let table = [
        (page(), page(), vec![]),
        (page(), answered(404, &[], "no"), vec![Aspect::Status]),
        (page(), answered(200, &[("content-type", "text/html")], "other"), vec![Aspect::Body]),
        (page(), answered(200, &[], "page"), vec![header("content-type")]),
        (page(), failed(FailureClass::Reset), vec![Aspect::Answer]),
        (failed(FailureClass::Reset), page(), vec![Aspect::Answer]),
        (failed(FailureClass::Reset), failed(FailureClass::Reset), vec![]),
        (failed(FailureClass::Reset), failed(FailureClass::Refused), vec![Aspect::Answer]),
    ];
    for (fat, slim, expected) in table {
        assert_eq!(aspects(std::slice::from_ref(&fat), slim.clone()), expected, "{fat:?} {slim:?}");
    }
}

#[test]
fn volatile_headers() {
    let with = |name: &'static str, value: &str| answered(200, &[(name, value)], "page");
    for name in VOLATILE_HEADERS.iter().map(|header| header.name) {
        assert_eq!(aspects(&[with(name, "a=1")], with(name, "a=2")), [], "{name}");
        assert_eq!(aspects(&[with(name, "a=1")], answered(200, &[], "page")), [header(name)]);
    }
    for name in ["etag", "last-modified", "server", "location"] {
        assert_eq!(aspects(&[with(name, "1")], with(name, "2")), [header(name)], "{name}");
    }
}

#[test]
fn cookies_are_compared_by_shape() {
    let cookies = |values: &[&str]| {
        let headers: Vec<(&str, &str)> =
            values.iter().map(|value| ("set-cookie", *value)).collect();
        answered(200, &headers, "page")
    };
    let fat = [cookies(&["a=1; Path=/; HttpOnly; Max-Age=10", "b=2"])];
    let same = cookies(&["a=9; HttpOnly; path=/; max-age=11", "b=3"]);
    assert_eq!(aspects(&fat, same), []);
    for values in [&["a=1; Path=/; Max-Age=10", "b=2"][..], &["a=1; Path=/; HttpOnly; Max-Age=10"]]
    {
        assert_eq!(aspects(&fat, cookies(values)), [header("set-cookie")], "{values:?}");
    }
}

#[test]
fn two_fat_runs_show_what_varies() {
    let page = |nonce: &str, time: &str, length: &str| {
        let headers = [("x-nonce", nonce), ("content-length", length)];
        answered(200, &headers, &format!("<p>time {time}</p>"))
    };
    let fat = [page("a", "9:59", "18"), page("b", "9:58", "18")];
    assert_eq!(aspects(&fat, page("c", "10:00", "19")), []);
    let broken = answered(200, &[("x-nonce", "c")], "<p>time unknown: error</p>");
    assert_eq!(aspects(&fat, broken), [Aspect::Body]);
    assert_eq!(aspects(&fat, failed(FailureClass::Timeout)), [Aspect::Answer]);
}

#[test]
fn statuses_that_vary() {
    let status = |status: u16| answered(status, &[], "body");
    let fat = [status(200), status(429)];
    for fine in [200, 429, 404] {
        assert_eq!(aspects(&fat, status(fine)), [], "{fine}");
    }
    assert_eq!(aspects(&fat, status(500)), [Aspect::Status]);
    assert_eq!(aspects(&[status(200), status(503)], status(500)), []);
    assert_eq!(aspects(&[status(200), failed(FailureClass::Timeout)], status(200)), []);
    // What else varies here, a single answer of that status cannot tell; an error page is told by its size.
    let page = |text: &str| answered(200, &[], text);
    assert_eq!(aspects(&[page("at 10.01"), status(503)], page("at 11.30")), []);
    assert_eq!(aspects(&[page("at 10.01"), status(503)], page("")), [Aspect::Body]);
    assert_eq!(aspects(&[page("at 10.01")], page("at 11.30")), [Aspect::Body]);
    let flaky = [status(200), failed(FailureClass::Timeout)];
    assert_eq!(aspects(&flaky, failed(FailureClass::Timeout)), []);
    assert_eq!(aspects(&flaky, failed(FailureClass::Refused)), [Aspect::Answer]);
}

#[test]
fn bodies_without_end() {
    let body = |end: BodyEnd, text: &str| {
        let Outcome::Answered(mut answer) = answered(200, &[], text) else { unreachable!() };
        answer.end = end;
        Outcome::Answered(answer)
    };
    let fat = [body(BodyEnd::Stream, "data: 1")];
    assert_eq!(aspects(&fat, body(BodyEnd::Stream, "data: 1 data: 2")), []);
    assert_eq!(aspects(&fat, body(BodyEnd::Broken, "data: 1")), [Aspect::Body]);
    let complete = [body(BodyEnd::Complete, "x")];
    assert_eq!(aspects(&complete, body(BodyEnd::Broken, "x")), [Aspect::Body]);
}

#[test]
fn ports() {
    let run = |service: Service, banner: Option<&str>| Transcript {
        ports: vec![PortRecord {
            port: 22,
            service,
            banner: banner.map(|banner| Payload::of(banner.as_bytes(), 100)),
        }],
        ..Transcript::default()
    };
    let fat = run(Service::Tcp, Some("SSH-2.0 a"));
    let differences = |slim| compare(std::slice::from_ref(&fat), &slim).differences.len();
    assert_eq!(differences(run(Service::Tcp, Some("SSH-2.0 b"))), 0);
    assert_eq!(differences(run(Service::Tcp, None)), 1);
    assert_eq!(differences(run(Service::Closed, None)), 1);
    assert_eq!(differences(Transcript::default()), 1);
}

#[test]
fn health() {
    let run = |status: HealthStatus, attempts: u32, exit: i32| Transcript {
        health: Some(HealthRecord {
            status,
            attempts,
            last: CommandRecord {
                command: Command::new(["check"]),
                exit: Exit::Code(exit),
                stdout: Payload::of(b"why", 100),
                stderr: Payload::of(b"", 100),
                elapsed_ms: u64::from(attempts),
                not_started: None,
            },
        }),
        ..Transcript::default()
    };
    let fat = [run(HealthStatus::Healthy, 1, 0)];
    assert!(compare(&fat, &run(HealthStatus::Healthy, 2, 0)).is_equal());
    let sick = compare(&fat, &run(HealthStatus::Unhealthy, 3, 1));
    assert_eq!(
        sick.differences[0].to_string(),
        "health check check: health: expected healthy, got unhealthy (exit status 1), \"why\""
    );
    assert_eq!(compare(&fat, &Transcript::default()).differences[0].aspect, Aspect::Missing);
}

#[test]
fn what_is_missing_is_a_difference() {
    let fat = run(answered(200, &[], "x"));
    let none = compare(std::slice::from_ref(&fat), &Transcript::default());
    assert_eq!(none.differences[0].aspect, Aspect::Missing);
    let mut other = fat.clone();
    other.exchanges[0].request.target = "/other".to_owned();
    assert_eq!(compare(std::slice::from_ref(&fat), &other).differences[0].aspect, Aspect::Missing);
    let nothing = compare(&[], &fat);
    assert!(!nothing.is_equal() && !nothing.needs_second_opinion());
}

#[test]
fn words_are_told_from_deeds() {
    let page = |length: &str, body: &str| answered(200, &[("content-length", length)], body);
    let fat = [run(page("4", "page"))];
    for (slim, expected) in [
        (page("4", "page"), true),
        (page("5", "other"), true),
        (answered(200, &[("content-length", "5"), ("server", "x")], "other"), false),
        (answered(404, &[("content-length", "4")], "page"), false),
        (failed(FailureClass::Reset), false),
    ] {
        assert_eq!(compare(&fat, &run(slim.clone())).is_in_words_alone(), expected, "{slim:?}");
    }
}

#[test]
fn summaries_read_well() {
    let table = [
        ((214, 3, 1, 2), 0, "214 requests, 3 commands, 1 health check, 2 sockets: equal"),
        ((1, 0, 0, 0), 1, "1 request: 1 difference"),
        ((0, 1, 2, 1), 2, "1 command, 2 health checks, 1 socket: 2 differences"),
        ((0, 0, 0, 0), 0, "nothing: equal"),
    ];
    for ((requests, commands, health_checks, sockets), differences, expected) in table {
        let difference = Difference {
            subject: "s".to_owned(),
            aspect: Aspect::Body,
            expected: "e".to_owned(),
            got: "g".to_owned(),
        };
        let comparison = Comparison {
            compared: Summary { requests, commands, health_checks, sockets },
            differences: vec![difference; differences],
            fat_runs: 1,
        };
        assert_eq!(comparison.to_string(), expected);
        assert_eq!(comparison.needs_second_opinion(), differences > 0);
        assert!(!comparison.needs_fat_run(1));
    }
}

#[test]
fn excerpts_hold_no_control_characters() {
    let fat = [run(answered(200, &[("x-a", "b")], "plain"))];
    let slim = run(answered(200, &[("x-a", "\u{1b}[2J\u{7}")], "\u{1b}]0;evil\u{7}"));
    for difference in compare(&fat, &slim).differences {
        let shown = difference.to_string();
        assert!(!shown.contains(char::is_control), "{shown:?}");
    }
}
