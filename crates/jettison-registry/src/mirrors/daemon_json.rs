//! Docker's `daemon.json`: mirrors of Docker Hub, and insecure registries.

use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use super::{MirrorConfigError, argument::address_of, read_first};

/// What of it is about registries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct DaemonJson {
    /// Mirrors of Docker Hub, in order.
    pub(super) mirrors: Vec<Url>,
    /// Hosts and networks.
    pub(super) insecure: Vec<String>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "registry-mirrors", default)]
    mirrors: Vec<String>,
    #[serde(rename = "insecure-registries", default)]
    insecure: Vec<String>,
}

impl DaemonJson {
    pub(super) fn load(paths: &[PathBuf]) -> Result<Self, MirrorConfigError> {
        let Some((path, text)) = read_first(paths)? else { return Ok(Self::default()) };
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let document: Document =
            serde_json::from_str(&text).map_err(|e| MirrorConfigError::malformed(&path, e))?;
        let address = |text: &String| {
            let problem = || format!("\"registry-mirrors\": {text:?} is no address");
            address_of(text).ok_or_else(|| MirrorConfigError::malformed(&path, problem()))
        };
        let mirrors = document.mirrors.iter().map(address).collect::<Result<_, _>>()?;
        Ok(Self { mirrors, insecure: document.insecure })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_and_insecure_registries() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("daemon.json");
        let load = |text: &str| {
            fs_err::write(&path, text).expect("writable");
            DaemonJson::load(&[dir.path().join("none"), path.clone()])
        };
        let read = load(
            r#"{"registry-mirrors":["https://a","http://b:5000/"],"insecure-registries":["10.0.0.0/8"],"x":1}"#,
        );
        let read = read.expect("valid");
        let shown: Vec<&str> = read.mirrors.iter().map(Url::as_str).collect();
        assert_eq!(shown, ["https://a/", "http://b:5000/"]);
        assert_eq!(read.insecure, ["10.0.0.0/8"]);
        assert_eq!(load("").expect("empty"), DaemonJson::default());
        for (text, part) in [
            (r#"{"registry-mirrors":["ftp://a"]}"#, "\"ftp://a\" is no address"),
            (r#"{"registry-mirrors":"a"}"#, "daemon.json: invalid type"),
            ("{", "daemon.json: EOF"),
        ] {
            let error = load(text).expect_err(text).to_string();
            assert!(error.contains(part), "{error}");
        }
        assert_eq!(DaemonJson::load(&[]).expect("nothing"), DaemonJson::default());
    }
}
