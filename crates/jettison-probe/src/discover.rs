//! What speaks behind a port: found by trying.
//!
//! A plain GET comes first, since a server that expects TLS answers it with an error at once,
//! whereas a plain server may wait for more of a TLS greeting. Ports whose usual servers speak
//! first are listened to before anything is said: a mail server counts what it does not
//! understand against its client.

use std::{io::Read as _, time::Duration};

use crate::{
    fastcgi::{self, FastCgi},
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

/// Registered ports of protocols that are neither HTTP nor HTTPS, and whose servers would wait
/// for the rest of a TLS greeting: MQTT, ZooKeeper, AMQP, PostgreSQL, Redis, Cassandra, Kafka,
/// Memcached, MongoDB. A plain request they refuse at once.
const OTHER_PORTS: &[u16] = &[1883, 2181, 5432, 5672, 6379, 9042, 9092, 11211, 27017];

/// How long a TLS handshake may take on a port that may not speak TLS.
const TLS_TIME: Duration = Duration::from_secs(2);

/// How long a port that was silent in another container is listened to.
const SILENT_TIME: Duration = Duration::from_secs(1);

/// The content type of a TLS record that belongs to a handshake (RFC 8446 section 5.1).
const TLS_HANDSHAKE: u8 = 22;

/// The content type of a TLS record that tells what went wrong (RFC 8446 section 5.1). A server
/// that answers with anything else speaks a protocol of its own, and might take a TLS greeting
/// for the beginning of a long message.
const TLS_ALERT: u8 = 21;

/// Greetings are one line.
const GREETING_BYTES: usize = 4096;

/// Why the request that finds out is sent.
pub(crate) const START_PAGE: &str = "start page";

/// What is known before a port is tried.
struct Expectation {
    /// How long it may take to greet after it has shown that it speaks no HTTP.
    greeting: Duration,
    /// How long a plain page may take.
    page: Duration,
    may_speak_tls: bool,
}

/// Finds out what speaks behind `port` and writes it down. When it is HTTP, its start page has
/// been asked for and is the last exchange.
pub(crate) fn discover(session: &mut Session<'_>, port: u16) -> (Service, Option<Page>) {
    let expectation = Expectation {
        greeting: UNEXPECTED_GREETING_TIME,
        page: session.plan.http.request.time,
        may_speak_tls: !OTHER_PORTS.contains(&port),
    };
    discover_expecting(session, port, &expectation)
}

/// As [`discover`], for a port that spoke no HTTP in another container. Its start page, if it
/// has one now, is not among the exchanges.
pub(crate) fn discover_again(session: &mut Session<'_>, known: &PortRecord) {
    let time = session.plan.http.request.time;
    let expectation = Expectation {
        // A greeting that is late is still one.
        greeting: if known.banner.is_some() { GREETING_TIME } else { UNEXPECTED_GREETING_TIME },
        page: if known.service == Service::Silent { time.min(SILENT_TIME) } else { time },
        may_speak_tls: false,
    };
    let (_service, page) = discover_expecting(session, known.port, &expectation);
    if page.is_some() {
        session.forget_last_exchange();
    }
}

fn discover_expecting(
    session: &mut Session<'_>,
    port: u16,
    expectation: &Expectation,
) -> (Service, Option<Page>) {
    if GREETING_PORTS.contains(&port) || port == DNS_PORT {
        let banner = greeting(session, port, GREETING_TIME);
        if banner.is_some() || port == DNS_PORT {
            session.record_port(PortRecord { port, service: Service::Tcp, banner });
            return (Service::Tcp, None);
        }
    }
    let (service, request, reply) = ask_until_ready(session, port, expectation);
    if let Some(config) = session.plan.http.fastcgi.clone()
        && port == fastcgi::PORT
        && matches!(service, Service::Tcp | Service::Silent)
        && speaks_fastcgi(session, port)
    {
        let service = Service::Fastcgi;
        session.record_port(PortRecord { port, service, banner: None });
        let page = session.perform(start_request(port, config), START_PAGE);
        return (service, Some(page));
    }
    let is_http = matches!(service, Service::Http | Service::Https);
    let banner = match service {
        Service::Tcp => greeting(session, port, expectation.greeting),
        _ => None,
    };
    session.record_port(PortRecord { port, service, banner });
    let page = is_http.then(|| session.record(request, START_PAGE, reply));
    (service, page)
}

/// The Unix sockets behind which an application speaks FastCGI, and how it is asked.
pub(crate) fn fastcgi_sockets(session: &Session<'_>) -> Vec<FastCgi> {
    let Some(config) = &session.plan.http.fastcgi else { return Vec::new() };
    let mut names = session.dialer.unix_sockets();
    names.retain(|name| fastcgi::is_likely_socket(name));
    names.retain(|name| {
        let stream = session.dialer.dial_unix(name);
        stream.is_ok_and(|mut stream| fastcgi::is_spoken(&mut stream, GREETING_TIME))
    });
    names.into_iter().map(|name| FastCgi { socket: Some(name), ..config.clone() }).collect()
}

/// The request for the start page of a FastCGI application; `port` is 0 where it has a socket.
pub(crate) fn start_request(port: u16, config: FastCgi) -> WireRequest {
    let request = WireRequest::get(Scheme::Fastcgi, port, "/");
    WireRequest { fastcgi: Some(config), ..request }
}

/// Asks for `/` in clear, and over TLS where the answer hints at it, until the server is ready.
fn ask_until_ready(
    session: &mut Session<'_>,
    port: u16,
    expectation: &Expectation,
) -> (Service, WireRequest, Reply) {
    let mut may_speak_tls = expectation.may_speak_tls;
    let mut attempts = 0;
    loop {
        let request = WireRequest::get(Scheme::Http, port, "/");
        let reply = session.ask(&request, expectation.page);
        if may_speak_tls && hints_at_tls(&reply, port) {
            let secure = WireRequest::get(Scheme::Https, port, "/");
            match ask_securely(session, &secure) {
                Ok(reply) => return (Service::Https, secure, reply),
                // It waits for more of the greeting: it took it for something else.
                Err(FailureClass::Timeout) => may_speak_tls = false,
                Err(_) => {}
            }
        }
        if !session.pause_unless_ready(&reply, attempts) {
            return (service_of(&reply), request, reply);
        }
        attempts += 1;
    }
}

/// Asks over TLS. The handshake has little time; the page behind it has as much as any.
fn ask_securely(session: &mut Session<'_>, request: &WireRequest) -> Result<Reply, FailureClass> {
    let time = session.plan.http.request.time;
    let mut reply = session.ask(request, TLS_TIME.min(time));
    let is_slow = matches!(&reply.outcome, Outcome::Failed(failure) if failure.class == FailureClass::Timeout);
    if is_slow && reply.first_byte == Some(TLS_HANDSHAKE) {
        reply = session.ask(request, time);
    }
    match &reply.outcome {
        Outcome::Answered(_) => Ok(reply),
        Outcome::Failed(failure) => Err(failure.class),
    }
}

fn speaks_fastcgi(session: &Session<'_>, port: u16) -> bool {
    let stream = session.dialer.dial(port, GREETING_TIME);
    stream.is_ok_and(|mut stream| fastcgi::is_spoken(&mut stream, GREETING_TIME))
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
fn hints_at_tls(reply: &Reply, port: u16) -> bool {
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
