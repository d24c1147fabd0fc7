//! What must never be readable in a transcript, an error or a log.

use std::fmt;

use crate::payload::sha256_hex;

/// A password or the like: usable, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// Stands for a value that may hold a password. Not a hash: a hash of a weak password can be
/// guessed.
const HIDDEN: &str = "(hidden)";

/// What the name of a request header holds when its value is a credential: `authorization`,
/// `cookie`, and the many names that applications make up.
const SECRET_HEADER_PARTS: &[&str] =
    &["auth", "cookie", "key", "password", "secret", "session", "signature", "token"];

/// Query parameters whose values are credentials by their very names.
const SECRET_PARAMETERS: &[&str] = &[
    "access_token",
    "api_key",
    "apikey",
    "auth",
    "key",
    "pass",
    "passwd",
    "password",
    "pwd",
    "secret",
    "sig",
    "signature",
    "token",
];

/// The public form of a request header; `name` is in lower case. `secrets` are further names.
pub(crate) fn mask_request_header(name: &str, value: &str, secrets: &[String]) -> String {
    let is_secret = SECRET_HEADER_PARTS.iter().any(|part| name.contains(part))
        || secrets.iter().any(|secret| secret == name);
    if name == "referer" {
        return mask_target(value, secrets);
    }
    if is_secret { HIDDEN.to_owned() } else { value.to_owned() }
}

/// The public form of a response header; `name` is in lower case.
pub(crate) fn mask_response_header(name: &str, value: &str) -> String {
    match name {
        "set-cookie" => mask_set_cookie(value),
        "location" | "content-location" | "refresh" => mask_target(value, &[]),
        _ => value.to_owned(),
    }
}

/// Keeps name and attributes of a cookie and hashes its value, so that two transcripts can still
/// tell whether it is the same one.
fn mask_set_cookie(value: &str) -> String {
    let (pair, attributes) =
        value.split_once(';').map_or((value, None), |(pair, rest)| (pair, Some(rest)));
    let (name, value) = pair.split_once('=').unwrap_or(("", pair));
    let mut masked = format!("{name}={}", short_hash(value));
    if let Some(attributes) = attributes {
        masked.push(';');
        masked.push_str(attributes);
    }
    masked
}

fn short_hash(value: &str) -> String {
    // Enough to tell values apart, too little to be of use to anyone else.
    const DIGITS: usize = 12;
    format!("sha256:{}", &sha256_hex(value.trim().as_bytes())[..DIGITS])
}

/// The public form of a path with query: values of parameters named like credentials are hidden,
/// and those of `secrets`.
pub(crate) fn mask_target(target: &str, secrets: &[String]) -> String {
    let Some((path, query)) = target.split_once('?') else {
        return target.to_owned();
    };
    let parameters: Vec<String> = query
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, value))
                if !value.is_empty()
                    && (is_secret_name(name) || secrets.iter().any(|secret| secret == name)) =>
            {
                format!("{name}={HIDDEN}")
            }
            _ => parameter.to_owned(),
        })
        .collect();
    format!("{path}?{}", parameters.join("&"))
}

fn is_secret_name(name: &str) -> bool {
    SECRET_PARAMETERS.contains(&name.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_do_not_survive() {
        for (name, value) in [
            ("authorization", "Basic c2VjcmV0"),
            ("cookie", "session=secret"),
            ("x-api-key", "secret"),
        ] {
            assert_eq!(mask_request_header(name, value, &[]), HIDDEN, "{name}");
        }
        assert_eq!(mask_request_header("accept", "text/html", &[]), "text/html");
        let own = ["x-mine".to_owned()];
        assert_eq!(mask_request_header("x-mine", "value", &own), HIDDEN);
        assert_eq!(mask_target("/?x-mine=1&b=2", &own), "/?x-mine=(hidden)&b=2");
        assert_eq!(format!("{:?}", Secret::new("secret")), HIDDEN);
    }

    #[test]
    fn cookies_keep_name_and_attributes() {
        let masked = mask_response_header("set-cookie", "session=s3cret; Path=/; HttpOnly");
        assert!(masked.starts_with("session=sha256:"), "{masked}");
        assert!(masked.ends_with("; Path=/; HttpOnly"), "{masked}");
        assert!(!masked.contains("s3cret"), "{masked}");
        assert_eq!(masked, mask_response_header("set-cookie", "session=s3cret; Path=/; HttpOnly"));
        assert!(!mask_response_header("set-cookie", "s3cret").contains("s3cret"));
    }

    #[test]
    fn queries_keep_all_but_credentials() {
        let table = [
            ("/a", "/a"),
            ("/a?b=c&d", "/a?b=c&d"),
            ("/a?token=x&b=c", "/a?token=(hidden)&b=c"),
            ("/a?Password=x", "/a?Password=(hidden)"),
            ("/a?token=", "/a?token="),
        ];
        for (target, expected) in table {
            assert_eq!(mask_target(target, &[]), expected);
        }
    }
}
