//! What a runtime makes of an image's configuration: command, environment, directory, user.

use jettison_image::RuntimeConfig;
use jettison_rootfs::Tree;
use thiserror::Error;

use crate::accounts::{self, Account, AccountError};

/// What runtimes set when the image sets no PATH (runc, crun; Docker's default for Linux).
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What the user changes of the image's configuration, for the run and for the image that is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// New ENTRYPOINT; an empty list clears it. Clears CMD too, as `docker run --entrypoint` does.
    pub entrypoint: Option<Vec<String>>,
    /// New CMD.
    pub cmd: Option<Vec<String>>,
    /// `NAME=value`, set or replaced.
    pub env: Vec<String>,
    /// `NAME=value`, set or replaced.
    pub labels: Vec<String>,
    /// Ports to add, `8080` or `8080/tcp`.
    pub expose: Vec<String>,
    /// New USER.
    pub user: Option<String>,
    /// New WORKDIR.
    pub workdir: Option<String>,
    /// New STOPSIGNAL.
    pub stop_signal: Option<String>,
}

impl Overrides {
    /// Applies them to a configuration.
    pub fn apply(&self, config: &mut RuntimeConfig) {
        if let Some(entrypoint) = &self.entrypoint {
            config.entrypoint = Some(entrypoint.clone()).filter(|words| !words.is_empty());
            config.cmd = None;
        }
        if let Some(cmd) = &self.cmd {
            config.cmd = Some(cmd.clone());
        }
        for pair in &self.env {
            set(&mut config.env, pair);
        }
        for pair in &self.labels {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            config.labels.insert(name.to_owned(), value.to_owned());
        }
        for port in &self.expose {
            let port = if port.contains('/') { port.clone() } else { format!("{port}/tcp") };
            config.exposed_ports.insert(port);
        }
        if let Some(user) = &self.user {
            config.user.clone_from(user);
        }
        if let Some(workdir) = &self.workdir {
            config.working_dir.clone_from(workdir);
        }
        if self.stop_signal.is_some() {
            config.stop_signal.clone_from(&self.stop_signal);
        }
    }
}

/// Sets or replaces `NAME=value` in an environment list, in place, so that the order stays.
fn set(env: &mut Vec<String>, pair: &str) {
    let name = pair.split('=').next().unwrap_or_default();
    let known = env.iter_mut().find(|known| known.split('=').next() == Some(name));
    match known {
        Some(known) => pair.clone_into(known),
        None => env.push(pair.to_owned()),
    }
}

/// Why an image cannot be run.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ProcessError {
    /// Neither ENTRYPOINT nor CMD.
    #[error("the image has neither ENTRYPOINT nor CMD: say what to run with --cmd or --entrypoint")]
    NoCommand,
    /// USER is not known.
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// A process as a runtime would start it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Complete environment, `NAME=value`.
    pub env: Vec<String>,
    /// Absolute working directory.
    pub cwd: String,
    /// Declared volumes: directories that a runtime makes where the image has none.
    pub volumes: Vec<String>,
    /// Who it runs as.
    pub account: Account,
}

impl Process {
    /// What `docker run IMAGE` would start, with `hostname` as the container's name.
    pub fn of(config: &RuntimeConfig, tree: &Tree, hostname: &str) -> Result<Self, ProcessError> {
        let argv: Vec<String> =
            [&config.entrypoint, &config.cmd].into_iter().flatten().flatten().cloned().collect();
        if argv.is_empty() {
            return Err(ProcessError::NoCommand);
        }
        let account = accounts::resolve(tree, &config.user)?;
        let mut env = config.env.clone();
        let mut default = |name: &str, value: &str| {
            if !env.iter().any(|pair| pair.split('=').next() == Some(name)) {
                env.push(format!("{name}={value}"));
            }
        };
        default("PATH", DEFAULT_PATH);
        default("HOSTNAME", hostname);
        default("HOME", &account.home);
        let cwd = match config.working_dir.as_str() {
            "" => "/".to_owned(),
            absolute if absolute.starts_with('/') => absolute.to_owned(),
            relative => format!("/{relative}"),
        };
        let volumes = config.volumes.iter().cloned().collect();
        Ok(Self { argv, env, cwd, volumes, account })
    }

    /// The same surroundings with another command, as `docker exec` would start it.
    #[must_use]
    pub fn with_argv(&self, argv: Vec<String>) -> Self {
        Self { argv, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jettison_rootfs::fixture::TreeBuilder;

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn entrypoint_and_cmd_make_the_command_and_defaults_the_rest() {
        let tree =
            TreeBuilder::new().file("/etc/passwd", 0o644, b"web:x:33:33::/srv:/bin/sh\n").build();
        let config = RuntimeConfig {
            entrypoint: Some(words(&["/app"])),
            cmd: Some(words(&["-v"])),
            env: words(&["A=1", "PATH=/bin"]),
            user: "web".to_owned(),
            ..RuntimeConfig::default()
        };
        let process = Process::of(&config, &tree, "box").expect("it can be run");
        assert_eq!(process.argv, words(&["/app", "-v"]));
        assert_eq!(process.env, words(&["A=1", "PATH=/bin", "HOSTNAME=box", "HOME=/srv"]));
        assert_eq!((process.cwd.as_str(), process.account.uid), ("/", 33));
        assert_eq!(
            Process::of(&RuntimeConfig::default(), &tree, "box"),
            Err(ProcessError::NoCommand)
        );
    }

    #[test]
    fn overrides_replace_and_add() {
        let mut config = RuntimeConfig {
            entrypoint: Some(words(&["/old"])),
            cmd: Some(words(&["x"])),
            env: words(&["A=1", "B=2"]),
            ..RuntimeConfig::default()
        };
        let overrides = Overrides {
            entrypoint: Some(words(&["/new"])),
            env: words(&["A=3", "C=4"]),
            labels: words(&["k=v=w"]),
            expose: words(&["80", "53/udp"]),
            ..Overrides::default()
        };
        overrides.apply(&mut config);
        assert_eq!((config.entrypoint, config.cmd), (Some(words(&["/new"])), None));
        assert_eq!(config.env, words(&["A=3", "B=2", "C=4"]));
        assert_eq!(config.labels.get("k").map(String::as_str), Some("v=w"));
        assert_eq!(config.exposed_ports.into_iter().collect::<Vec<_>>(), ["53/udp", "80/tcp"]);
    }
}
