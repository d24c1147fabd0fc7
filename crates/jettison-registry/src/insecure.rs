//! Registries whose identity is not verified, because a person said so.

use std::net::IpAddr;

use crate::proxy::{in_network, is_loopback};

/// Which registries may be spoken to without a certificate that proves who they are, or in plain HTTP.
///
/// This very machine may always be spoken to in plain HTTP, but a certificate it shows has to be right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InsecureHosts {
    rules: Vec<String>,
}

impl InsecureHosts {
    /// From names as they stand in references (`registry.example:5000`; without a port: every port), `*.suffixes`,
    /// networks (`10.0.0.0/8`), or `*` for all.
    pub fn new(rules: impl IntoIterator<Item = String>) -> Self {
        let normal = |rule: String| {
            let bare = rule.trim().trim_start_matches("https://").trim_start_matches("http://");
            bare.trim_end_matches('/').to_ascii_lowercase()
        };
        Self { rules: rules.into_iter().map(normal).filter(|rule| !rule.is_empty()).collect() }
    }

    /// Adds the rules of another.
    pub fn extend(&mut self, other: Self) {
        self.rules.extend(other.rules);
    }

    /// Whether a registry (with its port, if it has one) is meant.
    pub(crate) fn contains(&self, authority: &str) -> bool {
        let authority = authority.to_ascii_lowercase();
        let host = host_of(&authority);
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        self.rules.iter().any(|rule| {
            if rule == "*" || *rule == authority || rule == host {
                return true;
            }
            if let (Some((network, bits)), Some(address)) = (rule.split_once('/'), address) {
                return in_network(network, bits, address);
            }
            rule.strip_prefix('*').is_some_and(|suffix| {
                suffix.starts_with('.') && (host.ends_with(suffix) || authority.ends_with(suffix))
            })
        })
    }

    /// Whether a registry may be spoken to in plain HTTP.
    pub(crate) fn allows_http(&self, authority: &str) -> bool {
        is_loopback(host_of(authority)) || self.contains(authority)
    }
}

/// The host without its port.
pub(crate) fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_name_hosts() {
        for (rule, authority, expected) in [
            ("a.example", "a.example", true),
            ("a.example", "a.example:5000", true),
            ("http://A.example:5000/", "a.example:5000", true),
            ("a.example:5000", "a.example:5001", false),
            ("a.example:5000", "a.example", false),
            ("*.example", "a.example:5000", true),
            ("*.example", "example", false),
            ("10.0.0.0/8", "10.1.2.3:5000", true),
            ("10.0.0.0/8", "11.1.2.3:5000", false),
            ("fd00::/8", "[fd00::1]:5000", true),
            ("*", "anything", true),
            ("", "a", false),
        ] {
            let hosts = InsecureHosts::new([rule.to_owned()]);
            assert_eq!(hosts.contains(authority), expected, "{rule:?} {authority}");
        }
    }

    #[test]
    fn this_machine_may_speak_plain_http() {
        let hosts = InsecureHosts::default();
        for (authority, expected) in [
            ("localhost:5000", true),
            ("127.1.2.3", true),
            ("[::1]:80", true),
            ("localhost.example", false),
            ("10.0.0.1:5000", false),
        ] {
            assert_eq!(hosts.allows_http(authority), expected, "{authority}");
            assert!(!hosts.contains(authority), "its certificate is verified");
        }
    }
}
