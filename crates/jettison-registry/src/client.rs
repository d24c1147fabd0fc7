//! The client: settings, and one session for each registry host.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use jettison_image::Reference;
use url::Url;

use crate::{
    Anonymous, CredentialSource, InsecureHosts, Pause, ProxyOptions, RegistryError, Repository,
    RetryPolicy, SystemPause, Timeouts, TlsOptions,
    authenticator::Authenticator,
    endpoint::Endpoint,
    network::{HostSettings, Network},
    session::Session,
    tls::Tls,
};

/// Something worth telling, though nothing failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A mirror did not answer as it should; the next place is asked.
    MirrorFailed {
        /// The mirror's address.
        mirror: String,
        /// Why.
        problem: String,
    },
    /// A manifest came from a mirror.
    Served {
        /// The image.
        reference: String,
        /// The mirror's address.
        mirror: String,
    },
}

/// Is told of notices, from several threads.
pub type NoticeFn = Arc<dyn Fn(Notice) + Send + Sync>;

/// How registries are spoken to.
#[derive(Clone)]
pub struct ClientOptions {
    /// Knows names and passwords.
    pub credentials: Arc<dyn CredentialSource>,
    /// Whom to believe.
    pub tls: TlsOptions,
    /// Registries whose certificate is not looked at.
    pub insecure: InsecureHosts,
    /// HTTP proxies.
    pub proxy: ProxyOptions,
    /// How often failed requests are made again.
    pub retry: RetryPolicy,
    /// How long one waits on a connection.
    pub timeouts: Timeouts,
    /// The clock.
    pub pause: Arc<dyn Pause>,
    /// Is told of what is worth telling.
    pub notice: Option<NoticeFn>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            credentials: Arc::new(Anonymous),
            tls: TlsOptions {
                system_cas: crate::SYSTEM_CA_FILES.iter().map(Into::into).collect(),
                ..TlsOptions::default()
            },
            insecure: InsecureHosts::default(),
            proxy: ProxyOptions::default(),
            retry: RetryPolicy::default(),
            timeouts: Timeouts::default(),
            pause: Arc::new(SystemPause),
            notice: None,
        }
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientOptions")
            .field("credentials", &self.credentials)
            .field("tls", &self.tls)
            .field("insecure", &self.insecure)
            .field("proxy", &self.proxy)
            .field("retry", &self.retry)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

/// A client of any number of registries. Cheap to clone; connections and tokens are shared.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    network: Arc<Network>,
    credentials: Arc<dyn CredentialSource>,
    notice: Option<NoticeFn>,
    /// By base address.
    sessions: Mutex<HashMap<String, Arc<Session>>>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("network", &self.network).finish_non_exhaustive()
    }
}

/// Docker Hub's name in references, and the host that serves it.
const HUB: (&str, &str) = ("docker.io", "registry-1.docker.io");

impl Client {
    /// A client. Nothing is read or asked yet.
    pub fn new(options: ClientOptions) -> Self {
        let ClientOptions { credentials, tls, insecure, proxy, retry, timeouts, pause, notice } =
            options;
        let network = Network {
            tls: Tls::new(tls),
            proxy,
            timeouts,
            insecure,
            retry,
            pause,
            wires: Mutex::default(),
        };
        let inner =
            Inner { network: Arc::new(network), credentials, notice, sessions: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    /// The repository of an image.
    pub fn repository(&self, reference: &Reference) -> Result<Repository, RegistryError> {
        let (domain, path) = (reference.domain(), reference.path());
        let session = self.session(domain, self.addresses(domain)?, HostSettings::default());
        let upstream = Endpoint::upstream(session, path);
        Ok(Repository::new(self.clone(), reference, upstream, Vec::new()))
    }

    /// Tells something.
    pub(crate) fn tell(&self, notice: impl FnOnce() -> Notice) {
        if let Some(tell) = &self.inner.notice {
            tell(notice());
        }
    }

    /// The session with a host; `addresses` are where its API may be.
    fn session(&self, domain: &str, addresses: Vec<Url>, settings: HostSettings) -> Arc<Session> {
        let key = addresses.iter().map(Url::as_str).collect::<Vec<_>>().join(" ");
        let mut sessions = self.inner.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let authenticator = Authenticator::new(domain, self.inner.credentials.clone());
            let network = self.inner.network.clone();
            Arc::new(Session::new(domain, addresses, settings, authenticator, network))
        };
        sessions.entry(key).or_insert_with(new).clone()
    }

    /// Where the API of a registry may be: HTTPS, and plain HTTP where that is allowed.
    fn addresses(&self, domain: &str) -> Result<Vec<Url>, RegistryError> {
        let host = if domain == HUB.0 { HUB.1 } else { domain };
        let schemes: &[&str] = if self.inner.network.insecure.allows_http(domain) {
            &["https", "http"]
        } else {
            &["https"]
        };
        let address = |scheme: &&str| {
            Url::parse(&format!("{scheme}://{host}/v2/")).map_err(|error| {
                RegistryError::Unreachable { host: host.to_owned(), problem: error.to_string() }
            })
        };
        schemes.iter().map(address).collect()
    }
}
