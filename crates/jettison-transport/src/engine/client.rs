//! Requests to an engine, and what goes wrong with them.

use std::{
    fmt,
    io::{self, Read},
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use serde_json::Value;
use ureq::{
    Agent, Body,
    config::Config,
    http::{Response, StatusCode},
    tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider},
};

use super::{
    Endpoint, EngineEnvironment, EngineError, EngineKind, EngineVersion,
    connection::{NoResolver, UnixConnector},
};

/// The newest version of the API whose behaviour is known: Docker Engine 27.
const KNOWN_API: (u32, u32) = (1, 47);
/// How long an engine may take to accept a connection. Its answers may take as long as they do: a large
/// image is packed first.
const CONNECT: Duration = Duration::from_secs(5);
/// The largest answer that is read as a whole, in bytes: a list of ten thousand images.
const MAX_ANSWER: u64 = 64 << 20;

/// An engine. Nothing is sent before something is asked.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    endpoint: Endpoint,
    agent: Agent,
    /// `http://host:port`, without the version.
    base: String,
    version: OnceLock<EngineVersion>,
    /// Why it cannot be used at all.
    unusable: Option<Arc<EngineError>>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Engine").field(&self.inner.endpoint).finish()
    }
}

impl Engine {
    /// The engine at an address. Certificates are read.
    pub fn at(endpoint: Endpoint) -> Result<Self, EngineError> {
        let (agent, base) = match &endpoint {
            Endpoint::Unix(path) => {
                let connector = UnixConnector { path: path.clone() };
                let agent = Agent::with_parts(config(None), connector, NoResolver);
                (agent, "http://engine".to_owned())
            }
            Endpoint::Tcp { host, port, tls: None } => {
                (config(None).new_agent(), format!("http://{host}:{port}"))
            }
            Endpoint::Tcp { host, port, tls: Some(dir) } => {
                let agent = config(Some(tls(dir)?)).new_agent();
                (agent, format!("https://{host}:{port}"))
            }
        };
        Ok(Self::new(endpoint, agent, base, None))
    }

    /// The engine that the environment means. Where that makes no sense, whatever is asked of it fails
    /// with the reason: most commands ask nothing.
    pub fn of(kind: EngineKind, environment: &EngineEnvironment) -> Self {
        Endpoint::find(kind, environment).and_then(Self::at).unwrap_or_else(|error| {
            let (nowhere, agent) = (Endpoint::Unix("/".into()), config(None).new_agent());
            Self::new(nowhere, agent, String::new(), Some(Arc::new(error)))
        })
    }

    fn new(
        endpoint: Endpoint,
        agent: Agent,
        base: String,
        unusable: Option<Arc<EngineError>>,
    ) -> Self {
        let version = OnceLock::new();
        Self { inner: Arc::new(Inner { endpoint, agent, base, version, unusable }) }
    }

    /// Where it listens, as a person writes it.
    pub fn address(&self) -> String {
        self.inner.endpoint.to_string()
    }

    /// What it is. Asked once.
    pub fn version(&self) -> Result<&EngineVersion, EngineError> {
        if let Some(error) = &self.inner.unusable {
            return Err(EngineError::Unusable(error.clone()));
        }
        if let Some(version) = self.inner.version.get() {
            return Ok(version);
        }
        let action = "asking for its version";
        let answer = self.run(action, &format!("{}/version", self.inner.base), Method::Get)?;
        let version = EngineVersion::of(&self.json(action, answer)?);
        Ok(self.inner.version.get_or_init(|| version))
    }

    /// Sends a request to a path of the negotiated version of the API. Errors of the engine are errors.
    pub(super) fn request(
        &self,
        action: &str,
        path: &str,
        method: Method<'_>,
    ) -> Result<Response<Body>, EngineError> {
        let (major, minor) = self.version()?.api_for(KNOWN_API);
        let url = format!("{}/v{major}.{minor}{path}", self.inner.base);
        let response = self.run(action, &url, method)?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let mut text = String::new();
        let read = response.into_body().into_reader().take(MAX_ANSWER).read_to_string(&mut text);
        let said = serde_json::from_str::<Value>(&text).ok();
        let said = said.as_ref().and_then(|value| value.get("message")?.as_str());
        let message = match (said, read) {
            (Some(said), _) => said.to_owned(),
            (None, Ok(_)) if !text.trim().is_empty() => text.trim().to_owned(),
            _ => status.to_string(),
        };
        let (address, action) = (self.address(), action.to_owned());
        Err(EngineError::Refused { address, action, message })
    }

    fn run(
        &self,
        action: &str,
        url: &str,
        method: Method<'_>,
    ) -> Result<Response<Body>, EngineError> {
        let agent = &self.inner.agent;
        let sent = match method {
            Method::Get => agent.get(url).call(),
            Method::Post => agent.post(url).send_empty(),
            Method::Send(body) => {
                let body = ureq::SendBody::from_reader(body);
                agent.post(url).header("content-type", "application/x-tar").send(body)
            }
        };
        sent.map_err(|error| self.failed(action, error))
    }

    pub(super) fn failed(&self, action: &str, error: ureq::Error) -> EngineError {
        let address = self.address();
        match error {
            ureq::Error::Io(source) => match source.kind() {
                io::ErrorKind::PermissionDenied => EngineError::Permission { address },
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                    EngineError::Unreachable { address, source }
                }
                _ => {
                    let (action, source) = (action.to_owned(), Box::new(ureq::Error::Io(source)));
                    EngineError::Http { address, action, source }
                }
            },
            ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => {
                let source = io::Error::new(io::ErrorKind::NotFound, error.to_string());
                EngineError::Unreachable { address, source }
            }
            error => {
                EngineError::Http { address, action: action.to_owned(), source: Box::new(error) }
            }
        }
    }

    /// The whole answer as JSON.
    pub(super) fn json(&self, action: &str, answer: Response<Body>) -> Result<Value, EngineError> {
        let wrong = |problem: String| EngineError::Answer {
            address: self.address(),
            action: action.to_owned(),
            problem,
        };
        if answer.status() != StatusCode::OK {
            return Err(wrong(format!("status {}", answer.status())));
        }
        let mut bytes = Vec::new();
        answer.into_body().into_reader().take(MAX_ANSWER).read_to_end(&mut bytes)?;
        serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))
    }
}

/// What is asked.
pub(super) enum Method<'b> {
    /// GET.
    Get,
    /// POST without a body.
    Post,
    /// POST with a tar.
    Send(&'b mut dyn Read),
}

fn config(tls: Option<TlsConfig>) -> Config {
    let mut config = Config::builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .user_agent("jettison")
        .timeout_connect(Some(CONNECT))
        .max_idle_connections(0);
    if let Some(tls) = tls {
        config = config.tls_config(tls);
    }
    config.build()
}

/// As docker's own client: `ca.pem`, and `cert.pem` with `key.pem` if they are there. An empty path is
/// `https:` without any of them.
fn tls(dir: &Path) -> Result<TlsConfig, EngineError> {
    let mut config = TlsConfig::builder().provider(TlsProvider::Rustls);
    if dir.as_os_str().is_empty() {
        return Ok(config.build());
    }
    let ca = certificates(&dir.join("ca.pem"))?;
    config = config.root_certs(RootCerts::Specific(Arc::new(ca)));
    let (cert, key) = (dir.join("cert.pem"), dir.join("key.pem"));
    if cert.exists() {
        let bytes = fs_err::read(&key)?;
        let parsed = PrivateKey::from_pem(&bytes).map_err(|error| EngineError::Certificate {
            path: key.clone(),
            problem: error.to_string(),
        })?;
        config =
            config.client_cert(Some(ClientCert::new_with_certs(&certificates(&cert)?, parsed)));
    }
    Ok(config.build())
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, EngineError> {
    let bytes = fs_err::read(path)?;
    let mut found = Vec::new();
    for item in ureq::tls::parse_pem(&bytes) {
        match item {
            Ok(ureq::tls::PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(error) => {
                let (path, problem) = (path.to_owned(), error.to_string());
                return Err(EngineError::Certificate { path, problem });
            }
        }
    }
    if found.is_empty() {
        let (path, problem) = (path.to_owned(), "there is no certificate in it".to_owned());
        return Err(EngineError::Certificate { path, problem });
    }
    Ok(found)
}
