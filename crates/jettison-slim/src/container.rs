//! A container: a process over a tree in a sandbox, and the ways into it.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use jettison_probe::{Command, CommandOutcome, Dialer, Exit, Runner};
use jettison_record::{Recorder, Server, ServerOptions, View};
use jettison_rootfs::Tree;
use jettison_sandbox::{
    ExecSpec, ExitStatus, IdMap, Listener, Mount, Owners, Root, Sandbox, Spec, Tier, UserIds,
};

use crate::{
    process::Process,
    request::RunOptions,
    temporary::Temporary,
    unpacked::{UnpackError, Unpacked},
};

/// Lines of the log that an error shows.
const LOG_LINES: usize = 12;

/// What is started, and in which surroundings.
#[derive(Clone, Debug)]
pub(crate) struct Container<'a> {
    pub(crate) process: &'a Process,
    /// Environment of the runs alone.
    pub(crate) env: &'a BTreeMap<String, String>,
    pub(crate) hostname: &'a str,
    /// Further lines of `/etc/hosts`.
    pub(crate) hosts: &'a str,
    pub(crate) mounts: Vec<Mount>,
    pub(crate) stop_signal: i32,
    pub(crate) tier: Tier,
    pub(crate) options: &'a RunOptions,
    /// Whether other containers are in its network.
    pub(crate) shares_network: bool,
}

/// The root of a container, and what must live as long as it.
pub(crate) struct Prepared {
    pub(crate) root: Root,
    /// The copy, on hosts where a tree cannot be served.
    pub(crate) copy: Option<Unpacked>,
    /// Where the program's writes go, if not to memory.
    pub(crate) scratch: Option<Temporary>,
}

impl Container<'_> {
    /// What the sandbox is asked for.
    pub(crate) fn spec(&self, prepared: &Prepared) -> Spec {
        let argv = self.process.argv.iter().map(OsString::from).collect();
        let mut spec = Spec::new(self.tier, argv);
        spec.env = self.env();
        spec.cwd = PathBuf::from(&self.process.cwd);
        spec.directories = self.process.volumes.iter().map(PathBuf::from).collect();
        spec.user = self.user();
        self.hostname.clone_into(&mut spec.hostname);
        spec.hosts = Some(Spec::loopback_hosts(self.hostname) + self.hosts);
        spec.stop_signal = self.stop_signal;
        spec.mounts.clone_from(&self.mounts);
        spec.shares_network = self.shares_network;
        spec.scratch = prepared.scratch.as_ref().map(|scratch| scratch.path().to_owned());
        spec
    }

    /// The root that shows `view` of `tree`; what is touched goes to `recorder`.
    pub(crate) fn prepare(
        &self,
        tree: &Arc<Tree>,
        view: View,
        recorder: &Arc<Recorder>,
        ids: &IdMap,
    ) -> Result<Prepared, UnpackError> {
        if self.tier == Tier::FuseNamespaces {
            let scratch = self.options.writes_to_disk.then(|| {
                let failed =
                    |source| UnpackError::Directory { path: self.options.work_dir.clone(), source };
                Temporary::new("jettison-written-", self.options).map_err(failed)
            });
            let root = Root::Fuse(serve(tree, view, recorder));
            return Ok(Prepared { root, copy: None, scratch: scratch.transpose()? });
        }
        let copy = Unpacked::new(tree, &view, ids, self.options)?;
        Ok(Prepared { root: Root::Directory(copy.path()), copy: Some(copy), scratch: None })
    }

    /// The ids of its first process.
    pub(crate) fn user(&self) -> UserIds {
        let account = &self.process.account;
        UserIds { uid: account.uid, gid: account.gid, groups: account.groups.clone() }
    }

    fn env(&self) -> Vec<OsString> {
        let is_replaced =
            |pair: &&String| pair.split('=').next().is_some_and(|name| self.env.contains_key(name));
        let kept = self.process.env.iter().filter(|pair| !is_replaced(pair)).map(OsString::from);
        kept.chain(self.env.iter().map(|(name, value)| format!("{name}={value}").into())).collect()
    }
}

/// The callback that serves the tree once it is mounted.
fn serve(tree: &Arc<Tree>, view: View, recorder: &Arc<Recorder>) -> jettison_sandbox::ServeFuse {
    let (tree, recorder) = (Arc::clone(tree), Arc::clone(recorder));
    Box::new(move |connection, owners| {
        let owners = match owners {
            Owners::AsInImage => None,
            Owners::Squashed { uid, gid } => Some((uid, gid)),
        };
        let options = ServerOptions { owners, ..ServerOptions::default() };
        Server::start(connection, tree, view, recorder, options).map(drop).map_err(io::Error::other)
    })
}

/// The probes' way into a container.
pub(crate) struct Reach<'a> {
    pub(crate) container: &'a Container<'a>,
    pub(crate) sandbox: &'a Sandbox,
    /// Where to connect to for a port; the loopback for others.
    pub(crate) addresses: BTreeMap<u16, SocketAddr>,
    /// Unix sockets on which it listens.
    pub(crate) unix_sockets: Vec<String>,
    /// Called after each command, to take down what was seen meanwhile.
    pub(crate) after_command: &'a (dyn Fn() + Sync),
}

/// Addresses of the TCP ports among sockets that wait.
pub(crate) fn addresses(listeners: &[Listener]) -> BTreeMap<u16, SocketAddr> {
    listeners
        .iter()
        .filter(|listener| matches!(listener, Listener::Tcp(_)))
        .filter_map(Listener::connect_address)
        .map(|address| (address.port(), address))
        .collect()
}

/// The Unix sockets among them that have a name which a request can bear.
pub(crate) fn unix_sockets(listeners: &[Listener]) -> Vec<String> {
    let name = |listener: &Listener| match listener {
        Listener::Unix(name) => {
            name.to_str().filter(|name| name.starts_with(['/', '@'])).map(str::to_owned)
        }
        Listener::Tcp(_) | Listener::Udp(_) => None,
    };
    listeners.iter().filter_map(name).collect()
}

impl Dialer for Reach<'_> {
    fn dial(&self, port: u16, _timeout: Duration) -> io::Result<TcpStream> {
        let loopback = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        self.sandbox.connect(self.addresses.get(&port).copied().unwrap_or(loopback))
    }

    fn unix_sockets(&self) -> Vec<String> {
        self.unix_sockets.clone()
    }

    fn dial_unix(&self, socket: &str) -> io::Result<UnixStream> {
        self.sandbox.connect_unix(socket.as_ref())
    }
}

impl Runner for Reach<'_> {
    fn run(&self, command: &Command, timeout: Duration) -> io::Result<CommandOutcome> {
        let begun = Instant::now();
        let spec = ExecSpec {
            argv: command.argv.iter().map(OsString::from).collect(),
            env: self.container.env(),
            cwd: PathBuf::from(&self.container.process.cwd),
            user: self.container.user(),
            stdin: Vec::new(),
        };
        let exec = match self.sandbox.exec(&spec) {
            Ok(exec) => exec,
            Err(jettison_sandbox::Error::Exec(failure)) => return Ok(not_run(&failure, begun)),
            Err(error) => return Err(io::Error::other(error)),
        };
        let ended = exec.wait(Some(timeout));
        let outcome = if let Some(output) = ended {
            CommandOutcome {
                exit: exit_of(output.status),
                stdout: output.stdout,
                stderr: output.stderr,
                elapsed: begun.elapsed(),
            }
        } else {
            exec.kill().map_err(io::Error::other)?;
            let (stdout, stderr) = (exec.logs().stdout(), exec.logs().stderr());
            CommandOutcome { exit: Exit::TimedOut, stdout, stderr, elapsed: begun.elapsed() }
        };
        (self.after_command)();
        Ok(outcome)
    }
}

/// A command that could not become a program ends as a shell would end: 127 for one that is not there, 126 for one that may
/// not be run.
fn not_run(failure: &jettison_sandbox::ExecFailure, begun: Instant) -> CommandOutcome {
    CommandOutcome {
        exit: Exit::Code(failure.docker_status().into()),
        stdout: Vec::new(),
        stderr: failure.to_string().into_bytes(),
        elapsed: begun.elapsed(),
    }
}

/// How a process ended, in the probes' words.
pub(crate) fn exit_of(status: ExitStatus) -> Exit {
    match status {
        ExitStatus::Exited(code) => Exit::Code(code),
        ExitStatus::Signaled(signal) => Exit::Signal(signal),
    }
}

/// `80/tcp`; nothing for Unix sockets.
pub(crate) fn port_name(listener: &Listener) -> Option<String> {
    match listener {
        Listener::Tcp(address) => Some(format!("{}/tcp", address.port())),
        Listener::Udp(address) => Some(format!("{}/udp", address.port())),
        Listener::Unix(_) => None,
    }
}

/// The end of a container's log, for an error.
pub(crate) fn log_tail(sandbox: &Sandbox) -> String {
    let logs = sandbox.logs();
    let text = [logs.stdout(), logs.stderr()].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().rev().take(LOG_LINES).collect();
    let tail = lines.into_iter().rev().collect::<Vec<_>>().join("\n");
    if tail.is_empty() { "(none)".to_owned() } else { tail }
}
