//! What was asked of a container and what it answered.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    container::{Command, CommandOutcome, Exit},
    payload::Payload,
    request::WireRequest,
};

/// Everything that the probes did in one run, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// What was found behind each port.
    pub ports: Vec<PortRecord>,
    /// HTTP requests and their answers.
    pub exchanges: Vec<HttpExchange>,
    /// Commands that were run inside the container.
    pub commands: Vec<CommandRecord>,
    /// The HEALTHCHECK, where the image has one.
    pub health: Option<HealthRecord>,
    /// How the container itself ended, where its run is the probe; the caller sets it.
    pub exit: Option<CommandRecord>,
    /// Further commands of the image, each run in a container of its own; the caller sets them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherRecord>,
    /// The user's own commands that were run outside, against the container; the caller sets them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<CommandRecord>,
    /// What was asked for and could not be done, each in a sentence without a full stop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// Where the probes stopped short of what they found.
    pub limits: Vec<Limit>,
}

/// Samples of a transcript without them: enough for a message, too short to matter in a report.
const EXCERPT_BYTES: usize = 512;

impl Transcript {
    /// A copy for reports, with every sample cut to 512 bytes. It cannot stand for a run of the
    /// fat image in a comparison where bodies vary.
    #[must_use]
    pub fn abridged(&self) -> Self {
        let mut copy = self.clone();
        for exchange in &mut copy.exchanges {
            exchange.wire = None;
            if let Outcome::Answered(answer) = &mut exchange.outcome {
                answer.body.shorten(EXCERPT_BYTES);
            }
        }
        let health = copy.health.iter_mut().map(|health| &mut health.last);
        let others = copy.others.iter_mut().map(|other| &mut other.command);
        let commands = copy.commands.iter_mut().chain(others).chain(&mut copy.outside);
        for record in commands.chain(&mut copy.exit).chain(health) {
            record.stdout.shorten(EXCERPT_BYTES);
            record.stderr.shorten(EXCERPT_BYTES);
        }
        copy
    }

    /// The exchanges that the server answered with a status of 500 or more, or not at all.
    pub fn server_failures(&self) -> impl Iterator<Item = &HttpExchange> {
        self.exchanges.iter().filter(|exchange| match &exchange.outcome {
            Outcome::Answered(answer) => answer.status >= 500,
            Outcome::Failed(_) => true,
        })
    }
}

/// A port and what speaks behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortRecord {
    /// TCP port number inside the container.
    pub port: u16,
    /// What was found there.
    pub service: Service,
    /// What the server says before it is spoken to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub banner: Option<Payload>,
}

/// What speaks behind a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// HTTP in clear.
    Http,
    /// HTTP over TLS.
    Https,
    /// FastCGI, as PHP's process manager speaks it.
    Fastcgi,
    /// Another protocol; it was connected to and left alone.
    Tcp,
    /// It accepts connections and never says a word.
    Silent,
    /// Nothing accepts connections.
    Closed,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "HTTP",
            Self::Https => "HTTPS",
            Self::Fastcgi => "FastCGI",
            Self::Tcp => "a protocol other than HTTP",
            Self::Silent => "a server that does not answer",
            Self::Closed => "nothing that listens",
        })
    }
}

/// In which protocol a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// HTTP in clear.
    Http,
    /// HTTP over TLS.
    Https,
    /// A WebSocket in clear.
    Ws,
    /// A WebSocket over TLS.
    Wss,
    /// FastCGI, as a web server speaks it to an application behind it.
    Fastcgi,
}

impl Scheme {
    /// As it stands in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Ws => "ws",
            Self::Wss => "wss",
            Self::Fastcgi => "fastcgi",
        }
    }

    /// Whether it is a WebSocket.
    pub fn is_socket(self) -> bool {
        matches!(self, Self::Ws | Self::Wss)
    }

    /// The protocol of pages that lead to such a request, and that it leads to.
    pub(crate) fn of_pages(self) -> Self {
        match self {
            Self::Http | Self::Ws | Self::Fastcgi => Self::Http,
            Self::Https | Self::Wss => Self::Https,
        }
    }

    /// A WebSocket on the server of such pages.
    pub(crate) fn of_sockets(self) -> Self {
        match self.of_pages() {
            Self::Https => Self::Wss,
            _ => Self::Ws,
        }
    }

    /// The port that a URL may leave out.
    pub(crate) fn default_port(self) -> u16 {
        match self {
            Self::Http | Self::Ws | Self::Fastcgi => 80,
            Self::Https | Self::Wss => 443,
        }
    }
}

/// One HTTP request and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpExchange {
    /// What was asked, without secrets.
    pub request: RequestRecord,
    /// What came back.
    pub outcome: Outcome,
    /// What was really sent, for a replay. Not serialised: it may hold secrets.
    #[serde(skip)]
    pub(crate) wire: Option<WireRequest>,
}

/// A request as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// Method, in upper case.
    pub method: String,
    /// Clear or encrypted.
    pub scheme: Scheme,
    /// TCP port inside the container; 0 where it goes to a Unix socket.
    pub port: u16,
    /// The Unix socket it goes to, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socket: Option<String>,
    /// Path and query; values of parameters that are credentials are hidden.
    pub target: String,
    /// Headers in the order sent, names in lower case, credentials hidden.
    pub headers: Vec<(String, String)>,
    /// Length of the request's body.
    pub body_bytes: u64,
    /// Why it was sent: `start page`, `link on /`, `form on /login`.
    pub why: String,
}

impl fmt::Display for RequestRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, scheme, port, socket, target, .. } = self;
        match socket {
            // As web servers write the address of such an application.
            Some(socket) => write!(f, "{method} {}://unix:{socket}:{target}", scheme.as_str())?,
            None => write!(f, "{method} {}://localhost:{port}{target}", scheme.as_str())?,
        }
        // What tells a variant of a request from the plain one.
        let telling = ["range", "accept-encoding", "if-none-match", "if-modified-since"];
        for (name, value) in self.headers.iter().filter(|(name, _)| telling.contains(&&**name)) {
            write!(f, " ({name}: {value})")?;
        }
        Ok(())
    }
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// An answer of whatever status.
    Answered(Answer),
    /// No answer that is HTTP.
    Failed(Failure),
}

impl Outcome {
    /// The answer, if there was one.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answered(answer) => Some(answer),
            Self::Failed(_) => None,
        }
    }
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers in the order received, names in lower case; values of cookies are hashed.
    pub headers: Vec<(String, String)>,
    /// The body as it came over the wire, less the chunking: neither inflated nor decoded.
    pub body: Payload,
    /// Whether the body came to its end.
    pub end: BodyEnd,
}

impl Answer {
    /// The first header of this name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// How reading a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyEnd {
    /// All of it came.
    Complete,
    /// It is longer than the probe reads.
    Limit,
    /// It is a stream without end by its type; the probe left it.
    Stream,
    /// The rest did not come in time.
    Timeout,
    /// The connection broke.
    Broken,
}

impl BodyEnd {
    /// Whether two bodies that end so can be compared byte by byte: what comes before a timeout
    /// or out of a stream depends on the moment.
    pub(crate) fn is_comparable(self) -> bool {
        matches!(self, Self::Complete | Self::Limit)
    }
}

impl fmt::Display for BodyEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Complete => "a complete body",
            Self::Limit => "a body longer than the probe reads",
            Self::Stream => "a stream",
            Self::Timeout => "a body that stopped coming",
            Self::Broken => "a body cut off by the end of the connection",
        })
    }
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind, which comparisons look at.
    pub class: FailureClass,
    /// What the system or the protocol said, for people.
    pub detail: String,
}

/// Kinds of failed requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureClass {
    /// Nothing listens on the port.
    Refused,
    /// The connection ended before an answer began.
    Reset,
    /// No answer in time.
    Timeout,
    /// The TLS handshake or a record failed.
    Tls,
    /// What came back is not HTTP/1.
    Protocol,
    /// The request could not be sent: it is not valid HTTP.
    Request,
    /// The connection could not be made for another reason.
    Network,
}

impl fmt::Display for FailureClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "connection refused",
            Self::Reset => "connection closed without an answer",
            Self::Timeout => "no answer in time",
            Self::Tls => "TLS failed",
            Self::Protocol => "the answer is not HTTP/1",
            Self::Request => "the request cannot be sent",
            Self::Network => "no connection",
        })
    }
}

/// A command and what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRecord {
    /// What was run.
    pub command: Command,
    /// How it ended.
    pub exit: Exit,
    /// Standard output.
    pub stdout: Payload,
    /// Standard error.
    pub stderr: Payload,
    /// How long it took, in milliseconds; never compared.
    pub elapsed_ms: u64,
    /// Why it could not be started at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_started: Option<String>,
}

/// What a comparison may need to see of a command's output in order to learn what varies.
pub(crate) const OUTPUT_SAMPLE_BYTES: usize = 256 << 10;

impl CommandRecord {
    /// The record of a command that was started.
    pub fn new(command: Command, outcome: &CommandOutcome) -> Self {
        Self {
            command,
            exit: outcome.exit,
            stdout: Payload::of(&outcome.stdout, OUTPUT_SAMPLE_BYTES),
            stderr: Payload::of(&outcome.stderr, OUTPUT_SAMPLE_BYTES),
            elapsed_ms: u64::try_from(outcome.elapsed.as_millis()).unwrap_or(u64::MAX),
            not_started: None,
        }
    }

    /// The record of a command that the runner could not start; 126 is what a shell returns then.
    pub(crate) fn not_started(command: Command, error: &std::io::Error) -> Self {
        Self {
            command,
            exit: Exit::Code(126),
            stdout: Payload::of(b"", 0),
            stderr: Payload::of(b"", 0),
            elapsed_ms: 0,
            not_started: Some(error.to_string()),
        }
    }
}

/// A further command of the image, run in a container of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherRecord {
    /// What was run and how it ended. The output of a command that had to be stopped is a log, and not in it.
    pub command: CommandRecord,
    /// Whether it ended by itself; otherwise it was stopped once it was ready.
    pub has_ended: bool,
    /// Ports that it listened on, as `80/tcp`.
    pub listening: Vec<String>,
}

/// The HEALTHCHECK and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthRecord {
    /// Whether a check succeeded.
    pub status: HealthStatus,
    /// How many checks it took; never compared.
    pub attempts: u32,
    /// The last check.
    pub last: CommandRecord,
}

/// As `docker inspect` calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HealthStatus {
    /// A check succeeded.
    Healthy,
    /// As many checks failed as the image allows.
    Unhealthy,
}

impl fmt::Display for HealthStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
        })
    }
}

/// Something that was found and not visited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The port whose crawl it is.
    pub port: u16,
    /// Which bound was met.
    pub kind: LimitKind,
    /// How many requests were left out.
    pub left_out: usize,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { port, kind, left_out } = self;
        write!(f, "port {port}: {left_out} requests were not made: {kind}")
    }
}

/// The bounds of a crawl.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitKind {
    /// Links away from the start page.
    Depth,
    /// Requests made.
    Pages,
    /// Time spent.
    Time,
    /// The server stopped answering.
    Unanswered,
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Depth => "too deep below the start page",
            Self::Pages => "the page limit of the crawl was reached",
            Self::Time => "the time limit of the crawl was reached",
            Self::Unanswered => "the server stopped answering",
        })
    }
}
