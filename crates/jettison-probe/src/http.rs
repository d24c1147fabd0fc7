//! One HTTP/1.1 exchange over a dialled stream, in clear or over TLS, within bounds.

use std::{
    io::{self, Read as _},
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use ureq::{
    Agent, Body, Error,
    config::Config,
    http::{self, Response, Uri},
    tls::{RootCerts, TlsConfig, TlsProvider},
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::{Connector as _, NextTimeout, RustlsConnector},
    },
};

use crate::{
    container::Dialer,
    deadline::after,
    fastcgi,
    payload::Meter,
    plan::RequestBounds,
    request::WireRequest,
    secret::mask_response_header,
    stream::Slot,
    tls,
    transcript::{Answer, BodyEnd, Failure, FailureClass, Outcome, Scheme},
    websocket,
};

/// Sends requests, one connection each.
pub(crate) struct Client<'a> {
    dialer: &'a dyn Dialer,
    bounds: RequestBounds,
    agent: Agent,
    slot: Slot,
}

/// What one request brought.
pub(crate) struct Reply {
    pub(crate) outcome: Outcome,
    /// Headers as received, cookies in clear; empty when there was no answer.
    pub(crate) headers: Vec<(String, String)>,
    /// The first byte that came, if any did.
    pub(crate) first_byte: Option<u8>,
    /// How many messages a WebSocket brought.
    pub(crate) messages: Option<usize>,
}

impl Reply {
    /// No answer.
    pub(crate) fn failed(failure: Failure) -> Self {
        let outcome = Outcome::Failed(failure);
        Self { outcome, headers: Vec::new(), first_byte: None, messages: None }
    }

    /// An answer whose headers are still in clear.
    pub(crate) fn answered(
        (status, headers): (u16, Vec<(String, String)>),
        (body, end): (&[u8], BodyEnd),
    ) -> Self {
        let mut meter = Meter::new(PAGE_BYTES);
        meter.push(body);
        let shown =
            headers.iter().map(|(name, value)| (name.clone(), mask_response_header(name, value)));
        let answer = Answer { status, headers: shown.collect(), body: meter.finish(), end };
        Self { outcome: Outcome::Answered(answer), headers, first_byte: None, messages: None }
    }
}

/// How much of a body is kept while a page is looked at. Pages are smaller; a generated listing
/// that is larger has more links in its first mebibyte than a crawl follows.
pub(crate) const PAGE_BYTES: usize = 1 << 20;

/// Room for a whole response head plus some body. The client asks for one buffer that holds the
/// head at once.
const BUFFER_SLACK: usize = 32 << 10;

/// Requests are small; larger bodies go out in several writes.
const OUTPUT_BUFFER: usize = 16 << 10;

/// Names the probe in access logs, without a version: an application that echoes it must answer
/// the same after an update.
pub(crate) const USER_AGENT: &str = "Mozilla/5.0 (compatible; jettison-probe)";

/// What browsers accept for a page. Frameworks choose the format of their errors by it.
const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Sent by every browser; applications with translations pick one by it.
const ACCEPT_LANGUAGE: &str = "en";

impl<'a> Client<'a> {
    pub(crate) fn new(dialer: &'a dyn Dialer, bounds: RequestBounds) -> Self {
        let slot = Slot::default();
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::Specific(Vec::new().into()))
            // The container's own certificate, over its own loopback: nothing to verify against.
            .disable_verification(true)
            .build();
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .tls_config(tls)
            .user_agent(USER_AGENT)
            .accept(ACCEPT)
            .max_response_header_size(bounds.header_bytes)
            .input_buffer_size(bounds.header_bytes + BUFFER_SLACK)
            .output_buffer_size(OUTPUT_BUFFER)
            .max_idle_connections(0)
            .allow_non_standard_methods(true)
            .build();
        let connector = slot.clone().chain(RustlsConnector::default());
        let agent = Agent::with_parts(config, connector, NoResolver);
        Self { dialer, bounds, agent, slot }
    }

    /// Sends `request` and reads the answer within `time`, keeping at most `most` bytes of the
    /// body; `cookie` is the value of a `cookie` header.
    pub(crate) fn send(
        &self,
        request: &WireRequest,
        cookie: Option<&str>,
        (time, most): (Duration, usize),
    ) -> Reply {
        let deadline = after(time);
        self.slot.clear();
        let bounds = (self.bounds, time);
        if let Some(socket) = request.unix_socket() {
            return match self.dialer.dial_unix(socket) {
                Ok(mut stream) => fastcgi::ask(&mut stream, request, cookie, bounds),
                Err(error) => Reply::failed(dial_failure(&error)),
            };
        }
        let mut stream = match self.dialer.dial(request.port, time) {
            Ok(stream) => stream,
            Err(error) => return Reply::failed(dial_failure(&error)),
        };
        match request.scheme {
            Scheme::Http | Scheme::Https => {}
            Scheme::Fastcgi => return fastcgi::ask(&mut stream, request, cookie, bounds),
            Scheme::Ws => return websocket::converse(&mut stream, request, cookie, bounds),
            Scheme::Wss => {
                return match tls::wrap(stream) {
                    Ok(mut stream) => websocket::converse(&mut stream, request, cookie, bounds),
                    Err(error) => Reply::failed(dial_failure(&error)),
                };
            }
        }
        self.slot.put(stream, deadline);
        match self.run(request, cookie) {
            Ok(response) => self.read(request, response, most),
            Err(error) => Reply {
                first_byte: self.slot.first_byte(),
                ..Reply::failed(failure(request.scheme, &error))
            },
        }
    }

    fn run(&self, request: &WireRequest, cookie: Option<&str>) -> Result<Response<Body>, Error> {
        let uri = format!("{}{}", request.origin(), request.target);
        let mut builder = http::Request::builder().method(request.method.as_str()).uri(uri);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let is_set = |name: &str| request.headers.iter().any(|(key, _)| key == name);
        if !is_set("accept-language") {
            builder = builder.header("accept-language", ACCEPT_LANGUAGE);
        }
        if !is_set("connection") {
            builder = builder.header("connection", "close");
        }
        if let Some(cookie) = cookie.filter(|_| !is_set("cookie")) {
            builder = builder.header("cookie", cookie);
        }
        let takes_body = matches!(&*request.method, "POST" | "PUT" | "PATCH");
        if request.body.is_empty() && !takes_body {
            self.agent.run(builder.body(())?)
        } else {
            self.agent.run(builder.body(&*request.body)?)
        }
    }

    fn read(&self, request: &WireRequest, response: Response<Body>, most: usize) -> Reply {
        let status = response.status().as_u16();
        let headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let is_stream =
            headers.iter().any(|(name, value)| name == "content-type" && is_endless_type(value));
        if is_stream {
            self.slot.cut_at(after(self.bounds.stream_time));
        }
        let mut meter = Meter::new(most);
        let end = match self.drain(request.scheme, response.into_body(), &mut meter) {
            BodyEnd::Timeout if is_stream => BodyEnd::Stream,
            end => end,
        };
        let shown =
            headers.iter().map(|(name, value)| (name.clone(), mask_response_header(name, value)));
        let answer = Answer { status, headers: shown.collect(), body: meter.finish(), end };
        let first_byte = self.slot.first_byte();
        Reply { outcome: Outcome::Answered(answer), headers, first_byte, messages: None }
    }

    fn drain(&self, scheme: Scheme, body: Body, meter: &mut Meter) -> BodyEnd {
        const CHUNK: usize = 32 << 10;
        let mut reader = body.into_reader();
        let mut chunk = vec![0; CHUNK];
        loop {
            match reader.read(&mut chunk) {
                Ok(0) => return BodyEnd::Complete,
                Ok(amount) => meter.push(&chunk[..amount]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return match failure(scheme, &error.into()).class {
                        FailureClass::Timeout => BodyEnd::Timeout,
                        _ => BodyEnd::Broken,
                    };
                }
            }
            if meter.bytes() >= self.bounds.body_bytes {
                return BodyEnd::Limit;
            }
        }
    }
}

/// Types whose bodies have no end: server-sent events and camera pictures.
fn is_endless_type(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(&*essence, "text/event-stream" | "multipart/x-mixed-replace")
}

fn dial_failure(error: &io::Error) -> Failure {
    let class = match error.kind() {
        // A Unix socket that is not there yet is a port on which nothing listens.
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => FailureClass::Refused,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => FailureClass::Reset,
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => FailureClass::Timeout,
        _ => FailureClass::Network,
    };
    Failure { class, detail: error.to_string() }
}

fn failure(scheme: Scheme, error: &Error) -> Failure {
    let class = match error {
        Error::Timeout(_) => FailureClass::Timeout,
        Error::Tls(_) | Error::Rustls(_) | Error::TlsRequired => FailureClass::Tls,
        Error::Http(_) | Error::BadUri(_) => FailureClass::Request,
        Error::Io(error) => io_class(scheme, error),
        _ => FailureClass::Protocol,
    };
    Failure { class, detail: error.to_string() }
}

fn io_class(scheme: Scheme, error: &io::Error) -> FailureClass {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => FailureClass::Refused,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof
        | io::ErrorKind::NotConnected => FailureClass::Reset,
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => FailureClass::Timeout,
        // rustls wraps its errors so.
        io::ErrorKind::InvalidData if scheme == Scheme::Https => FailureClass::Tls,
        _ => FailureClass::Network,
    }
}

/// The dialer knows where to connect; the client only wants to have some address.
#[derive(Debug)]
struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let mut addresses = self.empty();
        addresses.push(SocketAddr::from((Ipv4Addr::LOCALHOST, uri.port_u16().unwrap_or(80))));
        Ok(addresses)
    }
}
