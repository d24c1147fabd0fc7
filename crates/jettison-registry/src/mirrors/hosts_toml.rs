//! containerd's `hosts.toml`: where the images of one registry are had (containerd, `docs/hosts.md`).

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::Spanned;
use url::Url;

use super::{MirrorConfigError, argument::address_of, is_missing, toml_problem};
use crate::{network::HostSettings, tls::HostCertificates};

/// The file for one registry.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct HostsToml {
    /// The registry itself, where it is to be had elsewhere, or in another way, than its name says.
    pub(super) server: Option<HostEntry>,
    /// Hosts that are asked before it, in order.
    pub(super) hosts: Vec<HostEntry>,
}

/// One host.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HostEntry {
    /// Where its API is, `v2/` included unless the file says otherwise.
    pub(super) base: Url,
    pub(super) resolves: bool,
    pub(super) pulls: bool,
    pub(super) settings: HostSettings,
}

#[derive(Deserialize)]
struct Document {
    server: Option<String>,
    #[serde(default)]
    host: BTreeMap<Spanned<String>, Fields>,
    // The registry's own; flattening would lose where the hosts stand.
    capabilities: Option<Vec<String>>,
    ca: Option<Files>,
    client: Option<Clients>,
    skip_verify: Option<bool>,
    override_path: Option<bool>,
    #[serde(default)]
    header: BTreeMap<String, Values>,
}

#[derive(Deserialize)]
struct Fields {
    capabilities: Option<Vec<String>>,
    ca: Option<Files>,
    client: Option<Clients>,
    skip_verify: Option<bool>,
    override_path: Option<bool>,
    #[serde(default)]
    header: BTreeMap<String, Values>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Files {
    One(PathBuf),
    Several(Vec<PathBuf>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Clients {
    One(PathBuf),
    Several(Vec<PathBuf>),
    Pairs(Vec<Vec<PathBuf>>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Several(Vec<String>),
}

/// The folder for registries that have none.
const DEFAULT: &str = "_default";

/// The file's name in each folder.
const FILE: &str = "hosts.toml";

impl HostsToml {
    /// The file for `domain` in the first of the folders that has one.
    pub(super) fn find(dirs: &[PathBuf], domain: &str) -> Result<Option<Self>, MirrorConfigError> {
        for dir in dirs {
            for name in folder_names(domain) {
                let path = dir.join(name).join(FILE);
                match fs_err::read_to_string(&path) {
                    Ok(text) => return Self::parse(&path, &text).map(Some),
                    Err(error) if is_missing(&error) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(None)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, MirrorConfigError> {
        let document: Document = toml::from_str(text)
            .map_err(|error| MirrorConfigError::malformed(path, toml_problem(text, &error)))?;
        let Document { server, host, .. } = document;
        let own = Fields {
            capabilities: document.capabilities,
            ca: document.ca,
            client: document.client,
            skip_verify: document.skip_verify,
            override_path: document.override_path,
            header: document.header,
        };
        let server = server.map(|address| entry(path, &address, &own)).transpose()?;
        let mut hosts: Vec<_> = host.into_iter().collect();
        // The order in the file is the order of preference.
        hosts.sort_by_key(|(address, _)| address.span().start);
        let hosts = hosts.iter().map(|(address, fields)| entry(path, address.get_ref(), fields));
        Ok(Self { server, hosts: hosts.collect::<Result<_, _>>()? })
    }
}

/// Names a registry's folder may have: `a:5000`, or `a_5000_` where colons are not allowed in names.
fn folder_names(domain: &str) -> Vec<String> {
    let mut names = vec![domain.to_owned()];
    if let Some((host, port)) = domain.rsplit_once(':') {
        names.push(format!("{host}_{port}_"));
        names.push(host.to_owned());
    }
    names.push(DEFAULT.to_owned());
    names
}

fn entry(path: &Path, address: &str, fields: &Fields) -> Result<HostEntry, MirrorConfigError> {
    let malformed = |problem: String| MirrorConfigError::malformed(path, problem);
    let mut base =
        address_of(address).ok_or_else(|| malformed(format!("{address:?} is no address")))?;
    if fields.override_path != Some(true) && !base.path().ends_with("/v2/") {
        base = base.join("v2/").expect("a path can be put behind an address");
    }
    // Without a list, a host can do everything.
    let can = |capability: &str| {
        fields.capabilities.as_ref().is_none_or(|list| list.iter().any(|one| one == capability))
    };
    let absolute = |file: &PathBuf| path.parent().unwrap_or(Path::new("/")).join(file);
    let cas: Vec<PathBuf> = match &fields.ca {
        None => Vec::new(),
        Some(Files::One(file)) => vec![absolute(file)],
        Some(Files::Several(files)) => files.iter().map(absolute).collect(),
    };
    let pair = |certificate: &PathBuf, key: &PathBuf| Some((absolute(certificate), absolute(key)));
    let client = match &fields.client {
        None => None,
        Some(Clients::One(file)) => pair(file, file),
        Some(Clients::Several(files)) => files.first().and_then(|file| pair(file, file)),
        Some(Clients::Pairs(pairs)) => match pairs.first().map(Vec::as_slice) {
            Some([both]) => pair(both, both),
            Some([certificate, key]) => pair(certificate, key),
            _ => return Err(malformed("\"client\" is not [certificate, key]".to_owned())),
        },
    };
    let mut headers = Vec::new();
    for (name, values) in &fields.header {
        let values = match values {
            Values::One(value) => std::slice::from_ref(value),
            Values::Several(values) => values,
        };
        headers.extend(values.iter().map(|value| (name.clone(), value.clone())));
    }
    Ok(HostEntry {
        base,
        resolves: can("resolve"),
        pulls: can("pull"),
        settings: HostSettings {
            certificates: HostCertificates { cas, client },
            is_insecure: fields.skip_verify == Some(true),
            headers,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<HostsToml, MirrorConfigError> {
        HostsToml::parse(Path::new("/etc/c/hosts.toml"), text)
    }

    #[test]
    fn hosts_come_in_the_order_of_the_file() {
        let read = parse(
            r#"
server = "https://registry-1.docker.io"
[host."https://z.example"]
  capabilities = ["pull", "resolve"]
[host."http://a.example:5000"]
  capabilities = ["pull"]
  skip_verify = true
[host."https://m.example/v2/hub"]
  override_path = true
  ca = ["a.crt", "/b.crt"]
  client = [["c.crt", "c.key"]]
  [host."https://m.example/v2/hub".header]
    x-one = "1"
    x-two = ["2", "3"]
"#,
        )
        .expect("valid");
        assert_eq!(read.server.expect("given").base.as_str(), "https://registry-1.docker.io/v2/");
        let bases: Vec<&str> = read.hosts.iter().map(|host| host.base.as_str()).collect();
        let expected =
            ["https://z.example/v2/", "http://a.example:5000/v2/", "https://m.example/v2/hub/"];
        assert_eq!(bases, expected);
        let [first, second, third] = read.hosts.as_slice() else { panic!("three") };
        assert!(first.resolves && first.pulls && !second.resolves && second.pulls);
        assert!(!first.settings.is_insecure && second.settings.is_insecure);
        let certificates = &third.settings.certificates;
        assert_eq!(certificates.cas, [PathBuf::from("/etc/c/a.crt"), PathBuf::from("/b.crt")]);
        let pair = (PathBuf::from("/etc/c/c.crt"), PathBuf::from("/etc/c/c.key"));
        assert_eq!(certificates.client, Some(pair));
        assert_eq!(third.settings.headers.len(), 3);
    }

    #[test]
    fn damage_is_named() {
        for (text, part) in [
            ("server = 1", "hosts.toml: line 1: invalid type"),
            ("a\n[", "hosts.toml: line"),
            ("[host.\"ftp://a\"]", "\"ftp://a\" is no address"),
            ("[host.\"https://a\"]\nclient = [[]]", "is not [certificate, key]"),
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn folders_are_found_by_the_name_of_the_registry() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let put = |name: &str, text: &str| {
            fs_err::create_dir_all(dir.path().join(name)).expect("writable");
            fs_err::write(dir.path().join(name).join(FILE), text).expect("writable");
        };
        let server = |domain: &str| {
            let found = HostsToml::find(&[dir.path().to_owned()], domain).expect("valid");
            found.and_then(|read| read.server).map(|server| server.base.to_string())
        };
        assert_eq!(server("a:5000"), None);
        put(DEFAULT, "server = \"https://default\"");
        assert_eq!(server("a:5000").as_deref(), Some("https://default/v2/"));
        put("a_5000_", "server = \"https://a\"");
        assert_eq!(server("a:5000").as_deref(), Some("https://a/v2/"));
        put("a:5000", "server = \"https://b\"");
        assert_eq!(server("a:5000").as_deref(), Some("https://b/v2/"));
    }
}
