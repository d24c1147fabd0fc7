//! Where an engine listens.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use jettison_image::Digest;
use serde_json::Value;

use super::EngineError;

/// Docker's socket when nobody says otherwise.
const DOCKER_SOCKET: &str = "/var/run/docker.sock";
/// podman's socket for root.
const PODMAN_SOCKET: &str = "/run/podman/podman.sock";
/// The port of Docker's API in clear, and over TLS (IANA: docker, docker-s).
const PORTS: (u16, u16) = (2375, 2376);
/// The largest configuration file that is read, in bytes: Docker's own are a few hundred.
const MAX_CONFIGURATION: u64 = 1 << 20;

/// Which engine is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// Docker, or what listens in its place.
    Docker,
    /// podman's Docker-compatible service.
    Podman,
}

/// Where an engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A socket of this machine.
    Unix(PathBuf),
    /// An address, in clear or over TLS.
    Tcp {
        /// Host name or address, IPv6 in brackets.
        host: String,
        /// Port.
        port: u16,
        /// The directory with `ca.pem`, `cert.pem` and `key.pem`; `None` is in clear.
        tls: Option<PathBuf>,
    },
}

/// What the environment says about engines; read by the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineEnvironment {
    /// `DOCKER_HOST`.
    pub docker_host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub docker_context: Option<String>,
    /// `DOCKER_CONFIG`, or `.docker` in the home.
    pub docker_config: Option<PathBuf>,
    /// Whether `DOCKER_TLS_VERIFY` (or `DOCKER_TLS`) is set and not empty.
    pub docker_tls: bool,
    /// `DOCKER_CERT_PATH`.
    pub docker_cert_path: Option<PathBuf>,
    /// `CONTAINER_HOST`: where podman listens.
    pub container_host: Option<String>,
    /// `XDG_RUNTIME_DIR`: where podman's socket of an ordinary user is.
    pub runtime_dir: Option<PathBuf>,
}

impl Endpoint {
    /// Where the engine listens, found as its own client finds it.
    ///
    /// For Docker: `DOCKER_HOST`, `DOCKER_CONTEXT`, the current context of `config.json`, the usual socket.
    /// For podman: `CONTAINER_HOST`, the user's socket if there is one, root's.
    pub fn find(kind: EngineKind, environment: &EngineEnvironment) -> Result<Self, EngineError> {
        match kind {
            EngineKind::Docker => docker(environment),
            EngineKind::Podman => podman(environment),
        }
    }

    /// An address as `DOCKER_HOST` has it. `tls` is the directory with certificates, for `tcp:`.
    pub fn parse(address: &str, tls: Option<&Path>) -> Result<Self, EngineError> {
        let refuse = |problem: &str| {
            Err(EngineError::Address { address: address.to_owned(), problem: problem.to_owned() })
        };
        let Some((scheme, rest)) = address.split_once("://") else {
            return refuse("expected unix:///path/to/socket or tcp://HOST:PORT");
        };
        match scheme {
            "unix" if rest.starts_with('/') => Ok(Self::Unix(rest.into())),
            "unix" => refuse("the path of the socket is not absolute"),
            "tcp" | "http" | "https" => {
                let tls = tls.map(Path::to_owned).or((scheme == "https").then(PathBuf::new));
                let port = if tls.is_some() { PORTS.1 } else { PORTS.0 };
                let rest = rest.trim_end_matches('/');
                let end = rest.rfind(']').map_or(0, |end| end + 1);
                let (host, port) = match rest[end..].rfind(':') {
                    Some(colon) => (&rest[..end + colon], rest[end + colon + 1..].parse().ok()),
                    None => (rest, Some(port)),
                };
                match port {
                    Some(_) if host.is_empty() || host.contains('/') => refuse("it has no host"),
                    Some(port) => Ok(Self::Tcp { host: host.to_owned(), port, tls }),
                    None => refuse("the port is not a number"),
                }
            }
            "ssh" => refuse(
                "ssh is not supported; forward the socket and name that: \
                 ssh -NL /tmp/docker.sock:/var/run/docker.sock HOST, then unix:///tmp/docker.sock",
            ),
            _ => refuse("expected unix:///path/to/socket or tcp://HOST:PORT"),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { host, port, tls: _ } => write!(f, "tcp://{host}:{port}"),
        }
    }
}

fn docker(environment: &EngineEnvironment) -> Result<Endpoint, EngineError> {
    if let Some(address) = &environment.docker_host {
        let certificates =
            environment.docker_cert_path.as_ref().or(environment.docker_config.as_ref());
        let tls = certificates.filter(|_| environment.docker_tls);
        return Endpoint::parse(address, tls.map(PathBuf::as_path));
    }
    let config = environment.docker_config.as_deref();
    let current = || {
        let value = read_json(&config?.join("config.json")).ok()?;
        Some(value.get("currentContext")?.as_str()?.to_owned())
    };
    match environment.docker_context.clone().or_else(current) {
        Some(name) if name != "default" => context(&name, config),
        _ => Ok(Endpoint::Unix(DOCKER_SOCKET.into())),
    }
}

/// `contexts/meta/<sha256 of the name>/meta.json` (docker/cli, cli/context/store).
fn context(name: &str, config: Option<&Path>) -> Result<Endpoint, EngineError> {
    let fail = |problem: String| EngineError::Context { name: name.to_owned(), problem };
    let config = config.ok_or_else(|| fail("there is no configuration of Docker's".to_owned()))?;
    let id = Digest::sha256(name.as_bytes());
    let contexts = config.join("contexts");
    let meta = read_json(&contexts.join("meta").join(id.hex()).join("meta.json")).map_err(fail)?;
    let host = meta.pointer("/Endpoints/docker/Host").and_then(Value::as_str);
    let host = host.ok_or_else(|| fail("it names no Docker engine".to_owned()))?;
    let tls = contexts.join("tls").join(id.hex()).join("docker");
    Endpoint::parse(host, Some(tls.as_path()).filter(|tls| tls.is_dir()))
}

fn podman(environment: &EngineEnvironment) -> Result<Endpoint, EngineError> {
    if let Some(address) = &environment.container_host {
        return Endpoint::parse(address, None);
    }
    let own = environment.runtime_dir.as_ref().map(|dir| dir.join("podman/podman.sock"));
    Ok(Endpoint::Unix(own.filter(|own| own.exists()).unwrap_or_else(|| PODMAN_SOCKET.into())))
}

fn read_json(path: &Path) -> Result<Value, String> {
    let metadata = fs_err::metadata(path).map_err(|error| error.to_string())?;
    if metadata.len() > MAX_CONFIGURATION {
        return Err(format!("{}: larger than {MAX_CONFIGURATION} bytes", path.display()));
    }
    let bytes = fs_err::read(path).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (address, shown) in [
            ("unix:///run/docker.sock", Ok("unix:///run/docker.sock")),
            ("tcp://127.0.0.1:4243", Ok("tcp://127.0.0.1:4243")),
            ("tcp://docker", Ok("tcp://docker:2375")),
            ("https://docker/", Ok("tcp://docker:2376")),
            ("tcp://[::1]:99", Ok("tcp://[::1]:99")),
            ("tcp://[::1]", Ok("tcp://[::1]:2375")),
            ("unix://run", Err("not absolute")),
            ("tcp://:1", Err("no host")),
            ("tcp://h:x", Err("not a number")),
            ("ssh://me@there", Err("ssh -NL")),
            ("docker.sock", Err("expected unix://")),
            ("npipe:////./pipe/docker_engine", Err("expected unix://")),
        ] {
            match (Endpoint::parse(address, None), shown) {
                (Ok(endpoint), Ok(shown)) => assert_eq!(endpoint.to_string(), shown),
                (Err(error), Err(part)) => {
                    let error = error.to_string();
                    assert!(error.contains(part) && error.contains(address), "{error}");
                }
                (other, _) => panic!("{address}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_engine_is_found_as_its_client_finds_it() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut environment = EngineEnvironment::default();
        let find = |environment: &EngineEnvironment| {
            Endpoint::find(EngineKind::Docker, environment).map(|found| found.to_string())
        };
        assert_eq!(find(&environment).expect("the default"), "unix:///var/run/docker.sock");

        environment.docker_config = Some(dir.path().to_owned());
        fs_err::write(dir.path().join("config.json"), r#"{"currentContext":"far"}"#)
            .expect("written");
        let error = find(&environment).expect_err("there is no such context").to_string();
        assert!(error.contains("\"far\"") && error.contains("meta.json"), "{error}");
        let id = Digest::sha256(b"far");
        let meta = dir.path().join("contexts/meta").join(id.hex());
        fs_err::create_dir_all(&meta).expect("writable");
        let text = r#"{"Name":"far","Endpoints":{"docker":{"Host":"tcp://far:2376"}}}"#;
        fs_err::write(meta.join("meta.json"), text).expect("writable");
        assert_eq!(find(&environment).expect("a context"), "tcp://far:2376");
        let tls = dir.path().join("contexts/tls").join(id.hex()).join("docker");
        fs_err::create_dir_all(&tls).expect("writable");
        let found = Endpoint::find(EngineKind::Docker, &environment).expect("a context");
        assert!(matches!(found, Endpoint::Tcp { tls: Some(used), .. } if used == tls));

        environment.docker_context = Some("default".to_owned());
        assert_eq!(find(&environment).expect("asked for"), "unix:///var/run/docker.sock");
        environment.docker_host = Some("tcp://h:1".to_owned());
        environment.docker_tls = true;
        let found = Endpoint::find(EngineKind::Docker, &environment).expect("asked for");
        assert!(matches!(found, Endpoint::Tcp { tls: Some(used), .. } if used == dir.path()));
    }

    #[test]
    fn podman_listens_elsewhere() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut environment = EngineEnvironment {
            runtime_dir: Some(dir.path().to_owned()),
            ..EngineEnvironment::default()
        };
        let find = |environment: &EngineEnvironment| {
            Endpoint::find(EngineKind::Podman, environment).expect("found").to_string()
        };
        assert_eq!(find(&environment), "unix:///run/podman/podman.sock");
        fs_err::create_dir(dir.path().join("podman")).expect("writable");
        let own = dir.path().join("podman/podman.sock");
        fs_err::write(&own, "").expect("writable");
        assert_eq!(find(&environment), format!("unix://{}", own.display()));
        environment.container_host = Some("unix:///x".to_owned());
        assert_eq!(find(&environment), "unix:///x");
    }
}
