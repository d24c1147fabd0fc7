//! What all hosts share: settings, the clock, and one set of connections for each.

use std::{
    collections::HashMap,
    num::NonZero,
    sync::{Arc, Mutex, PoisonError},
};

use url::Url;

use crate::{
    InsecureHosts, Pause, ProxyOptions, RegistryError, RetryPolicy,
    retry::Attempts,
    tls::{HostCertificates, Tls, Verification},
    wire::{Timeouts, Wire},
};

/// How one host is to be spoken to, beyond what holds for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HostSettings {
    pub(crate) certificates: HostCertificates,
    /// Its certificate is not looked at, and it may speak plain HTTP.
    pub(crate) is_insecure: bool,
    /// Sent with each request to it.
    pub(crate) headers: Vec<(String, String)>,
}

/// Everything that leads to a connection.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) tls: Tls,
    pub(crate) proxy: ProxyOptions,
    pub(crate) timeouts: Timeouts,
    pub(crate) insecure: InsecureHosts,
    pub(crate) retry: RetryPolicy,
    /// Bytes in one request at most.
    pub(crate) piece: Option<NonZero<u64>>,
    pub(crate) pause: Arc<dyn Pause>,
    /// By scheme, host, port.
    pub(crate) wires: Mutex<HashMap<String, Arc<Wire>>>,
}

impl Network {
    /// Connections to the host of `url`. The settings of who asks first hold.
    pub(crate) fn wire(
        &self,
        url: &Url,
        settings: &HostSettings,
    ) -> Result<Arc<Wire>, RegistryError> {
        let origin = url.origin().ascii_serialization();
        let mut wires = self.wires.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wire) = wires.get(&origin) {
            return Ok(wire.clone());
        }
        let authority = authority(url);
        let is_insecure = settings.is_insecure || self.insecure.contains(&authority);
        let verification = if is_insecure { Verification::Off } else { Verification::On };
        let tls = Arc::new(self.tls.config(&authority, &settings.certificates, verification)?);
        let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default());
        let proxy = self.proxy.choose(url.scheme(), host, port.unwrap_or_default())?;
        let wire = Arc::new(Wire::new(&authority, tls, proxy, &self.timeouts));
        wires.insert(origin, wire.clone());
        Ok(wire)
    }

    /// Whether a secret may go to `url`: over TLS, or where plain HTTP was allowed.
    pub(crate) fn may_hold_secrets(&self, url: &Url, settings: &HostSettings) -> bool {
        url.scheme() == "https"
            || settings.is_insecure
            || self.insecure.allows_http(&authority(url))
    }

    pub(crate) fn attempts(&self) -> Attempts {
        Attempts::new(&self.retry, &self.pause)
    }
}

/// Host and port, as in a reference: the port of the scheme is left out.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// An address fit to be shown: no user, no query.
pub(crate) fn shown_url(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}
