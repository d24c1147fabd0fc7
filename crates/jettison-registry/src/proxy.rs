//! HTTP proxies, and the hosts that are asked directly.

use std::net::IpAddr;

use crate::RegistryError;

/// Proxies as `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProxyOptions {
    /// For plain HTTP.
    pub http: Option<String>,
    /// For HTTPS.
    pub https: Option<String>,
    /// Hosts without proxy, separated by commas: names, `.suffixes`, `*`, addresses, networks (`10.0.0.0/8`).
    pub no_proxy: String,
}

impl std::fmt::Debug for ProxyOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Proxies' addresses may hold a password.
        let shown = |proxy: &Option<String>| proxy.as_deref().map(without_user);
        f.debug_struct("ProxyOptions")
            .field("http", &shown(&self.http))
            .field("https", &shown(&self.https))
            .field("no_proxy", &self.no_proxy)
            .finish()
    }
}

impl ProxyOptions {
    /// The proxy for a host, if it is to be asked through one. Loopback never is.
    pub(crate) fn choose(
        &self,
        scheme: &str,
        host: &str,
        port: u16,
    ) -> Result<Option<ureq::Proxy>, RegistryError> {
        let proxy = if scheme == "https" { &self.https } else { &self.http };
        let Some(proxy) = proxy.as_deref().filter(|proxy| !proxy.is_empty()) else {
            return Ok(None);
        };
        if is_loopback(host) || self.no_proxy.split(',').any(|rule| bypasses(rule, host, port)) {
            return Ok(None);
        }
        let proxy = ureq::Proxy::new(proxy)
            .map_err(|_unsaid| RegistryError::Proxy { proxy: without_user(proxy) })?;
        Ok(Some(proxy))
    }
}

fn without_user(proxy: &str) -> String {
    proxy.rsplit_once('@').map_or(proxy, |(_, host)| host).to_owned()
}

/// Whether the host is this very machine, by its name or address.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn bypasses(rule: &str, host: &str, port: u16) -> bool {
    let rule = rule.trim().to_ascii_lowercase();
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    if rule.is_empty() {
        return false;
    }
    if rule == "*" || rule == host {
        return true;
    }
    if let (Some((network, bits)), Ok(address)) = (rule.split_once('/'), host.parse()) {
        return in_network(network, bits, address);
    }
    let rule = match rule.rsplit_once(':') {
        Some((name, number)) if !name.contains(':') => {
            if number.parse() != Ok(port) {
                return false;
            }
            name.to_owned()
        }
        _ => rule,
    };
    let suffix = rule.trim_start_matches('*').trim_start_matches('.');
    host == suffix || host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'))
}

pub(crate) fn in_network(network: &str, bits: &str, address: IpAddr) -> bool {
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else {
        return false;
    };
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let shift = 32_u32.saturating_sub(bits);
            let head = |a: u32| a.checked_shr(shift).unwrap_or(0);
            bits <= 32 && head(network.to_bits()) == head(address.to_bits())
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let shift = 128_u32.saturating_sub(bits);
            let head = |a: u128| a.checked_shr(shift).unwrap_or(0);
            bits <= 128 && head(network.to_bits()) == head(address.to_bits())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_without_proxy() {
        for (rules, host, expected) in [
            ("", "a.example", false),
            ("*", "a.example", true),
            ("a.example", "A.example", true),
            ("example", "a.example", true),
            (".example", "a.example", true),
            ("*.example", "a.example", true),
            ("ample", "a.example", false),
            ("b, a.example:5000", "a.example", true),
            ("a.example:5001", "a.example", false),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("0.0.0.0/0", "11.1.2.3", true),
            ("fd00::/8", "[fd00::1]", true),
            ("10.0.0.0/8", "a.example", false),
            ("", "127.0.0.1", true),
            ("", "localhost", true),
            ("", "[::1]", true),
        ] {
            let options = ProxyOptions {
                https: Some("http://u:p@proxy:3128".into()),
                no_proxy: rules.into(),
                ..ProxyOptions::default()
            };
            let chosen = options.choose("https", host, 5000).expect("a usable proxy");
            assert_eq!(chosen.is_none(), expected, "{rules:?} {host}");
            assert!(options.choose("http", host, 5000).expect("none").is_none());
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        let options =
            ProxyOptions { https: Some("ftp://u:hunter2@proxy".into()), ..ProxyOptions::default() };
        let error = options.choose("https", "a", 443).expect_err("no such proxy").to_string();
        let shown = format!("{options:?}{error}");
        assert!(!shown.contains("hunter2") && shown.contains("proxy"), "{shown}");
    }
}
