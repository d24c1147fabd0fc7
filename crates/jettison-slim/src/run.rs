//! One run of an image in a sandbox: started, awaited, exercised, stopped, and everything that was seen of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    path::PathBuf,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use jettison_probe::{
    Command, CommandOutcome, CommandRecord, Dialer, Exit, Plan, Runner, Transcript,
};
use jettison_record::{Accesses, Recorder, Server, ServerOptions, View};
use jettison_rootfs::{
    Tree,
    evidence::{Evidence, Phase},
};
use jettison_sandbox::{
    ExecSpec, ExitStatus, IdMap, ListenEvent, Listener, Owners, Root, Sandbox, Spec, Tier, UserIds,
    WrittenKind,
};
use thiserror::Error;

use crate::{
    process::Process,
    report::{ProcessFact, Write},
    request::{ContinueAfter, Event, Events, RunOptions},
    unpacked::{UnpackError, Unpacked},
};

/// The container's host name. Fixed, so that nothing of this machine shows and two runs are alike.
pub(crate) const HOSTNAME: &str = "jettison";

/// A program that has opened its first port is given this long without opening another before it is probed: servers open
/// their ports one after the other within milliseconds.
const PORTS_SETTLE: Duration = Duration::from_millis(40);
/// No new touch of the file system for this long means that a program has come to rest. Longer finds nothing more on the
/// images measured; shorter cuts off lazy writers after their last answer.
const QUIET: Duration = Duration::from_millis(120);
/// The same in a run that repeats an earlier one: it has no crawl whose last page may still set something off.
const QUIET_REPEATED: Duration = Duration::from_millis(50);
/// A program that never rests is not waited for longer than this.
const QUIET_LIMIT: Duration = Duration::from_secs(3);
/// A program that neither listens nor ends counts as started when it has not touched the file system for this long.
const IDLE_START: Duration = Duration::from_secs(3);
/// How often conditions without an event of their own are looked at.
const GLANCE: Duration = Duration::from_millis(10);
/// How long is waited for a listener before a program is looked at that may rest without one.
const TURN: Duration = Duration::from_millis(250);
/// Lines of the log that an error shows.
const LOG_LINES: usize = 12;

/// Why an image could not be run.
#[derive(Debug, Error)]
pub enum RunError {
    /// The sandbox could not be made or used.
    #[error(transparent)]
    Sandbox(#[from] jettison_sandbox::Error),
    /// The copy for a host without FUSE could not be made.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// It neither listened nor ended in time.
    #[error("the image neither listened on a port nor ended within {} s; its last words: {log}", .timeout.as_secs())]
    NotReady {
        /// How long it was waited for.
        timeout: Duration,
        /// The end of its log.
        log: String,
    },
    /// It ended before it listened although it declares ports.
    #[error(
        "the image declares ports ({ports}) but ended with {exit} before it listened; its last words: {log}"
    )]
    EndedEarly {
        /// The declared ports.
        ports: String,
        /// How it ended.
        exit: String,
        /// The end of its log.
        log: String,
    },
}

/// What a run does with the program once it is ready.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Drill<'a> {
    /// Finds out what there is to do, and does it.
    Explore(&'a Plan, ContinueAfter),
    /// Does what an earlier run did.
    Repeat(&'a Plan, &'a Transcript),
}

/// Everything that stays the same between the runs of an image.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) process: &'a Process,
    pub(crate) volumes: &'a BTreeSet<String>,
    pub(crate) exposed: &'a BTreeSet<String>,
    pub(crate) stop_signal: i32,
    pub(crate) tier: Tier,
    pub(crate) options: &'a RunOptions,
}

/// What was seen of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) evidence: Evidence,
    pub(crate) transcript: Transcript,
    pub(crate) listening: BTreeSet<String>,
    pub(crate) processes: BTreeSet<ProcessFact>,
    pub(crate) syscalls: BTreeMap<String, u64>,
    pub(crate) writes: Vec<Write>,
    pub(crate) exit: String,
}

impl Stage<'_> {
    /// Runs what `view` shows of `tree` and puts it through its drill.
    pub(crate) fn run(
        &self,
        tree: &Arc<Tree>,
        view: View,
        drill: Drill<'_>,
        events: Events<'_>,
    ) -> Result<Run, RunError> {
        let recorder = Arc::new(Recorder::new(tree, Instant::now()));
        let unpacked = match self.tier {
            Tier::FuseNamespaces => None,
            Tier::CopyNamespaces | Tier::Chroot => {
                let ids = IdMap::for_host(self.tier, &self.user());
                Some(Unpacked::new(tree, &view, &ids, self.options)?)
            }
        };
        let root = match &unpacked {
            Some(copy) => Root::Directory(copy.path()),
            None => Root::Fuse(serve(tree, view, &recorder)),
        };
        let sandbox = Sandbox::start(self.spec(), root, &self.options.helper)?;
        let live = Live { stage: self, sandbox: &sandbox, recorder: &recorder, tree };
        let mut run = live.perform(drill, events)?;
        drop(sandbox);
        if let Some(copy) = unpacked {
            copy.note_reads(tree, &recorder);
        }
        run.evidence = recorder.evidence(tree);
        Ok(run)
    }

    fn spec(&self) -> Spec {
        let argv = self.process.argv.iter().map(OsString::from).collect();
        let mut spec = Spec::new(self.tier, argv);
        spec.env = self.env();
        spec.cwd = PathBuf::from(&self.process.cwd);
        spec.user = self.user();
        HOSTNAME.clone_into(&mut spec.hostname);
        spec.hosts = Some(Spec::loopback_hosts(HOSTNAME));
        spec.stop_signal = self.stop_signal;
        spec.mounts.clone_from(&self.options.mounts);
        spec
    }

    fn user(&self) -> UserIds {
        let account = &self.process.account;
        UserIds { uid: account.uid, gid: account.gid, groups: account.groups.clone() }
    }

    fn env(&self) -> Vec<OsString> {
        let extra = &self.options.env;
        let is_replaced =
            |pair: &&String| pair.split('=').next().is_some_and(|name| extra.contains_key(name));
        let kept = self.process.env.iter().filter(|pair| !is_replaced(pair)).map(OsString::from);
        kept.chain(extra.iter().map(|(name, value)| format!("{name}={value}").into())).collect()
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

/// A sandbox whose program is about to run.
struct Live<'a> {
    stage: &'a Stage<'a>,
    sandbox: &'a Sandbox,
    recorder: &'a Arc<Recorder>,
    tree: &'a Arc<Tree>,
}

/// How a program came out of its start.
enum Started {
    Ready(Vec<Listener>),
    Ended(ExitStatus),
}

impl Live<'_> {
    fn perform(&self, drill: Drill<'_>, events: Events<'_>) -> Result<Run, RunError> {
        self.recorder.enter(Phase::Start);
        self.sandbox.release()?;
        let started = self.await_start()?;
        let mut processes = self.processes()?;
        let mut listening = BTreeSet::new();
        self.recorder.enter(Phase::Probe);
        let (mut transcript, status) = match started {
            Started::Ended(status) => (Transcript::default(), status),
            Started::Ready(listeners) => {
                listening.extend(listeners.iter().filter_map(port_name));
                let transcript = self.exercise(drill, &listeners, events);
                self.await_quiet(match drill {
                    Drill::Explore(..) => QUIET,
                    Drill::Repeat(..) => QUIET_REPEATED,
                });
                processes.extend(self.processes()?);
                listening.extend(self.sandbox.listeners()?.iter().filter_map(port_name));
                self.recorder.enter(Phase::Stop);
                (transcript, self.sandbox.stop(self.stage.options.stop_grace)?)
            }
        };
        self.drain_accesses();
        transcript.exit = Some(self.record_end(status, listening.is_empty()));
        Ok(Run {
            evidence: Evidence::default(),
            transcript,
            listening,
            processes,
            syscalls: self.sandbox.syscalls(),
            writes: self.writes()?,
            exit: status.to_string(),
        })
    }

    /// Waits until the program listens, ends, or has come to rest without either.
    fn await_start(&self) -> Result<Started, RunError> {
        let begun = Instant::now();
        let timeout = self.stage.options.start_timeout;
        let has_ports = self.stage.exposed.iter().any(|port| !port.ends_with("/udp"));
        loop {
            let left = timeout.saturating_sub(begun.elapsed());
            // Short turns while nothing listens, to see a program that rests without listening.
            match self.sandbox.await_listener(&[], left.min(TURN))? {
                ListenEvent::Listening(listeners) => return self.settle_ports(listeners),
                ListenEvent::Exited(status) if has_ports && !is_daemon_exit(status) => {
                    return Err(RunError::EndedEarly {
                        ports: self.stage.exposed.iter().cloned().collect::<Vec<_>>().join(", "),
                        exit: status.to_string(),
                        log: self.log_tail(),
                    });
                }
                ListenEvent::Exited(status) => return Ok(Started::Ended(status)),
                ListenEvent::TimedOut => {}
            }
            self.drain_accesses();
            if !has_ports
                && begun.elapsed() >= IDLE_START
                && self.recorder.quiet_for() >= IDLE_START
            {
                return Ok(Started::Ready(Vec::new()));
            }
            if left.is_zero() {
                return Err(RunError::NotReady { timeout, log: self.log_tail() });
            }
        }
    }

    /// Gives a program that listens the time to open its other ports.
    fn settle_ports(&self, mut listeners: Vec<Listener>) -> Result<Started, RunError> {
        let begun = Instant::now();
        while begun.elapsed() < QUIET_LIMIT {
            match self.sandbox.await_listener(&listeners, PORTS_SETTLE)? {
                ListenEvent::Listening(more) => listeners = more,
                ListenEvent::Exited(status) => return Ok(Started::Ended(status)),
                ListenEvent::TimedOut => break,
            }
        }
        Ok(Started::Ready(listeners))
    }

    fn exercise(&self, drill: Drill<'_>, listeners: &[Listener], events: Events<'_>) -> Transcript {
        let addresses: BTreeMap<u16, SocketAddr> = listeners
            .iter()
            .filter(|listener| matches!(listener, Listener::Tcp(_)))
            .filter_map(Listener::connect_address)
            .map(|address| (address.port(), address))
            .collect();
        let ports: Vec<u16> = addresses.keys().copied().collect();
        let reach = Reach { live: self, addresses };
        match drill {
            Drill::Explore(plan, then) => {
                let http = &plan.http;
                let is_probed = |port: &&u16| http.ports.is_empty() || http.ports.contains(port);
                for &port in ports.iter().filter(is_probed).filter(|_| !http.off) {
                    events(Event::Probing(port));
                }
                let transcript =
                    jettison_probe::exercise(plan, &ports, &reach, &reach, &mut |_| {});
                match then {
                    ContinueAfter::Probe | ContinueAfter::Exec => {}
                    other => events(Event::Waiting(other)),
                }
                transcript
            }
            Drill::Repeat(plan, before) => {
                jettison_probe::replay(before, plan, &reach, &reach, &mut |_| {})
            }
        }
    }

    /// Waits until the file system has not been touched for `quiet`, or the program ends.
    fn await_quiet(&self, quiet: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < QUIET_LIMIT {
            self.drain_accesses();
            let rest =
                quiet.saturating_sub(self.recorder.quiet_for().min(begun.elapsed() + quiet / 2));
            if rest.is_zero() {
                return;
            }
            thread::sleep(rest.min(GLANCE * 2));
        }
    }

    fn drain_accesses(&self) {
        if self.stage.tier == Tier::FuseNamespaces {
            return;
        }
        let accesses = Accesses::new(Arc::clone(self.tree), Arc::clone(self.recorder));
        for access in self.sandbox.path_accesses() {
            crate::unpacked::note(&accesses, &access);
        }
    }

    fn processes(&self) -> Result<BTreeSet<ProcessFact>, RunError> {
        let facts = self.sandbox.processes()?.into_iter().map(|process| ProcessFact {
            pid: process.pid,
            command: process
                .argv
                .iter()
                .map(|word| word.to_string_lossy())
                .collect::<Vec<_>>()
                .join(" "),
            uid: process.uid,
        });
        Ok(facts.collect())
    }

    fn writes(&self) -> Result<Vec<Write>, RunError> {
        let is_below = |path: &str, directory: &str| {
            path.strip_prefix(directory.trim_end_matches('/'))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut writes: Vec<Write> = self
            .sandbox
            .written()?
            .into_iter()
            .map(|written| {
                let path = written.path.to_string_lossy().into_owned();
                let in_volume = self.stage.volumes.iter().any(|volume| is_below(&path, volume));
                Write { in_volume, change: change_word(written.kind).to_owned(), path }
            })
            .filter(|write| {
                !["/dev", "/proc", "/sys"].iter().any(|directory| is_below(&write.path, directory))
            })
            .collect();
        writes.sort();
        Ok(writes)
    }

    /// How the program ended. The output of a program that serves nobody is its answer; a server's log is not.
    fn record_end(&self, status: ExitStatus, is_answer: bool) -> CommandRecord {
        let logs = self.sandbox.logs();
        let (stdout, stderr) =
            if is_answer { (logs.stdout(), logs.stderr()) } else { Default::default() };
        let outcome =
            CommandOutcome { exit: exit_of(status), stdout, stderr, elapsed: Duration::ZERO };
        CommandRecord::new(
            Command::new(self.stage.process.argv.iter().map(String::as_str)),
            &outcome,
        )
    }

    fn log_tail(&self) -> String {
        let logs = self.sandbox.logs();
        let text = [logs.stdout(), logs.stderr()].concat();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().rev().take(LOG_LINES).collect();
        let tail = lines.into_iter().rev().collect::<Vec<_>>().join("\n");
        if tail.is_empty() { "(none)".to_owned() } else { tail }
    }
}

/// A main process that ends well may have left a daemon, but in a container that ends everything: an early end of an image
/// with ports is an error unless it is a success, which a one-shot command of such an image may be.
fn is_daemon_exit(status: ExitStatus) -> bool {
    matches!(status, ExitStatus::Exited(0))
}

fn exit_of(status: ExitStatus) -> Exit {
    match status {
        ExitStatus::Exited(code) => Exit::Code(code),
        ExitStatus::Signaled(signal) => Exit::Signal(signal),
    }
}

fn port_name(listener: &Listener) -> Option<String> {
    match listener {
        Listener::Tcp(address) => Some(format!("{}/tcp", address.port())),
        Listener::Udp(address) => Some(format!("{}/udp", address.port())),
        Listener::Unix(_) => None,
    }
}

/// The probes' way into the sandbox.
struct Reach<'a> {
    live: &'a Live<'a>,
    addresses: BTreeMap<u16, SocketAddr>,
}

impl Dialer for Reach<'_> {
    fn dial(&self, port: u16, _timeout: Duration) -> io::Result<TcpStream> {
        let loopback = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        let address = self.addresses.get(&port).copied().unwrap_or(loopback);
        self.live.sandbox.connect(address)
    }
}

impl Runner for Reach<'_> {
    fn run(&self, command: &Command, timeout: Duration) -> io::Result<CommandOutcome> {
        let stage = self.live.stage;
        let begun = Instant::now();
        let spec = ExecSpec {
            argv: command.argv.iter().map(OsString::from).collect(),
            env: stage.env(),
            cwd: PathBuf::from(&stage.process.cwd),
            user: stage.user(),
            stdin: Vec::new(),
        };
        let exec = match self.live.sandbox.exec(&spec) {
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
        self.live.drain_accesses();
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

const fn change_word(kind: WrittenKind) -> &'static str {
    match kind {
        WrittenKind::Created => "created",
        WrittenKind::Modified => "modified",
        WrittenKind::Deleted => "deleted",
    }
}
