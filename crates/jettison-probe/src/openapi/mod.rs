//! API descriptions: OpenAPI 3 and Swagger 2 documents, and the requests that they call for.
//!
//! Everything here is pure: a document in, requests out. A document may come out of the container,
//! so what is built from it is bounded in every direction.

mod body;
mod document;
mod operation;
mod parameter;
mod pattern;
mod requests;
mod schema;
mod security;

use std::{io, path::Path, str::FromStr};

use thiserror::Error;

pub(crate) use document::Document;
pub(crate) use requests::{Methods, requests};

/// A description that the user wants to be exercised.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiProbe {
    /// Where the description is.
    pub source: ApiSource,
    /// Stands before each path instead of what the description says (`servers`, `basePath`).
    pub prefix: Option<String>,
}

/// Where a description is.
#[derive(Debug, Clone, PartialEq)]
pub enum ApiSource {
    /// The container serves it at this path and query, on this port or on every HTTP port.
    Served {
        /// Path and query.
        target: String,
        /// The port; `None` means every HTTP port.
        port: Option<u16>,
    },
    /// It was given with the probe.
    Given(ApiSpec),
}

/// A description that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiSpec {
    /// What it is called in messages.
    pub(crate) name: String,
    pub(crate) document: Document,
}

/// Why an API description cannot be used.
#[derive(Debug, Error)]
pub enum ApiSpecError {
    /// `--http-probe-apispec` names neither a path nor a URL of the container.
    #[error("API description {text:?}: {problem}")]
    Source {
        /// As given.
        text: String,
        /// What is wrong and what would be right.
        problem: &'static str,
    },
    /// The file cannot be read.
    #[error("API description: {0}")]
    Read(#[source] io::Error),
    /// It is no description.
    #[error("API description {name}: {problem}")]
    Document {
        /// The file or the address.
        name: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// Credentials are malformed.
    #[error(
        "API credentials {0}: expected SCHEME=VALUE, where SCHEME is a name under securitySchemes"
    )]
    Credentials(String),
}

/// Descriptions beyond this are no descriptions; GitHub's, the largest known, has 12 MiB.
pub(crate) const MAX_DOCUMENT_BYTES: usize = 16 << 20;

impl ApiSpec {
    /// Reads a description out of a file: JSON or YAML.
    pub fn read(path: &Path) -> Result<Self, ApiSpecError> {
        use std::io::Read as _;
        let mut bytes = Vec::new();
        fs_err::File::open(path)
            .map(|file| file.take(MAX_DOCUMENT_BYTES as u64 + 1))
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(ApiSpecError::Read)?;
        let name = path.display().to_string();
        let fail = |problem| ApiSpecError::Document { name: name.clone(), problem };
        let document = Document::parse(&bytes).map_err(fail)?;
        if let Some(reference) = document.external_reference() {
            return Err(fail(format!(
                "it refers to another file ({reference}): bundle it into one file first"
            )));
        }
        Ok(Self { name, document })
    }

    /// Names of the description's security schemes.
    pub fn security_schemes(&self) -> Vec<String> {
        security::names(&self.document)
    }
}

impl FromStr for ApiProbe {
    type Err = ApiSpecError;

    /// `/path`, `/path:/prefix`, `http://localhost:8000/path:/prefix`: something that the container
    /// serves.
    fn from_str(text: &str) -> Result<Self, ApiSpecError> {
        let fail = |problem| ApiSpecError::Source { text: text.to_owned(), problem };
        let (place, prefix) = split_prefix(text);
        let source = if place.starts_with('/') {
            ApiSource::Served { target: place.to_owned(), port: None }
        } else {
            let url = url::Url::parse(place)
                .map_err(|_not_a_url| fail("expected a path or URL that the container serves"))?;
            let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
            if !is_local || !matches!(url.scheme(), "http" | "https") {
                return Err(fail(
                    "the container is http://localhost:PORT; give a description from elsewhere as a file",
                ));
            }
            let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
            let target = format!("{}{query}", url.path());
            ApiSource::Served { target, port: url.port_or_known_default() }
        };
        Ok(Self { source, prefix })
    }
}

/// Takes `:/prefix` off the end: docker-slim's way to say where an API is.
pub fn split_prefix(text: &str) -> (&str, Option<String>) {
    let split = text.match_indices(":/").map(|(at, _)| at).filter(|&at| at > 0).find(|&at| {
        // Not the one of `http://`.
        !text[at + 2..].starts_with('/')
    });
    match split {
        Some(at) => (&text[..at], Some(text[at + 1..].trim_end_matches('/').to_owned())),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_prefixes() {
        let served = |target: &str, port| ApiSource::Served { target: target.to_owned(), port };
        let table = [
            ("/openapi.json", served("/openapi.json", None), None),
            ("/spec:/v1", served("/spec", None), Some("/v1")),
            ("/spec:/v1/", served("/spec", None), Some("/v1")),
            ("/spec:/", served("/spec", None), Some("")),
            ("http://localhost:8000/a?b=c", served("/a?b=c", Some(8000)), None),
            ("http://localhost:8000/a:/v1", served("/a", Some(8000)), Some("/v1")),
            ("https://127.0.0.1/a", served("/a", Some(443)), None),
        ];
        for (text, source, prefix) in table {
            let probe: ApiProbe = text.parse().unwrap();
            assert_eq!((&probe.source, probe.prefix.as_deref()), (&source, prefix), "{text}");
        }
        for (text, part) in [
            ("openapi.json", "path or URL"),
            ("https://petstore.example/openapi.json", "as a file"),
            ("ftp://localhost/x", "as a file"),
        ] {
            let error = text.parse::<ApiProbe>().unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert_eq!(split_prefix("api.yaml:/v2"), ("api.yaml", Some("/v2".to_owned())));
        assert_eq!(split_prefix("/dir/api.yaml"), ("/dir/api.yaml", None));
    }

    #[test]
    fn files_are_read_and_faults_named() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = directory.path().join(name);
            fs_err::write(&path, text).unwrap();
            path
        };
        let good = write(
            "good.yaml",
            "openapi: 3.0.3\npaths: {}\ncomponents: {securitySchemes: {key: {type: apiKey}}}\n",
        );
        assert_eq!(ApiSpec::read(&good).unwrap().security_schemes(), ["key"]);
        for (name, text, part) in [
            ("none.json", "{}", "neither"),
            ("broken.yaml", "a: [1\nb: }", "line 2"),
            ("other.yaml", "openapi: 3.0.0\npaths: {/a: {$ref: './a.yaml'}}", "./a.yaml"),
            ("old.json", r#"{"swagger": "1.2", "paths": {}}"#, "1.2"),
        ] {
            let error = ApiSpec::read(&write(name, text)).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(part), "{error}");
        }
        assert!(ApiSpec::read(Path::new("/none")).unwrap_err().to_string().contains("/none"));
    }
}
