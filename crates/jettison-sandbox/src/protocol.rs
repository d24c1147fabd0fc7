//! What the handle and the agent say to each other, and a child to the agent.

use std::ffi::OsString;

use serde::{Deserialize, Serialize};

use crate::{
    agent::Attempt,
    failure::{ExecFailure, Failure},
    idmap::IdMap,
    listener::Listener,
    process::Process,
    spec::{ExecSpec, Spec},
    wire::optional_os_path,
    written::Written,
};

/// The workload's number among the agent's children.
pub(crate) const WORKLOAD: u64 = 1;

/// Everything the agent needs to make the sandbox.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) spec: Spec,
    pub(crate) ids: IdMap,
    /// The unpacked root of the copying tiers.
    #[serde(with = "optional_os_path")]
    pub(crate) directory: Option<std::path::PathBuf>,
    /// Whether it enters the user and network namespaces that came with the message (only the network's where there is
    /// no user namespace), instead of making its own.
    pub(crate) joins: bool,
}

/// From the handle to the agent.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) id: u64,
    pub(crate) call: Call,
}

/// What the agent is asked to do.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Call {
    /// First message of a sandbox; with namespaces when the plan says so.
    Start(Box<Plan>),
    /// The id maps are written.
    Mapped,
    /// First and only message of a host check: try these things.
    Check(Box<Attempt>),
    /// Let the workload go.
    Release,
    /// Send a signal to a child.
    Signal { child: u64, signal: i32 },
    /// Start a further program.
    Exec(ExecSpec),
    /// Make a TCP socket in the sandbox's network.
    Socket { v6: bool },
    /// Connect to a Unix socket of the sandbox, named as [`Listener::Unix`] names it.
    ConnectUnix { name: OsString },
    /// Sockets that listen.
    Listeners,
    /// Processes that live.
    Processes,
    /// What the overlay's upper layer holds.
    Written,
    /// The namespaces that another sandbox may enter.
    Namespaces,
    /// The `/proc` of the sandbox.
    Proc,
}

/// From the agent to the handle.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Message {
    Reply { id: u64, result: Result<Answer, Failure> },
    Event(Event),
}

/// A successful answer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Done,
    /// With the write end of its stdin and the read ends of stdout and stderr.
    Exec {
        child: u64,
    },
    /// With the socket.
    Socket,
    Listeners(Vec<Listener>),
    Processes(Vec<Process>),
    Written(Vec<Written>),
    /// With the user namespace, where there is one, and the network namespace; with nothing where it has none of its own.
    Namespaces,
    /// With a directory, unless what is mounted there is the host's.
    Proc,
    Checked,
}

/// What happens without being asked for.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Event {
    /// The user namespace exists and waits for its maps; with the FUSE device in tier 1.
    Unshared,
    /// The workload's process exists; with the read ends of stdout and stderr.
    Forked {
        /// Whether it has namespaces of its own, even if not a user namespace.
        isolated: bool,
    },
    /// A step of making the sandbox failed. The agent ends.
    Failed(Failure),
    /// From a child, with its pid as the agent sees it.
    Child { child: u64, pid: i32, report: Report },
    /// A child has become the program it was to be.
    Started { child: u64 },
    /// A child has ended.
    Exited { child: u64, status: ExitStatus },
}

/// From a child, before it becomes its program.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    /// FUSE is mounted and must be served now.
    FuseMounted,
    /// The root is built: paths that were made for mounts, with the overlay's upper directory if there is one. Stays
    /// in the agent.
    Upper { made: Vec<OsString> },
    /// Something optional is missing.
    Warning(String),
    /// The seccomp listener; with its descriptor.
    Filter,
    /// Everything is ready; the absolute path of the program that will be executed.
    Ready { program: OsString },
    /// A step failed.
    Failed(Failure),
    /// The program cannot be executed.
    ExecFailed(ExecFailure),
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExitStatus {
    /// By itself, with this status.
    Exited(i32),
    /// By this signal.
    Signaled(i32),
}

impl ExitStatus {
    /// The status a shell and `docker run` report: 128 plus the signal for a killed process.
    pub fn code(self) -> i32 {
        match self {
            Self::Exited(status) => status,
            Self::Signaled(signal) => 128 + signal,
        }
    }
}

impl std::fmt::Display for ExitStatus {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exited(status) => write!(formatter, "exit status {status}"),
            Self::Signaled(signal) => write!(formatter, "killed by signal {signal}"),
        }
    }
}
