//! The client: settings, and one session for each registry host.

use std::{
    collections::HashMap,
    fmt,
    num::NonZero,
    sync::{Arc, Mutex, PoisonError},
};

use jettison_image::Reference;
use url::Url;

use crate::{
    Anonymous, CredentialSource, InsecureHosts, Mirrors, Pause, ProxyOptions, RegistryError,
    Repository, RetryPolicy, SystemPause, Timeouts, TlsOptions,
    authenticator::Authenticator,
    endpoint::{Endpoint, MirrorPlace},
    mirrors::{Place, addresses},
    network::{HostSettings, Network, shown_url},
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

/// What a registry says to credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// It takes them.
    Accepted,
    /// It lets everybody in and did not look at them.
    NotAsked,
}

/// How registries are spoken to.
#[derive(Clone)]
pub struct ClientOptions {
    /// Knows names and passwords.
    pub credentials: Arc<dyn CredentialSource>,
    /// Whom to believe.
    pub tls: TlsOptions,
    /// Registries whose certificate is not looked at.
    pub insecure: InsecureHosts,
    /// Where else images are read.
    pub mirrors: Mirrors,
    /// HTTP proxies.
    pub proxy: ProxyOptions,
    /// How often failed requests are made again.
    pub retry: RetryPolicy,
    /// Bytes of a blob that are sent in one request at most; `None` is all of them, as Docker does. Smaller where the
    /// registry refuses that.
    pub piece: Option<NonZero<u64>>,
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
            mirrors: Mirrors::default(),
            proxy: ProxyOptions::default(),
            retry: RetryPolicy::default(),
            piece: None,
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
            .field("mirrors", &self.mirrors)
            .field("proxy", &self.proxy)
            .field("retry", &self.retry)
            .field("piece", &self.piece)
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
    mirrors: Mirrors,
    notice: Option<NoticeFn>,
    /// By base address.
    sessions: Mutex<HashMap<String, Arc<Session>>>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("network", &self.network).finish_non_exhaustive()
    }
}

impl Client {
    /// A client. Nothing is read or asked yet.
    pub fn new(options: ClientOptions) -> Self {
        let ClientOptions {
            credentials,
            tls,
            proxy,
            retry,
            piece,
            timeouts,
            pause,
            mirrors,
            notice,
            ..
        } = options;
        let mut insecure = options.insecure;
        insecure.extend(mirrors.insecure());
        let network = Network {
            tls: Tls::new(tls),
            proxy,
            timeouts,
            insecure,
            retry,
            piece,
            pause,
            wires: Mutex::default(),
        };
        let (network, sessions) = (Arc::new(network), Mutex::default());
        let inner = Inner { network, credentials, mirrors, notice, sessions };
        Self { inner: Arc::new(inner) }
    }

    /// The repository of an image, and the mirrors that are asked before it.
    pub fn repository(&self, reference: &Reference) -> Result<Repository, RegistryError> {
        let plan = self.inner.mirrors.plan(reference, &self.inner.network.insecure)?;
        if let Some(file) = plan.blocked_by {
            let (repository, file) = (reference.repository(), file.display().to_string());
            return Err(RegistryError::Blocked { repository, file });
        }
        let Place { domain, addresses, path, settings, .. } = plan.upstream;
        let upstream = Endpoint::upstream(self.session(&domain, addresses, settings)?, &path);
        let mut mirrors = Vec::new();
        for place in plan.mirrors {
            let name = place.addresses.first().map_or_else(String::new, shown_url);
            let session = self.session(&place.domain, place.addresses, place.settings)?;
            let mirror = MirrorPlace {
                name: name.trim_end_matches("v2/").to_owned(),
                serves_tags: place.serves_tags,
                serves_digests: place.serves_digests,
                stands_for: place.stands_for,
            };
            mirrors.push(Endpoint::new(session, &place.path, Some(mirror)));
        }
        Ok(Repository::new(self.clone(), reference, upstream, mirrors))
    }

    /// Finds out whether a registry takes the credentials for it: what `login` asks.
    pub fn check_login(&self, domain: &str) -> Result<Login, RegistryError> {
        let settings = HostSettings::default();
        let addresses = addresses(domain, &self.inner.network.insecure, &settings);
        self.session(domain, addresses, settings)?.check_login()
    }

    /// What podman would make of a name without a registry, if it is something else than docker does.
    pub fn other_meaning(&self, name: &str) -> Option<String> {
        self.inner.mirrors.other_meaning(name)
    }

    /// Tells something.
    pub(crate) fn tell(&self, notice: impl FnOnce() -> Notice) {
        if let Some(tell) = &self.inner.notice {
            tell(notice());
        }
    }

    /// The session with a host; `addresses` are where its API may be.
    fn session(
        &self,
        domain: &str,
        addresses: Vec<Url>,
        settings: HostSettings,
    ) -> Result<Arc<Session>, RegistryError> {
        if addresses.is_empty() {
            let problem = "its name is no host's".to_owned();
            return Err(RegistryError::Unreachable { host: domain.to_owned(), problem });
        }
        let key = addresses.iter().map(Url::as_str).collect::<Vec<_>>().join(" ");
        let mut sessions = self.inner.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let authenticator = Authenticator::new(domain, self.inner.credentials.clone());
            let network = self.inner.network.clone();
            Arc::new(Session::new(domain, addresses, settings, authenticator, network))
        };
        Ok(sessions.entry(key).or_insert_with(new).clone())
    }
}
