//! Where a repository may be read instead of at its registry, as other tools' configuration says.
//!
//! Read are podman's `registries.conf` ([`registries_conf`]), containerd's `hosts.toml` ([`hosts_toml`]), Docker's
//! `daemon.json` ([`daemon_json`]), and what a person says on the command line ([`argument`]). [`plan`] puts them in order.

mod argument;
mod daemon_json;
mod hosts_toml;
mod plan;
mod registries_conf;

use std::path::{Path, PathBuf};

pub use argument::{MirrorArgument, MirrorArgumentError};
pub(crate) use plan::{Place, addresses};

use crate::InsecureHosts;

/// Where configuration lies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MirrorFiles {
    /// `registries.conf` of podman: the first that exists is read.
    pub registries_conf: Vec<PathBuf>,
    /// Folders whose `*.conf` add to it, in order.
    pub registries_conf_dirs: Vec<PathBuf>,
    /// Docker's `daemon.json`: the first that exists is read.
    pub daemon_json: Vec<PathBuf>,
    /// Folders of containerd with `HOST/hosts.toml`.
    pub hosts_dirs: Vec<PathBuf>,
}

/// Why the configuration of another tool cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MirrorConfigError {
    /// It cannot be read. The error names it.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It breaks its format.
    #[error("{}: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
    },
}

impl MirrorConfigError {
    fn malformed(path: &Path, problem: impl std::fmt::Display) -> Self {
        Self::Malformed { path: path.to_owned(), problem: problem.to_string() }
    }
}

/// All that is configured.
#[derive(Debug, Clone, Default)]
pub struct Mirrors {
    arguments: Vec<MirrorArgument>,
    registries: registries_conf::RegistriesConf,
    docker: daemon_json::DaemonJson,
    hosts_dirs: Vec<PathBuf>,
}

impl Mirrors {
    /// Reads the configuration that there is; of containerd's, only what a name needs, later.
    pub fn load(
        files: &MirrorFiles,
        arguments: Vec<MirrorArgument>,
    ) -> Result<Self, MirrorConfigError> {
        Ok(Self {
            arguments,
            registries: registries_conf::RegistriesConf::load(
                &files.registries_conf,
                &files.registries_conf_dirs,
            )?,
            docker: daemon_json::DaemonJson::load(&files.daemon_json)?,
            hosts_dirs: files.hosts_dirs.clone(),
        })
    }

    /// Registries that the configuration calls insecure as a whole.
    pub(crate) fn insecure(&self) -> InsecureHosts {
        InsecureHosts::new(self.docker.insecure.iter().cloned())
    }

    /// What podman would make of a name without a registry, if it is something else than docker does: `alias of
    /// quay.io/a/b in /etc/containers/...`. A note for the person, nothing more.
    pub fn other_meaning(&self, name: &str) -> Option<String> {
        self.registries.other_meaning(name)
    }
}

/// The first file that exists, with its text.
fn read_first(paths: &[PathBuf]) -> Result<Option<(PathBuf, String)>, MirrorConfigError> {
    for path in paths {
        match fs_err::read_to_string(path) {
            Ok(text) => return Ok(Some((path.clone(), text))),
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// TOML's error on one line, with its place.
fn toml_problem(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map(|span| text[..span.start.min(text.len())].lines().count().max(1));
    let message = error.message().lines().collect::<Vec<_>>().join(" ");
    line.map_or(message.clone(), |line| format!("line {line}: {message}"))
}
