//! Image names as people write them (`nginx`, `ghcr.io/a/b:1`) and as registries know them.
//!
//! The grammar and the rules for short names are those of `distribution/reference`, which Docker,
//! podman and containerd share.

use std::{fmt, str::FromStr};

use crate::{Digest, DigestError};

/// Where a name without a registry lives.
const DEFAULT_DOMAIN: &str = "docker.io";
/// An old spelling of [`DEFAULT_DOMAIN`].
const LEGACY_DOMAIN: &str = "index.docker.io";
/// The namespace of a Docker Hub name without one.
const OFFICIAL_PREFIX: &str = "library/";
/// The tag of a name that has neither tag nor digest.
const DEFAULT_TAG: &str = "latest";
/// `RepositoryNameTotalLengthMax` of the distribution grammar, in bytes.
const MAX_PATH: usize = 255;
/// More than any valid name has (host 260, path 255, tag 128, digest 135): longer text is not parsed,
/// so that no message quotes a megabyte.
const MAX_TEXT: usize = 1024;
/// A tag is one word character and at most 127 more.
const MAX_TAG: usize = 128;

/// Why a text is no image name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Nothing was given.
    #[error("the image name is empty")]
    Empty,
    /// Upper case in the repository path.
    #[error(
        "image name {name:?}: {character:?} at position {position} is upper case; \
             repository names are lower case (only tags may have capitals)"
    )]
    Uppercase {
        /// The whole text.
        name: String,
        /// The first capital.
        character: char,
        /// Its byte offset in the text.
        position: usize,
    },
    /// Sixty-four hexadecimal digits, which Docker takes for an image id.
    #[error(
        "image name {name:?} is an image id, not a name; \
             give the image a name first (docker tag ID NAME)"
    )]
    ImageId {
        /// The whole text.
        name: String,
    },
    /// The part before the first slash is no host.
    #[error("image name {name:?}: {domain:?} is not a registry host: {problem}")]
    Domain {
        /// The whole text.
        name: String,
        /// The part taken for a host.
        domain: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A component of the repository path breaks the grammar.
    #[error("image name {name:?}: path component {component:?}: {problem}")]
    Component {
        /// The whole text.
        name: String,
        /// The component between two slashes.
        component: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The path is longer than registries accept.
    #[error(
        "image name has {length} bytes; registries take at most {MAX_PATH} without host and tag"
    )]
    TooLong {
        /// Bytes in the path, or in the whole text when that is too long to be split.
        length: usize,
    },
    /// The tag breaks the grammar.
    #[error("image name {name:?}: tag {tag:?}: {problem}")]
    Tag {
        /// The whole text.
        name: String,
        /// The part behind the colon.
        tag: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The digest breaks the grammar.
    #[error("image name {name:?}: {source}")]
    Digest {
        /// The whole text.
        name: String,
        /// What is wrong with the digest.
        source: DigestError,
    },
}

/// An image's full name: registry, repository and tag, digest or both.
///
/// Parsing fills in what people leave out: `nginx` is `docker.io/library/nginx:latest`. A name with
/// a digest gets no default tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    domain: String,
    path: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

impl Reference {
    /// The registry, with its port if it has one: `docker.io`, `localhost:5000`.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The repository within the registry: `library/nginx`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The tag. `None` only when there is a digest.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, if the name is pinned.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// Registry and repository without tag and digest: `docker.io/library/nginx`.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }

    /// The name as Docker shows it: `nginx:latest` for `docker.io/library/nginx:latest`.
    pub fn familiar(&self) -> String {
        let mut name = self.familiar_repository();
        self.push_suffix(&mut name);
        name
    }

    /// [`Self::familiar`] without tag and digest.
    pub fn familiar_repository(&self) -> String {
        if self.domain != DEFAULT_DOMAIN {
            return self.repository();
        }
        if let Some((first, _)) = self.path.split_once('/')
            && looks_like_host(first)
        {
            return self.repository();
        }
        let short = self.path.strip_prefix(OFFICIAL_PREFIX).unwrap_or(&self.path);
        if short.contains('/') { self.path.clone() } else { short.to_owned() }
    }

    fn push_suffix(&self, name: &mut String) {
        if let Some(tag) = &self.tag {
            name.push(':');
            name.push_str(tag);
        }
        if let Some(digest) = &self.digest {
            name.push('@');
            name.push_str(digest.as_str());
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut name = self.repository();
        self.push_suffix(&mut name);
        f.write_str(&name)
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        if text.is_empty() {
            return Err(ReferenceError::Empty);
        }
        if text.len() > MAX_TEXT {
            return Err(ReferenceError::TooLong { length: text.len() });
        }
        if Digest::from_sha256_hex(text).is_ok() {
            return Err(ReferenceError::ImageId { name: text.to_owned() });
        }
        let (rest, digest) = split_digest(text)?;
        let (domain, remainder) = split_domain(rest);
        let (path, tag) = split_tag(remainder);
        check_domain(text, domain)?;
        check_path(text, path)?;
        if let Some(tag) = tag {
            check_tag(text, tag)?;
        }
        let official = domain == DEFAULT_DOMAIN && !path.contains('/');
        let path = if official { format!("{OFFICIAL_PREFIX}{path}") } else { path.to_owned() };
        if path.len() > MAX_PATH {
            return Err(ReferenceError::TooLong { length: path.len() });
        }
        let default_tag = if digest.is_none() { Some(DEFAULT_TAG) } else { None };
        let tag = tag.or(default_tag).map(str::to_owned);
        Ok(Self { domain: domain.to_owned(), path, tag, digest })
    }
}

fn split_digest(text: &str) -> Result<(&str, Option<Digest>), ReferenceError> {
    let Some((rest, digest)) = text.split_once('@') else {
        return Ok((text, None));
    };
    match digest.parse() {
        Ok(digest) => Ok((rest, Some(digest))),
        Err(source) => Err(ReferenceError::Digest { name: text.to_owned(), source }),
    }
}

/// The host and what follows it. The first component is a host if it looks like one: it has a dot
/// or a port, is `localhost`, or has capitals, which no repository may have.
fn split_domain(text: &str) -> (&str, &str) {
    let (domain, remainder) = match text.split_once('/') {
        Some((first, rest)) if looks_like_host(first) => (first, rest),
        _ => (DEFAULT_DOMAIN, text),
    };
    (if domain == LEGACY_DOMAIN { DEFAULT_DOMAIN } else { domain }, remainder)
}

fn looks_like_host(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.chars().any(char::is_uppercase)
}

fn split_tag(remainder: &str) -> (&str, Option<&str>) {
    match remainder.rsplit_once(':') {
        // A colon before a slash cannot start a tag; the path check names it.
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (remainder, None),
    }
}

fn check_domain(name: &str, domain: &str) -> Result<(), ReferenceError> {
    let fail = |problem| {
        Err(ReferenceError::Domain { name: name.to_owned(), domain: domain.to_owned(), problem })
    };
    let address = domain.starts_with('[');
    let host_end = if address { domain.find(']').map(|end| end + 1) } else { domain.find(':') };
    let (host, port) = domain.split_at(host_end.unwrap_or(domain.len()));
    if let Some(digits) = port.strip_prefix(':') {
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return fail("the port behind ':' must be a number");
        }
    } else if !port.is_empty() {
        return fail("only ':' and a port may follow ']'");
    }
    if let Some(inner) = host.strip_prefix('[') {
        let valid = |b: u8| b.is_ascii_hexdigit() || b == b':';
        return match inner.strip_suffix(']') {
            Some(address) if !address.is_empty() && address.bytes().all(valid) => Ok(()),
            _ => fail("'[' must enclose an IPv6 address"),
        };
    }
    for component in host.split('.') {
        if component.is_empty() {
            return fail("it has an empty label");
        }
        if !component.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return fail("a host has letters, digits, '-' and '.'");
        }
        if component.starts_with('-') || component.ends_with('-') {
            return fail("a label must not begin or end with '-'");
        }
    }
    Ok(())
}

fn check_path(name: &str, path: &str) -> Result<(), ReferenceError> {
    if let Some((at, character)) = path.char_indices().find(|(_, c)| c.is_uppercase()) {
        let start = path.as_ptr() as usize - name.as_ptr() as usize;
        let name = name.to_owned();
        return Err(ReferenceError::Uppercase { name, character, position: start + at });
    }
    for component in path.split('/') {
        if let Some(problem) = component_problem(component) {
            let (name, component) = (name.to_owned(), component.to_owned());
            return Err(ReferenceError::Component { name, component, problem });
        }
    }
    Ok(())
}

/// What keeps `component` from matching `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`.
fn component_problem(component: &str) -> Option<&'static str> {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = component.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return Some("it is empty");
    };
    if let Some(stray) = bytes.iter().find(|b| !alphanumeric(**b) && !b"._-".contains(b)) {
        return Some(match stray {
            b':' => "':' may only stand before the tag or a port",
            b'@' => "'@' may only stand before a digest",
            b' ' => "it has a space",
            _ => "it may have a-z, 0-9, '.', '_' and '-' only",
        });
    }
    if !alphanumeric(*first) || !alphanumeric(*last) {
        return Some("it must begin and end with a letter or digit");
    }
    let separators = component.split(|c: char| c.is_ascii_alphanumeric());
    for separator in separators.filter(|separator| !separator.is_empty()) {
        let dashes = separator.bytes().all(|b| b == b'-');
        if !dashes && !matches!(separator, "." | "_" | "__") {
            return Some("separators are '.', '_', '__' or any number of '-'");
        }
    }
    None
}

fn check_tag(name: &str, tag: &str) -> Result<(), ReferenceError> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let problem = if tag.is_empty() {
        "it is empty"
    } else if tag.len() > MAX_TAG {
        "it is longer than 128 characters"
    } else if !tag.bytes().next().is_some_and(word) {
        "it must begin with a letter, digit or '_'"
    } else if !tag.bytes().all(|b| word(b) || b == b'.' || b == b'-') {
        "it may have letters, digits, '_', '.' and '-' only"
    } else {
        return Ok(());
    };
    Err(ReferenceError::Tag { name: name.to_owned(), tag: tag.to_owned(), problem })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn fills_in_what_people_leave_out() {
        for (text, canonical, familiar) in [
            ("nginx", "docker.io/library/nginx:latest", "nginx:latest"),
            ("nginx:1.27", "docker.io/library/nginx:1.27", "nginx:1.27"),
            ("library/nginx", "docker.io/library/nginx:latest", "nginx:latest"),
            ("docker.io/nginx", "docker.io/library/nginx:latest", "nginx:latest"),
            ("index.docker.io/nginx", "docker.io/library/nginx:latest", "nginx:latest"),
            ("a/b", "docker.io/a/b:latest", "a/b:latest"),
            ("library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest"),
            ("localhost/a:B", "localhost/a:B", "localhost/a:B"),
            ("localhost:5000/a", "localhost:5000/a:latest", "localhost:5000/a:latest"),
            ("ghcr.io/a/b/c:x", "ghcr.io/a/b/c:x", "ghcr.io/a/b/c:x"),
            ("Registry/a", "Registry/a:latest", "Registry/a:latest"),
            ("[fd00::1]:5000/a", "[fd00::1]:5000/a:latest", "[fd00::1]:5000/a:latest"),
            ("[::1]/a:1", "[::1]/a:1", "[::1]/a:1"),
            ("a__b.c-d--e_f", "docker.io/library/a__b.c-d--e_f:latest", "a__b.c-d--e_f:latest"),
            ("test:5000", "docker.io/library/test:5000", "test:5000"),
            ("docker.io/a.b/c", "docker.io/a.b/c:latest", "docker.io/a.b/c:latest"),
            ("localhost", "docker.io/library/localhost:latest", "localhost:latest"),
        ] {
            let reference: Reference = text.parse().expect(text);
            assert_eq!(reference.to_string(), canonical, "{text}");
            assert_eq!(reference.familiar(), familiar, "{text}");
        }
    }

    #[test]
    fn digests_pin() {
        let both: Reference = format!("a/b:1@sha256:{HEX}").parse().expect("valid");
        assert_eq!((both.tag(), both.digest().map(Digest::hex)), (Some("1"), Some(HEX)));
        assert_eq!(both.to_string(), format!("docker.io/a/b:1@sha256:{HEX}"));
        let only: Reference = format!("localhost:1/b@sha256:{HEX}").parse().expect("valid");
        assert_eq!(only.tag(), None);
        assert_eq!(only.familiar(), format!("localhost:1/b@sha256:{HEX}"));
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let long_path = "a".repeat(256);
        let long_tag = format!("a:{}", "t".repeat(129));
        let short_digest = format!("a@sha256:{}", &HEX[1..]);
        for (text, part) in [
            ("", "empty"),
            (HEX, "image id"),
            ("Nginx", "'N' at position 0 is upper case"),
            ("docker.io/a/Bc", "'B' at position 12 is upper case"),
            ("a//b", "\"\": it is empty"),
            ("/a", "it is empty"),
            ("a/", "it is empty"),
            ("a..b", "separators"),
            ("a___b", "separators"),
            ("-a", "begin and end"),
            ("a-", "begin and end"),
            ("a b", "a space"),
            ("a:b:c", "':' may only"),
            ("a:", "tag \"\": it is empty"),
            ("a:-x", "must begin with"),
            ("a:x+y", "letters, digits, '_'"),
            ("a.b:x/c", "the port behind ':' must be a number"),
            ("a..b/c", "empty label"),
            ("-a.b/c", "begin or end with '-'"),
            ("a_b.c/d", "a host has"),
            ("[::1/a", "IPv6"),
            ("[::1]x/a", "only ':' and a port"),
            ("a@sha256", "has no ':'"),
            ("ünï", "a-z, 0-9"),
            (&long_path, "has 264 bytes"),
            (&long_tag, "longer than 128"),
            (&short_digest, "has 63 digits"),
        ] {
            let error = text.parse::<Reference>().expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn longest_names_parse() {
        let path = format!("localhost/{}:{}", "a".repeat(255), "t".repeat(128));
        assert_eq!(path.parse::<Reference>().expect("at the limits").to_string(), path);
    }

    proptest! {
        #[test]
        fn any_text_parses_or_fails(text in any::<String>()) {
            if let Ok(reference) = text.parse::<Reference>() {
                prop_assert_eq!(&reference.to_string().parse::<Reference>(), &Ok(reference));
            }
        }

        #[test]
        fn canonical_and_familiar_names_parse_to_the_same(
            text in "([a-z]{1,3}\\.[a-z]{2}(:[0-9]{1,4})?/)?[a-z0-9]{1,4}(/[a-z0-9]{1,3}([._]|__|-{1,3})[a-z0-9]{1,3}){0,2}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,6})?"
        ) {
            let reference: Reference = text.parse().expect("built from the grammar");
            prop_assert_eq!(&reference.to_string().parse::<Reference>(), &Ok(reference.clone()));
            prop_assert_eq!(&reference.familiar().parse::<Reference>(), &Ok(reference));
        }
    }
}
