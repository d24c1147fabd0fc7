//! One registry host: who answers there, by which scheme, and what its answers mean.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ureq::http::{Method, StatusCode};
use url::Url;

use crate::{
    Credential, Login, RegistryError, Secret,
    authenticator::{Authenticator, Need},
    challenge::Challenge,
    network::{HostSettings, Network, authority, shown_url},
    retry::retry_after,
    scope::Scopes,
    wire::{Outgoing, Payload, Reply},
};

/// A registry host.
#[derive(Debug)]
pub(crate) struct Session {
    /// As in references: `docker.io`.
    domain: String,
    settings: HostSettings,
    /// Addresses that may be the registry's, the best first: `https://localhost:5000/v2/`, then `http://`.
    candidates: Vec<Url>,
    base: Mutex<Option<Url>>,
    authenticator: Authenticator,
    network: Arc<Network>,
    /// Whether it ever answered: before that, it is probably a typing error that it is not reachable.
    has_answered: AtomicBool,
}

/// Where a request goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    /// Below the registry's base: `library/nginx/tags/list`.
    Path(&'a str),
    /// An address that the registry gave.
    Url(&'a Url),
}

/// A request.
#[derive(Clone)]
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    pub(crate) target: Target<'a>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) payload: Payload<'a>,
    pub(crate) need: Need<'a>,
    /// How long the answer may take.
    pub(crate) patience: Option<Duration>,
}

impl<'a> Ask<'a> {
    /// A request without body.
    pub(crate) fn new(method: Method, target: Target<'a>, need: Need<'a>) -> Self {
        let payload = Payload::None;
        Self { method, target, headers: Vec::new(), payload, need, patience: None }
    }
}

/// More hops than any registry and its storage need.
const MAX_REDIRECTS: usize = 10;

impl Session {
    pub(crate) fn new(
        domain: &str,
        candidates: Vec<Url>,
        settings: HostSettings,
        authenticator: Authenticator,
        network: Arc<Network>,
    ) -> Self {
        let domain = domain.to_owned();
        let (base, has_answered) = (Mutex::new(None), AtomicBool::new(false));
        Self { domain, settings, candidates, base, authenticator, network, has_answered }
    }

    pub(crate) fn domain(&self) -> &str {
        &self.domain
    }

    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// Sends until an answer comes, it stays wrong, or patience ends.
    pub(crate) fn send(&self, ask: &Ask<'_>) -> Result<Reply, RegistryError> {
        let mut attempts = self.network.attempts();
        loop {
            match self.send_once(ask) {
                Err(error) if self.is_first_contact(&error) => return Err(error),
                Err(error) => attempts.again(error)?,
                answer => return answer,
            }
        }
    }

    /// Asks for the base of the API, which every user may have.
    pub(crate) fn check_login(&self) -> Result<Login, RegistryError> {
        let nothing = Scopes::default();
        let need = Need { repository: "", scopes: &nothing };
        let ask = Ask::new(Method::GET, Target::Path(""), need);
        let reply = self.send(&ask)?;
        if !reply.status().is_success() {
            return Err(status_error(reply, &ask, None));
        }
        reply.drain();
        Ok(if self.authenticator.was_asked() { Login::Accepted } else { Login::NotAsked })
    }

    /// Whether nobody is there at all, which waiting does not mend.
    pub(crate) fn is_first_contact(&self, error: &RegistryError) -> bool {
        let is_unreachable = matches!(error, RegistryError::Unreachable { .. });
        is_unreachable && !self.has_answered.load(Ordering::Relaxed)
    }

    /// Sends, authenticates when asked to, follows redirects. Answers that say that one may not, or not now, are errors.
    pub(crate) fn send_once(&self, ask: &Ask<'_>) -> Result<Reply, RegistryError> {
        let base = self.base()?;
        let mut url = match ask.target {
            Target::Path(path) => self.join(&base, path)?,
            Target::Url(url) => url.clone(),
        };
        let mut may_authenticate = true;
        let mut header = self.first_header(&base, &url, ask)?;
        for _ in 0..MAX_REDIRECTS {
            let reply = self.exchange(&url, ask, header.as_ref())?;
            let is_own = url.origin() == base.origin();
            match reply.status() {
                StatusCode::UNAUTHORIZED if is_own && may_authenticate => {
                    may_authenticate = false;
                    let challenges = reply.headers().get_all("www-authenticate");
                    let challenge = Challenge::choose(
                        challenges.iter().filter_map(|value| value.to_str().ok()),
                    );
                    let Some(challenge) = challenge else { return self.check(ask, reply) };
                    let answer = self.authenticator.answer(
                        &self.network,
                        &ask.need,
                        challenge,
                        header.as_ref(),
                    )?;
                    if answer.is_none() {
                        return self.check(ask, reply);
                    }
                    reply.drain();
                    header = answer;
                }
                status if is_redirect(status, &ask.method) => {
                    let next = self.location(&reply)?;
                    reply.drain();
                    // A secret is for the host it was given for, and for nobody that it points to.
                    if next.origin() != url.origin() {
                        header = self.first_header(&base, &next, ask)?;
                    }
                    url = next;
                }
                _ => return self.check(ask, reply),
            }
        }
        let problem = format!("it redirects more than {MAX_REDIRECTS} times");
        Err(RegistryError::Protocol { host: self.domain.clone(), problem })
    }

    fn first_header(
        &self,
        base: &Url,
        url: &Url,
        ask: &Ask<'_>,
    ) -> Result<Option<Secret>, RegistryError> {
        if url.origin() != base.origin() {
            return Ok(None);
        }
        self.authenticator.header(&self.network, &ask.need)
    }

    fn exchange(
        &self,
        url: &Url,
        ask: &Ask<'_>,
        header: Option<&Secret>,
    ) -> Result<Reply, RegistryError> {
        let settings =
            if self.is_ours(url) { self.settings.clone() } else { HostSettings::default() };
        let wire = self.network.wire(url, &settings)?;
        let mut headers = ask.headers.clone();
        headers.extend(header.map(|secret| ("authorization", secret.expose().to_owned())));
        let outgoing = Outgoing {
            method: ask.method.clone(),
            url,
            headers,
            more_headers: &settings.headers,
            payload: ask.payload,
            patience: ask.patience,
        };
        tracing::debug!(method = %ask.method, url = %shown_url(url), "request");
        let reply = wire.send(&outgoing)?;
        self.has_answered.store(true, Ordering::Relaxed);
        Ok(reply)
    }

    fn is_ours(&self, url: &Url) -> bool {
        self.candidates.iter().any(|candidate| candidate.origin() == url.origin())
    }

    /// Where an answer points to: `Location`, relative or not.
    pub(crate) fn location(&self, reply: &Reply) -> Result<Url, RegistryError> {
        let broken = |problem: &str| RegistryError::Protocol {
            host: reply.host.clone(),
            problem: problem.to_owned(),
        };
        let text = reply.header("location").ok_or_else(|| broken("its answer has no Location"))?;
        let mut url = reply
            .url
            .join(text)
            .map_err(|_unsaid| broken("the Location in its answer is no address"))?;
        if reply.url.scheme() == "https" && url.scheme() == "http" {
            // Registries behind a TLS proxy often do not know of it; the host is the same.
            let is_same_host = url.host_str() == reply.url.host_str()
                && (url.port().is_none() || url.port() == reply.url.port());
            if is_same_host {
                let mut mended = reply.url.clone();
                mended.set_path(url.path());
                mended.set_query(url.query());
                url = mended;
            } else if !self.network.insecure.allows_http(&authority(&url)) {
                return Err(broken("it redirects from HTTPS to plain HTTP; that is not followed"));
            }
        }
        if !matches!(url.scheme(), "http" | "https") {
            return Err(broken("it redirects to something else than HTTP"));
        }
        Ok(url)
    }

    /// Turns answers that say no, or not now, into errors.
    fn check(&self, ask: &Ask<'_>, reply: Reply) -> Result<Reply, RegistryError> {
        let status = reply.status();
        let is_ours = self.is_ours(&reply.url);
        let wait =
            reply.header("retry-after").and_then(|v| retry_after(v, self.network.pause.now()));
        let host = self.domain.clone();
        match status {
            StatusCode::TOO_MANY_REQUESTS => {
                Err(RegistryError::RateLimited { host, wait, message: reply.into_message() })
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if is_ours => {
                Err(self.refused(ask, status, reply.into_message())?)
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => {
                Err(status_error(reply, ask, wait))
            }
            status if status.is_server_error() => Err(status_error(reply, ask, wait)),
            StatusCode::BAD_REQUEST if reply.url.scheme() == "http" => {
                let shown = reply.host.clone();
                let (url, method) = (reply.url.clone(), ask.method.to_string());
                let message = reply.into_message();
                // Go's server, which nearly all registries are written with, and nginx.
                let is_mixed_up = message.contains("HTTP request to an HTTPS server")
                    || message.contains("plain HTTP request was sent to HTTPS port");
                Err(if is_mixed_up {
                    RegistryError::SpeaksHttps { host: shown }
                } else {
                    let path = url.path().to_owned();
                    let status = status.as_u16();
                    RegistryError::Status { host: shown, status, method, path, wait, message }
                })
            }
            _ => Ok(reply),
        }
    }

    fn refused(
        &self,
        ask: &Ask<'_>,
        status: StatusCode,
        message: String,
    ) -> Result<RegistryError, RegistryError> {
        let host = self.domain.clone();
        let what = if ask.need.repository.is_empty() {
            host.clone()
        } else {
            format!("{host}/{}", ask.need.repository)
        };
        let right = if ask.need.scopes.to_string().contains("push") { "push" } else { "pull" };
        Ok(match self.authenticator.credential_of(ask.need.repository)? {
            None => RegistryError::LoginNeeded { what, host, message },
            Some(Credential::Basic { username, .. })
                if status == StatusCode::UNAUTHORIZED && self.authenticator.is_basic() =>
            {
                RegistryError::WrongPassword { host, username }
            }
            Some(Credential::RegistryToken(_)) if status == StatusCode::UNAUTHORIZED => {
                RegistryError::StaleToken { host }
            }
            Some(credential) => {
                let who = credential.username().unwrap_or("the holder of the stored token");
                RegistryError::Denied { what, who: who.to_owned(), right, message }
            }
        })
    }

    /// The registry's base address; found out by asking when it may speak plain HTTP.
    pub(crate) fn base(&self) -> Result<Url, RegistryError> {
        let mut known = self.base.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(base) = &*known {
            return Ok(base.clone());
        }
        let found = match self.candidates.as_slice() {
            [only] => only.clone(),
            several => self.probe(several)?,
        };
        *known = Some(found.clone());
        Ok(found)
    }

    /// The first candidate that speaks what it should.
    fn probe(&self, candidates: &[Url]) -> Result<Url, RegistryError> {
        let mut last = None;
        for url in candidates {
            let outgoing = Outgoing {
                method: Method::GET,
                url,
                headers: Vec::new(),
                more_headers: &self.settings.headers,
                payload: Payload::None,
                patience: None,
            };
            match self.network.wire(url, &self.settings)?.send(&outgoing) {
                Ok(reply) => {
                    self.has_answered.store(true, Ordering::Relaxed);
                    reply.drain();
                    return Ok(url.clone());
                }
                // A certificate that is wrong is no reason to go on without one.
                Err(error @ RegistryError::Certificate { .. }) => return Err(error),
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("there are two candidates"))
    }

    fn join(&self, base: &Url, path: &str) -> Result<Url, RegistryError> {
        base.join(path).map_err(|_unsaid| RegistryError::Protocol {
            host: self.domain.clone(),
            problem: format!("{path:?} cannot be put behind its address"),
        })
    }
}

/// 307 and 308 keep method and body; the others are for reading.
fn is_redirect(status: StatusCode, method: &Method) -> bool {
    match status {
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => {
            *method == Method::GET || *method == Method::HEAD
        }
        _ => false,
    }
}

/// An answer that the protocol does not foresee.
pub(crate) fn status_error(reply: Reply, ask: &Ask<'_>, wait: Option<Duration>) -> RegistryError {
    RegistryError::Status {
        host: reply.host.clone(),
        status: reply.status().as_u16(),
        method: ask.method.to_string(),
        path: crate::fault::shown(reply.url.path()),
        wait,
        message: reply.into_message(),
    }
}
