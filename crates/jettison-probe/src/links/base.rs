//! Where a page is, and which references from it stay on the same server.

use url::Url;

use crate::transcript::Scheme;

/// The address of a page.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    url: Url,
    hosts: Vec<String>,
}

/// Common servers refuse longer request lines.
const MAX_REFERENCE_BYTES: usize = 4096;

/// Names under which a container's server may know itself.
const OWN_HOSTS: &[&str] = &["localhost", "127.0.0.1", "[::1]", "0.0.0.0"];

impl Base {
    /// The page `target` on a port; absolute links to `hosts` count as links to this server.
    /// `None` when `target` cannot be part of a URL.
    pub(crate) fn new(scheme: Scheme, port: u16, target: &str, hosts: &[String]) -> Option<Self> {
        let text = format!("{}://localhost:{port}{target}", scheme.of_pages().as_str());
        Url::parse(&text).ok().map(|url| Self { url, hosts: hosts.to_vec() })
    }

    /// The same server with another base for relative references: `<base href>`.
    pub(crate) fn rebase(&self, reference: &str) -> Option<Self> {
        let url = self.url.join(reference.trim()).ok()?;
        self.is_own(&url).then(|| Self { url, hosts: self.hosts.clone() })
    }

    pub(crate) fn path(&self) -> &str {
        self.url.path()
    }

    /// Path and query of the page itself.
    pub(crate) fn target(&self) -> String {
        target_of(&self.url)
    }

    /// Path and query of what `reference` means, if that is on the same server.
    pub(crate) fn resolve(&self, reference: &str) -> Option<String> {
        let reference = reference.trim();
        if reference.is_empty()
            || reference.len() > MAX_REFERENCE_BYTES
            || reference.starts_with('#')
        {
            return None;
        }
        let mut url = self.url.join(reference).ok()?;
        // A socket on the same server.
        match url.scheme() {
            "ws" => url.set_scheme("http").ok()?,
            "wss" => url.set_scheme("https").ok()?,
            _ => {}
        }
        self.is_own(&url)
            .then(|| target_of(&url))
            .filter(|target| target.len() <= MAX_REFERENCE_BYTES)
    }

    fn is_own(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        url.scheme() == self.url.scheme()
            && url.port_or_known_default() == self.url.port_or_known_default()
            && (OWN_HOSTS.contains(&host) || self.hosts.iter().any(|own| own == host))
    }
}

fn target_of(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_stay_on_the_server() {
        let hosts = ["shop.example".to_owned()];
        let base = Base::new(Scheme::Http, 8080, "/dir/page?x=1", &hosts).unwrap();
        let table = [
            ("a", Some("/dir/a")),
            ("/a?b#c", Some("/a?b")),
            ("../up", Some("/up")),
            ("?y=2", Some("/dir/page?y=2")),
            ("  /spaces  ", Some("/spaces")),
            ("/sp ace/\u{fc}", Some("/sp%20ace/%C3%BC")),
            ("http://localhost:8080/abs", Some("/abs")),
            ("http://127.0.0.1:8080", Some("/")),
            ("http://[::1]:8080/v6", Some("/v6")),
            ("//shop.example:8080/own", Some("/own")),
            ("http://shop.example/other-port", None),
            ("https://localhost:8080/other-scheme", None),
            ("http://elsewhere.example:8080/", None),
            ("#part", None),
            ("", None),
            ("javascript:alert(1)", None),
            ("mailto:a@b", None),
            ("data:text/plain,x", None),
            ("http://[bad", None),
        ];
        for (reference, expected) in table {
            assert_eq!(base.resolve(reference).as_deref(), expected, "{reference}");
        }
        assert_eq!(base.resolve(&"x".repeat(5000)), None);
        assert_eq!(base.target(), "/dir/page?x=1");
    }

    #[test]
    fn a_base_element_moves_relative_references() {
        let base = Base::new(Scheme::Https, 443, "/a", &[]).unwrap();
        assert_eq!(base.rebase("/sub/").unwrap().resolve("x").as_deref(), Some("/sub/x"));
        assert!(base.rebase("https://cdn.example/").is_none());
        assert_eq!(base.resolve("https://localhost/x").as_deref(), Some("/x"));
    }
}
