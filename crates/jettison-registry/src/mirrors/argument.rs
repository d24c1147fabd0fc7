//! A mirror as a person names it: `https://mirror.example`, `ghcr.io=https://mirror.example`.

use std::str::FromStr;

use url::Url;

/// A mirror and the registry it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorArgument {
    /// The registry: `docker.io`, `localhost:5000`.
    pub domain: String,
    /// Its API is below `v2/` there; ends with a slash.
    pub(crate) address: Url,
}

/// Why a text names no mirror.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} names no mirror: {problem}; expected URL, as in https://mirror.example, or REGISTRY=URL, as in \
     ghcr.io=https://mirror.example"
)]
pub struct MirrorArgumentError {
    text: String,
    problem: &'static str,
}

/// What mirrors stand for when nobody says: only Docker Hub's names do not begin with their registry.
const DEFAULT_DOMAIN: &str = "docker.io";

impl FromStr for MirrorArgument {
    type Err = MirrorArgumentError;

    fn from_str(text: &str) -> Result<Self, MirrorArgumentError> {
        let fail = |problem| Err(MirrorArgumentError { text: text.to_owned(), problem });
        let (domain, address) = match text.split_once('=') {
            Some((domain, address)) if !domain.contains("://") => (domain, address),
            _ => (DEFAULT_DOMAIN, text),
        };
        if domain.is_empty() || domain.contains('/') {
            return fail("what stands before '=' is no registry");
        }
        match address_of(address) {
            Some(address) => Ok(Self { domain: domain.to_owned(), address }),
            None => fail("it is no address"),
        }
    }
}

/// An address with or without its scheme, which is HTTPS then; ends with a slash.
pub(super) fn address_of(text: &str) -> Option<Url> {
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let mut url = Url::parse(&whole).ok()?;
    let is_usable = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !is_usable {
        return None;
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_and_what_they_stand_for() {
        for (text, domain, address) in [
            ("https://m.example", "docker.io", "https://m.example/"),
            ("m.example:5000/hub", "docker.io", "https://m.example:5000/hub/"),
            ("http://127.0.0.1:5000/", "docker.io", "http://127.0.0.1:5000/"),
            ("ghcr.io=https://m.example", "ghcr.io", "https://m.example/"),
            ("localhost:5000=http://localhost:5001", "localhost:5000", "http://localhost:5001/"),
        ] {
            let mirror: MirrorArgument = text.parse().expect(text);
            assert_eq!((mirror.domain.as_str(), mirror.address.as_str()), (domain, address));
        }
        for text in ["", "ftp://m", "=https://m", "a/b=https://m", "https://u:p@m", "https://m?x=1"]
        {
            let error = text.parse::<MirrorArgument>().expect_err(text).to_string();
            assert!(error.contains("names no mirror"), "{error}");
        }
    }
}
