//! One run of an image in a sandbox: started, awaited, exercised, stopped, and everything that was seen of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use jettison_probe::{Command, CommandOutcome, CommandRecord, Plan, Transcript};
use jettison_record::{Accesses, ProcessNames, Recorder, View};
use jettison_rootfs::{
    Tree,
    evidence::{Evidence, Phase},
};
use jettison_sandbox::{ExitStatus, IdMap, Listener, Sandbox, Tier, WrittenKind};
use thiserror::Error;

use crate::{
    beside::{self, Beside, Company, Started as Neighbours},
    container::{Container, Reach, addresses, exit_of, port_name, unix_sockets},
    neighbour::Surroundings,
    outside,
    process::Process,
    publish::{Forwarding, PublishError, Published},
    report::{ProcessFact, Write},
    request::{ContinueAfter, Event, Events, RunOptions},
    unpacked::UnpackError,
    volumes::{User, VolumeError, Volumes},
};

/// The container's host name. Fixed, so that nothing of this machine shows and two runs are alike.
pub(crate) const HOSTNAME: &str = "jettison";

/// No new touch of the file system for this long means that a program has come to rest. Longer finds nothing more on the
/// images measured; shorter cuts off lazy writers after their last answer.
const QUIET: Duration = Duration::from_millis(120);
/// The same in a run that repeats an earlier one: it has no crawl whose last page may still set something off.
pub(crate) const QUIET_REPEATED: Duration = Duration::from_millis(50);
/// A program that never rests is not waited for longer than this.
pub(crate) const QUIET_LIMIT: Duration = Duration::from_secs(3);
/// How often conditions without an event of their own are looked at.
const GLANCE: Duration = Duration::from_millis(10);
/// What a person is shown of a failed command's output.
const SHOWN_OUTPUT: usize = 400;

/// Why an image could not be run.
#[derive(Debug, Error)]
pub enum RunError {
    /// The sandbox could not be made or used.
    #[error(transparent)]
    Sandbox(#[from] jettison_sandbox::Error),
    /// The copy for a host without FUSE could not be made.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// A shared volume could not be made.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// A port could not be published, or its connections not passed on.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// Connections could not be passed on.
    #[error("cannot pass connections on: {0}")]
    Forward(#[source] io::Error),
    /// A container beside the image did not become ready.
    #[error("{name} {problem}; its last words: {log}")]
    Neighbour {
        /// Which.
        name: String,
        /// What it did instead.
        problem: String,
        /// The end of its log.
        log: String,
    },
    /// There is nothing that would keep a network of the containers apart from the host's.
    #[error(
        "containers beside each other need namespaces for a network of their own, which this machine refuses (tier 3 in a plain container)"
    )]
    NoNetwork,
    /// Two containers of one network want the same port.
    #[error(
        "{one} and {other} both want port {port}: containers beside each other share one network; let one of them listen elsewhere"
    )]
    PortClash {
        /// The port.
        port: u16,
        /// Who wanted it last.
        one: String,
        /// Who has it.
        other: String,
    },
    /// A command of the user's own failed against the fat image.
    #[error("{command} fails against the fat image ({exit}): {output}")]
    Outside {
        /// The command.
        command: String,
        /// How it ended.
        exit: String,
        /// The end of what it wrote.
        output: String,
    },
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

impl Drill<'_> {
    /// The ports that the program is likely to open: those that an earlier run found, else those that are declared.
    pub(crate) fn hoped_ports(&self, exposed: &BTreeSet<String>) -> BTreeSet<String> {
        match self {
            Self::Explore(..) => exposed.clone(),
            Self::Repeat(_, before) => {
                before.ports.iter().map(|record| format!("{}/tcp", record.port)).collect()
            }
        }
    }
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
    /// Environment of the runs alone.
    pub(crate) env: &'a BTreeMap<String, String>,
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) besides: &'a [Beside<'a>],
    /// Further commands of the image, each run in a container of its own.
    pub(crate) others: &'a [Process],
    /// Commands of the user's own, run on this machine.
    pub(crate) outside: &'a [String],
    pub(crate) published: &'a Published,
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
    /// Whether it ended by itself, before it was ready.
    pub(crate) has_ended: bool,
    /// What a person should know.
    pub(crate) warnings: Vec<String>,
}

impl Stage<'_> {
    /// Runs what `view` shows of `tree`, then each of its further commands, and puts it through its drill.
    pub(crate) fn run(
        &self,
        tree: &Arc<Tree>,
        view: &View,
        drill: Drill<'_>,
        events: Events<'_>,
    ) -> Result<Run, RunError> {
        let mut run = self.run_process(self.process, (tree, view), events, |live, events| {
            live.perform(drill, events)
        })?;
        let before = match drill {
            Drill::Explore(..) => None,
            Drill::Repeat(_, before) => Some(before),
        };
        for (index, process) in self.others.iter().enumerate() {
            events(Event::RunningOther(process.argv.join(" ")));
            let before = before.and_then(|before| before.others.get(index));
            let other = self.run_process(process, (tree, view), events, |live, _events| {
                live.perform_other(before)
            })?;
            run.absorb(other);
        }
        Ok(run)
    }

    /// Starts a process over what `view` shows of `tree`, beside its neighbours, and does with it what `perform` does.
    fn run_process(
        &self,
        process: &Process,
        (tree, view): (&Arc<Tree>, &View),
        events: Events<'_>,
        perform: impl FnOnce(&Live<'_>, Events<'_>) -> Result<Run, RunError>,
    ) -> Result<Run, RunError> {
        let recorder = Arc::new(Recorder::new(tree, Instant::now()));
        let names = beside::names(self.surroundings);
        let setup = &self.surroundings.setup;
        let company = Company {
            besides: self.besides,
            names: &names,
            tier: self.tier,
            options: self.options,
        };
        let mut container = Container {
            process,
            env: self.env,
            hostname: setup.hostname.as_deref().unwrap_or(HOSTNAME),
            hosts: &(names.clone() + &beside::host_lines(&setup.hosts)),
            mounts: self.options.mounts.clone(),
            stop_signal: self.stop_signal,
            tier: self.tier,
            options: self.options,
            shares_network: !self.besides.is_empty(),
        };
        let ids = IdMap::for_host(self.tier, &container.user());
        let mut users = company.volume_users();
        users.push(User { tree, volumes: &setup.volumes });
        let volumes = Volumes::new(&users, &ids, self.options)?;
        container.mounts.extend(setup.mounts.iter().cloned());
        container.mounts.extend(volumes.mounts(&setup.volumes));
        let prepared = container.prepare(tree, view.clone(), &recorder, &ids)?;
        let spec = container.spec(&prepared);
        let sandbox = Sandbox::start(spec, prepared.root, &self.options.helper)?;
        if !self.besides.is_empty() && !sandbox.is_isolated() {
            return Err(RunError::NoNetwork);
        }
        // On a copy the system calls tell who made them.
        if self.tier == Tier::FuseNamespaces
            && let Some(proc) = sandbox.proc()?
        {
            recorder.name_by(ProcessNames::new(proc));
        }
        let neighbours = company.start(&sandbox, &volumes, events)?;
        self.check_ports(&neighbours)?;
        let live = Live {
            stage: self,
            container: &container,
            sandbox: &sandbox,
            recorder: &recorder,
            tree,
            neighbours: &neighbours,
        };
        let mut run = perform(&live, events)?;
        run.warnings.extend(neighbours.warnings.iter().cloned());
        drop(sandbox);
        if let Some(copy) = prepared.copy {
            copy.note_reads(tree, &recorder);
        }
        run.evidence = recorder.evidence(tree);
        volumes.note_filled(self.besides.len(), tree, &mut run.evidence);
        Ok(run)
    }

    /// A declared port that a neighbour has already cannot be had.
    fn check_ports(&self, neighbours: &Neighbours<'_>) -> Result<(), RunError> {
        let taken = neighbours.ports()?;
        let declared = self.exposed.iter().filter_map(|port| port.split('/').next()?.parse().ok());
        match declared.into_iter().find_map(|port: u16| Some((port, taken.get(&port)?.clone()))) {
            Some((port, other)) => {
                Err(RunError::PortClash { port, one: "the image".to_owned(), other })
            }
            None => Ok(()),
        }
    }
}

impl Run {
    /// Adds what a run of a further command showed.
    fn absorb(&mut self, other: Self) {
        self.evidence.merge(&other.evidence);
        for record in &other.transcript.others {
            self.listening.extend(record.listening.iter().cloned());
        }
        self.transcript.others.extend(other.transcript.others);
        self.processes.extend(other.processes);
        for (name, count) in other.syscalls {
            *self.syscalls.entry(name).or_default() += count;
        }
        self.writes.extend(other.writes);
        self.writes.sort();
        self.writes.dedup();
        self.warnings.extend(other.warnings);
    }
}

/// A sandbox whose program is about to run.
pub(crate) struct Live<'a> {
    pub(crate) stage: &'a Stage<'a>,
    pub(crate) container: &'a Container<'a>,
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) recorder: &'a Arc<Recorder>,
    tree: &'a Arc<Tree>,
    pub(crate) neighbours: &'a Neighbours<'a>,
}

/// How a program came out of its start.
pub(crate) enum Started {
    Ready(Vec<Listener>),
    Ended(ExitStatus),
}

impl Live<'_> {
    fn perform(&self, drill: Drill<'_>, events: Events<'_>) -> Result<Run, RunError> {
        self.recorder.enter(Phase::Start);
        self.sandbox.release()?;
        let started = self.await_start(drill)?;
        let mut processes = self.processes()?;
        let mut listening = BTreeSet::new();
        self.recorder.enter(Phase::Probe);
        let has_ended = matches!(started, Started::Ended(_));
        let (mut transcript, status) = match started {
            Started::Ended(status) => (Transcript::default(), status),
            Started::Ready(listeners) => {
                listening.extend(listeners.iter().filter_map(port_name));
                let transcript = self.exercise(drill, &listeners, events)?;
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
        transcript.exit = Some(self.record_end(status, has_ended));
        let run = self.conclude(transcript, (listening, processes), status)?;
        Ok(Run { has_ended, ..run })
    }

    /// Everything that was seen, once the program has ended.
    pub(crate) fn conclude(
        &self,
        transcript: Transcript,
        (listening, processes): (BTreeSet<String>, BTreeSet<ProcessFact>),
        status: ExitStatus,
    ) -> Result<Run, RunError> {
        Ok(Run {
            evidence: Evidence::default(),
            transcript,
            listening,
            processes,
            syscalls: self.sandbox.syscalls(),
            writes: self.writes()?,
            exit: status.to_string(),
            has_ended: false,
            warnings: Vec::new(),
        })
    }

    fn exercise(
        &self,
        drill: Drill<'_>,
        listeners: &[Listener],
        events: Events<'_>,
    ) -> Result<Transcript, RunError> {
        let addresses = addresses(listeners);
        let ports: Vec<u16> = addresses.keys().copied().collect();
        let drain = || self.drain_accesses();
        let reach = Reach {
            container: self.container,
            sandbox: self.sandbox,
            addresses,
            unix_sockets: unix_sockets(listeners),
            after_command: &drain,
        };
        let published = self.stage.published;
        if !self.stage.outside.is_empty() {
            published.ensure(ports.iter().copied())?;
        }
        let forwarding = Forwarding::new().map_err(RunError::Forward)?;
        thread::scope(|scope| {
            let started = forwarding.start(scope, published, &reach).map_err(RunError::Forward);
            let transcript = started.and_then(|()| self.drill(drill, (&ports, &reach), events));
            forwarding.stop();
            transcript
        })
    }

    /// The probes, then the user's own commands, then whoever else is to use the image.
    fn drill(
        &self,
        drill: Drill<'_>,
        (ports, reach): (&[u16], &Reach<'_>),
        events: Events<'_>,
    ) -> Result<Transcript, RunError> {
        let mut transcript = match drill {
            Drill::Explore(plan, _) => {
                let http = &plan.http;
                let is_probed = |port: &&u16| http.ports.is_empty() || http.ports.contains(port);
                for &port in ports.iter().filter(is_probed).filter(|_| !http.off) {
                    events(Event::Probing(port));
                }
                jettison_probe::exercise(plan, ports, reach, reach, &mut |_| {})
            }
            Drill::Repeat(plan, before) => {
                jettison_probe::replay(before, plan, reach, reach, &mut |_| {})
            }
        };
        self.run_outside(drill, &mut transcript, events)?;
        if let Drill::Explore(_, then) = drill {
            let addresses = self.stage.published.addresses();
            match then {
                ContinueAfter::Probe | ContinueAfter::Exec => {}
                then => {
                    let urls = outside::urls(&addresses, &transcript.ports);
                    events(Event::Waiting { then, urls });
                }
            }
        }
        Ok(transcript)
    }

    /// Runs the user's own commands. One that fails against the fat image proves nothing.
    fn run_outside(
        &self,
        drill: Drill<'_>,
        transcript: &mut Transcript,
        events: Events<'_>,
    ) -> Result<(), RunError> {
        let plan = match drill {
            Drill::Explore(plan, _) | Drill::Repeat(plan, _) => plan,
        };
        let env = outside::environment(&self.stage.published.addresses(), &transcript.ports);
        for line in self.stage.outside {
            events(Event::RunningOutside(line.clone()));
            let record = outside::run(line, &env, plan.exec_time.0);
            if matches!(drill, Drill::Explore(..)) && !record.exit.is_success() {
                let output = [&*record.stderr.sample.0, &*record.stdout.sample.0].concat();
                let output = String::from_utf8_lossy(&output);
                let tail: String = output.trim().chars().rev().take(SHOWN_OUTPUT).collect();
                return Err(RunError::Outside {
                    command: line.clone(),
                    exit: record.exit.to_string(),
                    output: tail.chars().rev().collect(),
                });
            }
            transcript.outside.push(record);
        }
        Ok(())
    }

    /// Waits until the file system has not been touched for `quiet`, or the program ends.
    pub(crate) fn await_quiet(&self, quiet: Duration) {
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

    pub(crate) fn drain_accesses(&self) {
        if self.stage.tier == Tier::FuseNamespaces {
            return;
        }
        let accesses = Accesses::new(Arc::clone(self.tree), Arc::clone(self.recorder));
        for access in self.sandbox.path_accesses() {
            crate::unpacked::note(&accesses, &access);
        }
    }

    pub(crate) fn processes(&self) -> Result<BTreeSet<ProcessFact>, RunError> {
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

    /// How the program ended. The output of one that ended by itself is its answer; the log of one that was stopped is cut
    /// off at some moment.
    pub(crate) fn record_end(&self, status: ExitStatus, is_answer: bool) -> CommandRecord {
        let logs = self.sandbox.logs();
        let (stdout, stderr) =
            if is_answer { (logs.stdout(), logs.stderr()) } else { Default::default() };
        let outcome =
            CommandOutcome { exit: exit_of(status), stdout, stderr, elapsed: Duration::ZERO };
        let argv = self.container.process.argv.iter().map(String::as_str);
        CommandRecord::new(Command::new(argv), &outcome)
    }
}

const fn change_word(kind: WrittenKind) -> &'static str {
    match kind {
        WrittenKind::Created => "created",
        WrittenKind::Modified => "modified",
        WrittenKind::Deleted => "deleted",
    }
}
