//! What the probes need from a running container; the caller implements it.

use std::{fmt, io, net::TcpStream, os::unix::net::UnixStream, time::Duration};

use serde::{Deserialize, Serialize};

/// Opens connections into the container's network.
pub trait Dialer: Send + Sync {
    /// Connects to `port` on the container's loopback and returns the connected stream.
    ///
    /// # Errors
    /// The kinds that connect(2) gives; `ConnectionRefused` and `TimedOut` are told apart in the
    /// transcript.
    fn dial(&self, port: u16, timeout: Duration) -> io::Result<TcpStream>;

    /// The Unix sockets that wait for connections; names of abstract ones begin with `@`. None
    /// where nobody knows.
    fn unix_sockets(&self) -> Vec<String> {
        Vec::new()
    }

    /// Connects to one of them, or to another of that form.
    ///
    /// # Errors
    /// As [`Dialer::dial`], and `NotFound` where there is no such socket.
    fn dial_unix(&self, socket: &str) -> io::Result<UnixStream> {
        Err(io::Error::new(io::ErrorKind::Unsupported, format!("{socket}: no way to Unix sockets")))
    }
}

/// Runs commands inside the container, as its user, in its working directory and environment.
pub trait Runner: Send + Sync {
    /// Runs `command` and waits for its end; one that runs longer than `timeout` is killed and
    /// reported as [`Exit::TimedOut`].
    ///
    /// # Errors
    /// Only when the command could not be started for a reason that lies outside the container.
    /// A program that does not exist is exit code 127, as in a shell.
    fn run(&self, command: &Command, timeout: Duration) -> io::Result<CommandOutcome>;
}

/// A command to run inside the container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Command {
    /// Program and arguments; never empty when made by this crate.
    pub argv: Vec<String>,
}

impl Command {
    /// A command from program and arguments.
    pub fn new<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Self {
        Self { argv: argv.into_iter().map(Into::into).collect() }
    }

    /// A snippet handed to a shell; `shell` is the image's SHELL, empty for the default.
    pub fn shell(snippet: &str, shell: &[String]) -> Self {
        let mut argv = shell.to_vec();
        if argv.is_empty() {
            argv = DEFAULT_SHELL.map(String::from).to_vec();
        }
        argv.push(snippet.to_owned());
        Self { argv }
    }
}

/// What Docker uses where an image names no SHELL (Dockerfile reference, "SHELL").
const DEFAULT_SHELL: [&str; 2] = ["/bin/sh", "-c"];

impl fmt::Display for Command {
    /// The arguments, quoted where a reader could mistake them, each on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, argument) in self.argv.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            let is_plain = !argument.is_empty()
                && argument.chars().all(|c| c.is_alphanumeric() || "-_./:=@,+%".contains(c));
            if is_plain { f.write_str(argument)? } else { write!(f, "{argument:?}")? }
        }
        Ok(())
    }
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// It exited with this status.
    Code(i32),
    /// This signal killed it.
    Signal(i32),
    /// It ran longer than it was allowed to and was killed.
    TimedOut,
}

impl Exit {
    /// Exit status 0.
    pub fn is_success(self) -> bool {
        self == Self::Code(0)
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit status {code}"),
            Self::Signal(signal) => write!(f, "killed by signal {signal}"),
            Self::TimedOut => f.write_str("timed out"),
        }
    }
}

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOutcome {
    /// How it ended.
    pub exit: Exit,
    /// What it wrote to standard output; the runner bounds it.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error; the runner bounds it.
    pub stderr: Vec<u8>,
    /// How long it ran.
    pub elapsed: Duration,
}
