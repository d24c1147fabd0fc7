//! What speaks behind a port: found by trying.
//!
//! A plain GET comes first, since a server that expects TLS answers it with an error at once,
//! whereas a plain server may wait for more of a TLS greeting. Ports whose usual servers speak
//! first are listened to before anything is said: a mail server counts what it does not
//! understand against its client.

use std::{io::Read as _, time::Duration};

use crate::{
    http::Reply,
    payload::Payload,
    request::WireRequest,
    session::{Page, Session},
    transcript::{FailureClass, Outcome, PortRecord, Scheme, Service},
};

/// Registered ports of protocols in which the server greets: FTP, SSH, Telnet, SMTP, POP3, IMAP,
/// MySQL, VNC.
const GREETING_PORTS: &[u16] = &[21, 22, 23, 25, 110, 143, 587, 2222, 3306, 5900, 33060];

/// DNS over TCP takes the first bytes for a length and waits for the rest.
const DNS_PORT: u16 = 53;

/// How long a greeting may take: servers that look up the client's name take a while.
const GREETING_TIME: Duration = Duration::from_secs(1);

/// The same for ports where none is expected.
const UNEXPECTED_GREETING_TIME: Duration = Duration::from_millis(100);

/// How long a TLS handshake and the page behind it may take on a port that may not speak TLS.
const TLS_TIME: Duration = Duration::from_secs(5);

/// The content type of a TLS record that tells what went wrong (RFC 8446 section 5.1). A server
/// that answers with anything else speaks a protocol of its own, and might take a TLS greeting
/// for the beginning of a long message.
const TLS_ALERT: u8 = 21;

/// Greetings are one line.
const GREETING_BYTES: usize = 4096;

/// Why the request that finds out is sent.
pub(crate) const START_PAGE: &str = "start page";

/// Finds out what speaks behind `port` and writes it down. When it is HTTP, its start page has
/// been asked for and is the last exchange.
pub(crate) fn discover(session: &mut Session<'_>, port: u16) -> (Service, Option<Page>) {
    discover_with(session, port, UNEXPECTED_GREETING_TIME)
}

/// As [`discover`], for a port that spoke no HTTP in another container. Its start page, if it
/// has one now, is not among the exchanges.
pub(crate) fn discover_again(session: &mut Session<'_>, known: &PortRecord) {
    // A greeting that is late is still one.
    let time = if known.banner.is_some() { GREETING_TIME } else { UNEXPECTED_GREETING_TIME };
    let (_service, page) = discover_with(session, known.port, time);
    if page.is_some() {
        session.forget_last_exchange();
    }
}

fn discover_with(
    session: &mut Session<'_>,
    port: u16,
    greeting_time: Duration,
) -> (Service, Option<Page>) {
    if GREETING_PORTS.contains(&port) || port == DNS_PORT {
        let banner = greeting(session, port, GREETING_TIME);
        if banner.is_some() || port == DNS_PORT {
            session.record_port(PortRecord { port, service: Service::Tcp, banner });
            return (Service::Tcp, None);
        }
    }
    let (service, request, reply) = ask_until_ready(session, port);
    let is_http = matches!(service, Service::Http | Service::Https);
    let banner = match service {
        Service::Tcp => greeting(session, port, greeting_time),
        _ => None,
    };
    session.record_port(PortRecord { port, service, banner });
    let page = is_http.then(|| session.record(request, START_PAGE, reply));
    (service, page)
}

fn ask_until_ready(session: &mut Session<'_>, port: u16) -> (Service, WireRequest, Reply) {
    let mut attempts = 0;
    loop {
        let (service, request, reply) = ask(session, port);
        if !session.pause_unless_ready(&reply, attempts) {
            return (service, request, reply);
        }
        attempts += 1;
    }
}

/// Asks for `/` in clear, and over TLS where the answer hints at it.
fn ask(session: &mut Session<'_>, port: u16) -> (Service, WireRequest, Reply) {
    let request = WireRequest::get(Scheme::Http, port, "/");
    let reply = session.ask(&request, session.plan.http.request.time);
    let service = service_of(&reply);
    if may_want_tls(&reply, port) {
        let secure = WireRequest::get(Scheme::Https, port, "/");
        let answer = session.ask(&secure, TLS_TIME.min(session.plan.http.request.time));
        if answer.outcome.answer().is_some() {
            return (Service::Https, secure, answer);
        }
    }
    (service, request, reply)
}

fn service_of(reply: &Reply) -> Service {
    match &reply.outcome {
        Outcome::Answered(_) => Service::Http,
        Outcome::Failed(failure) => service_of_failure(failure.class),
    }
}

/// What a port that does not answer in HTTP is.
pub(crate) fn service_of_failure(class: FailureClass) -> Service {
    match class {
        FailureClass::Refused | FailureClass::Network => Service::Closed,
        FailureClass::Timeout => Service::Silent,
        FailureClass::Reset
        | FailureClass::Tls
        | FailureClass::Protocol
        | FailureClass::Request => Service::Tcp,
    }
}

/// Servers that expect TLS close, send an alert, answer 400 in clear, or redirect to themselves.
fn may_want_tls(reply: &Reply, port: u16) -> bool {
    match &reply.outcome {
        Outcome::Failed(failure) => match failure.class {
            FailureClass::Reset | FailureClass::Protocol => {
                reply.first_byte.is_none_or(|byte| byte == TLS_ALERT)
            }
            _ => false,
        },
        Outcome::Answered(answer) => {
            let location = answer.header("location").unwrap_or_default();
            let redirects_to_itself = location
                .strip_prefix("https://")
                .and_then(|rest| rest.split('/').next())
                .is_some_and(|host| {
                    let named = host.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
                    named.unwrap_or(Scheme::Https.default_port()) == port
                });
            answer.status == 400 || redirects_to_itself
        }
    }
}

/// What the server says before it is spoken to, within `time`.
fn greeting(session: &Session<'_>, port: u16, time: Duration) -> Option<Payload> {
    let mut stream = session.dialer.dial(port, time).ok()?;
    stream.set_read_timeout(Some(time)).ok()?;
    let mut bytes = vec![0; GREETING_BYTES];
    let amount = stream.read(&mut bytes).ok().filter(|amount| *amount > 0)?;
    Some(Payload::of(&bytes[..amount], GREETING_BYTES))
}
