//! One HTTP exchange with one host: no authentication, no redirects, no second attempt.

use std::{io, sync::Arc, time::Duration};

use ureq::{
    Agent, Body, SendBody, Timeout,
    config::Config,
    http::{HeaderMap, Method, Request, Response, StatusCode},
    unversioned::{
        resolver::DefaultResolver,
        transport::{ConnectProxyConnector, Connector as _, TcpConnector},
    },
};
use url::Url;

use crate::{RegistryError, fault, payload::Stretch, tls_stream::TlsConnector};

/// How long one waits on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection stands, TLS included.
    pub connect: Duration,
    /// Until the next byte goes or comes. A transfer that moves may take for ever.
    pub stall: Duration,
    /// Until the answer to a finished upload at most: the registry hashes and moves the blob before it answers.
    pub commit: Duration,
}

/// Bytes per second that a registry hashes and moves at least.
const SLOW_COMMIT: u64 = 4 << 20;

impl Timeouts {
    /// How long the answer to an upload of `size` bytes may take.
    pub(crate) fn commit_of(&self, size: u64) -> Duration {
        (self.stall + Duration::from_secs(size / SLOW_COMMIT)).min(self.commit.max(self.stall))
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            // A mobile network's hand-over takes seconds; longer than this is a dead peer.
            stall: Duration::from_secs(30),
            // Tens of gigabytes at the speed of an object store's copy.
            commit: Duration::from_mins(15),
        }
    }
}

/// What is sent along.
#[derive(Clone, Copy)]
pub(crate) enum Payload<'a> {
    /// Nothing, and the method has no body.
    None,
    /// These bytes, or none: `Content-Length` is sent.
    Bytes(&'a [u8]),
    /// A stretch of a blob.
    Stretch(&'a dyn Stretch),
}

/// A request as it goes out.
pub(crate) struct Outgoing<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a Url,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// More of them, from configuration.
    pub(crate) more_headers: &'a [(String, String)],
    pub(crate) payload: Payload<'a>,
    /// How long the answer may take; `None` is [`Timeouts::stall`].
    pub(crate) patience: Option<Duration>,
}

/// Connections to one host.
#[derive(Debug)]
pub(crate) struct Wire {
    agent: Agent,
    host: String,
    timeouts: Timeouts,
}

/// Names and versions the client in the registries' logs.
const USER_AGENT: &str = concat!("jettison/", env!("CARGO_PKG_VERSION"));

/// Layers come in large pieces: fewer system calls than with the library's 128 KiB.
const BUFFER: usize = 256 << 10;

/// Real heads have some kilobytes, those with signed addresses a little more.
const MAX_HEAD: usize = 64 << 10;

impl Wire {
    pub(crate) fn new(
        host: &str,
        tls: Arc<rustls::ClientConfig>,
        proxy: Option<ureq::Proxy>,
        timeouts: &Timeouts,
    ) -> Self {
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy)
            .user_agent(USER_AGENT)
            .accept("")
            .timeout_connect(Some(timeouts.connect))
            .timeout_resolve(Some(timeouts.connect))
            .timeout_per_read(Some(timeouts.stall))
            .timeout_per_write(Some(timeouts.stall))
            .max_response_header_size(MAX_HEAD)
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .build();
        let connector =
            ().chain(ConnectProxyConnector::default())
                .chain(TcpConnector::default())
                .chain(TlsConnector(tls));
        let agent = Agent::with_parts(config, connector, DefaultResolver::default());
        Self { agent, host: host.to_owned(), timeouts: timeouts.clone() }
    }

    /// Sends and waits for the head of the answer.
    pub(crate) fn send(&self, outgoing: &Outgoing<'_>) -> Result<Reply, RegistryError> {
        let mut request =
            Request::builder().method(outgoing.method.clone()).uri(outgoing.url.as_str());
        for (name, value) in &outgoing.headers {
            request = request.header(*name, value);
        }
        for (name, value) in outgoing.more_headers {
            request = request.header(name, value);
        }
        let result = match outgoing.payload {
            Payload::None => self.run(request.body(()), outgoing),
            Payload::Bytes(bytes) => self.run(request.body(bytes), outgoing),
            Payload::Stretch(stretch) => {
                let mut request = Some(request.header("content-length", stretch.len()));
                let mut result = None;
                stretch.read(&mut |reader| {
                    let request = request.take().expect("a stretch is read once a request");
                    result = Some(self.run(request.body(SendBody::from_reader(reader)), outgoing));
                })?;
                result.expect("a stretch that can be read is sent")
            }
        };
        let response = result.map_err(|error| self.fault(outgoing.url, error))?;
        Ok(Reply::new(response, outgoing.url.clone(), self.host.clone(), &self.timeouts))
    }

    fn run<S: ureq::AsSendBody>(
        &self,
        request: Result<Request<S>, ureq::http::Error>,
        outgoing: &Outgoing<'_>,
    ) -> Result<Response<Body>, ureq::Error> {
        let request = request?;
        if outgoing.patience.is_none() {
            return self.agent.run(request);
        }
        let patient = self.agent.configure_request(request);
        self.agent.run(patient.timeout_per_read(outgoing.patience).build())
    }

    fn fault(&self, url: &Url, error: ureq::Error) -> RegistryError {
        fault::of_exchange(&self.host, url.scheme(), error, &self.timeouts)
    }
}

/// An answer whose body is still to be read.
pub(crate) struct Reply {
    /// The address that answered, after redirects.
    pub(crate) url: Url,
    /// Host and port that answered.
    pub(crate) host: String,
    response: Response<Body>,
    stall: Duration,
}

/// Messages of errors are a few hundred bytes.
const MAX_MESSAGE: usize = 64 << 10;

impl Reply {
    fn new(response: Response<Body>, url: Url, host: String, timeouts: &Timeouts) -> Self {
        Self { url, host, response, stall: timeouts.stall }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// A header that is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The body, whose errors [`fault::of_body`] understands.
    pub(crate) fn into_reader(self) -> impl io::Read + Send {
        self.response.into_body().into_reader()
    }

    /// The body, if it is no longer than `limit` bytes.
    pub(crate) fn into_bytes(
        self,
        what: &'static str,
        limit: usize,
    ) -> Result<Vec<u8>, RegistryError> {
        use io::Read as _;
        let (host, stall) = (self.host.clone(), self.stall);
        let mut bytes = Vec::new();
        let mut reader = self.into_reader().take(limit as u64 + 1);
        reader.read_to_end(&mut bytes).map_err(|error| fault::of_body(&host, stall, &error))?;
        if bytes.len() > limit {
            return Err(RegistryError::TooLarge { host, what, limit });
        }
        Ok(bytes)
    }

    /// Reads and forgets a short body, so that the connection can be used again.
    pub(crate) fn drain(self) {
        drop(self.into_bytes("a message", MAX_MESSAGE));
    }

    /// What the registry says in the body of an error: a line fit to be shown.
    pub(crate) fn into_message(self) -> String {
        let bytes = self.into_bytes("a message", MAX_MESSAGE).unwrap_or_default();
        fault::message(&bytes)
    }
}

/// Whether an error of the HTTP client is a timeout of reading or writing.
pub(crate) const fn is_stall(error: &ureq::Error) -> bool {
    matches!(error, ureq::Error::Timeout(Timeout::PerRead | Timeout::PerWrite))
}
