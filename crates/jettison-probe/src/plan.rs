//! What to do with a container, and within which bounds.

use std::time::Duration;

use crate::{
    container::Command, fastcgi::FastCgi, health::HealthCheck, http_command::HttpCommand,
    openapi::ApiProbe, secret::Secret, transcript::Transcript,
};

/// Everything the probes are to do in one run.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// HTTP probes.
    pub http: HttpPlan,
    /// Commands to run in the container, in order.
    pub exec: Vec<Command>,
    /// The longest that one of `exec` may run.
    pub exec_time: ExecTime,
    /// The image's HEALTHCHECK.
    pub health: Option<HealthCheck>,
}

/// A time limit for commands; ten minutes unless set, since a user's test suite may be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExecTime(pub Duration);

impl Default for ExecTime {
    fn default() -> Self {
        Self(Duration::from_mins(10))
    }
}

/// The HTTP part of a plan. The defaults are docker-slim's where it has one.
#[derive(Debug, Clone)]
pub struct HttpPlan {
    /// Touch no port at all.
    pub off: bool,
    /// Ports to probe; empty means every port that listens.
    pub ports: Vec<u16>,
    /// Whether to GET and crawl `/` of each HTTP port, before any command.
    pub start_page: bool,
    /// The user's own requests, in order.
    pub commands: Vec<HttpCommand>,
    /// Descriptions of APIs that are exercised with every method.
    pub apis: Vec<ApiProbe>,
    /// Credentials for APIs, by the name of the security scheme.
    pub api_credentials: Vec<(String, Secret)>,
    /// How FastCGI servers are asked where a command does not say; `None` leaves them alone.
    pub fastcgi: Option<FastCgi>,
    /// Bounds of each crawl.
    pub crawl: CrawlBounds,
    /// Bounds of each request.
    pub request: RequestBounds,
    /// How often the first request on a port is repeated while the server is not ready: it
    /// refuses, resets, or answers 502, 503 or 504.
    pub retry_count: u32,
    /// The longest pause between two such attempts; the first pauses are much shorter.
    pub retry_wait: Duration,
    /// A pause before the first probe, for servers that listen before they work.
    pub start_wait: Duration,
    /// Whether an answer of 500 or more, or none, means that the fat image does not work.
    pub fail_on_status_5xx: bool,
    /// What to do with forms.
    pub forms: FormPolicy,
    /// Further host names in absolute links that mean this container.
    pub hosts: Vec<String>,
}

impl Default for HttpPlan {
    fn default() -> Self {
        Self {
            off: false,
            ports: Vec::new(),
            start_page: true,
            commands: Vec::new(),
            apis: Vec::new(),
            api_credentials: Vec::new(),
            fastcgi: None,
            crawl: CrawlBounds::default(),
            request: RequestBounds::default(),
            retry_count: 5,
            retry_wait: Duration::from_secs(1),
            start_wait: Duration::ZERO,
            fail_on_status_5xx: false,
            forms: FormPolicy::Submit,
            hosts: Vec::new(),
        }
    }
}

impl HttpPlan {
    /// The first exchange for which `fail_on_status_5xx` calls this transcript a failure.
    pub fn broken_exchange<'t>(
        &self,
        transcript: &'t Transcript,
    ) -> Option<&'t crate::HttpExchange> {
        transcript.server_failures().next().filter(|_| self.fail_on_status_5xx)
    }
}

/// How far a crawl goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrawlBounds {
    /// Links between the start page and the last page; docker-slim's default is 3.
    pub depth: u32,
    /// Requests made by one crawl; docker-slim's default is 1000.
    pub pages: usize,
    /// Time that one crawl takes.
    pub time: Duration,
}

impl Default for CrawlBounds {
    fn default() -> Self {
        Self { depth: 3, pages: 1000, time: Duration::from_mins(1) }
    }
}

/// What one request may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestBounds {
    /// Time from dialling to the end of the body. A cold JVM compiles its first page in less.
    pub time: Duration,
    /// Time spent on a body that by its type has no end.
    pub stream_time: Duration,
    /// Bytes of status line and headers; twice what common servers and proxies send at most.
    pub header_bytes: usize,
    /// Bytes of a body that are read and hashed; the server has long shown by then which files
    /// it needs.
    pub body_bytes: u64,
}

impl Default for RequestBounds {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(15),
            stream_time: Duration::from_secs(1),
            header_bytes: 64 << 10,
            body_bytes: 64 << 20,
        }
    }
}

/// What a crawl does with the forms that it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FormPolicy {
    /// Submit them with their default or sample values. The container is a sandbox.
    #[default]
    Submit,
    /// Only those whose method is GET.
    GetOnly,
    /// None.
    Off,
}
