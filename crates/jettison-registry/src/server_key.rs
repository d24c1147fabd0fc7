//! How registries are named in files of credentials: hosts, addresses of old APIs, namespaces.

use crate::auth_file::HUB_KEY;

/// Names of Docker Hub.
const HUB: &[&str] = &["docker.io", "index.docker.io", "registry-1.docker.io"];

/// Docker keeps short-lived tokens beside the password, under addresses of the same host.
const TOKENS: &[&str] = &["/access-token", "/refresh-token"];

/// The key under which docker keeps a registry, and which helpers are asked for.
pub(crate) fn of(domain: &str) -> &str {
    if domain == HUB[0] { HUB_KEY } else { domain }
}

/// Keys for a repository, from the nearest to the widest, as podman looks them up: `quay.io/team/app`, `quay.io/team`,
/// `quay.io`.
pub(crate) fn candidates(domain: &str, repository: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut path = repository;
    while !path.is_empty() {
        keys.push(format!("{domain}/{path}"));
        path = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    keys.push(of(domain).to_owned());
    keys.push(domain.to_owned());
    keys
}

/// Whether a key means the registry as a whole, in any spelling.
pub(crate) fn names(key: &str, domain: &str) -> bool {
    if TOKENS.iter().any(|token| key.ends_with(token)) {
        return false;
    }
    let is_address = key.contains("://");
    let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
    // Without a scheme, what follows the host is a namespace, not an address of an API.
    if !is_address && !path.is_empty() {
        return false;
    }
    let normal = |host: &str| if HUB.contains(&host) { HUB[0].to_owned() } else { host.to_owned() };
    normal(host) == normal(domain)
}
