//! The containers beside the image: opened once, started anew for each run, awaited, ended with it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use jettison_image::RuntimeConfig;
use jettison_probe::{HealthCheck, HealthStatus};
use jettison_record::{Recorder, View};
use jettison_rootfs::{Limits, Tree};
use jettison_sandbox::{ExitStatus, ListenEvent, Listener, Sandbox, Tier};

use crate::{
    Error,
    container::{Container, Reach, addresses, log_tail},
    neighbour::{Neighbour, Surroundings, Wait},
    process::Process,
    readiness::{self, Rest},
    request::{Event, Events, Request, RunOptions},
    run::RunError,
    signal, source_tree,
    start::{IDLE_START, PORTS_SETTLE, TURN},
    temporary::Temporary,
    unpacked::Unpacked,
    volumes::{User, Volumes},
};

/// A neighbour whose image was opened.
#[derive(Debug)]
pub(crate) struct Beside<'a> {
    pub(crate) neighbour: &'a Neighbour,
    pub(crate) tree: Arc<Tree>,
    process: Process,
    stop_signal: i32,
    declares_ports: bool,
    health: Option<HealthCheck>,
    /// Lines of `/etc/hosts` of its own.
    hosts: String,
}

/// Opens the images of all neighbours. The same image is opened once for each: they are few.
pub(crate) fn open<'a>(request: &'a Request, events: Events<'_>) -> Result<Vec<Beside<'a>>, Error> {
    let surroundings = &request.surroundings;
    let mut opened = Vec::new();
    for neighbour in &surroundings.neighbours {
        events(Event::Opening(neighbour.source.to_string()));
        let fail = |source: Error| Error::Neighbour {
            name: neighbour.name.clone(),
            source: Box::new(source),
        };
        opened.push(open_one(neighbour, request).map_err(fail)?);
    }
    Ok(opened)
}

fn open_one<'a>(neighbour: &'a Neighbour, request: &Request) -> Result<Beside<'a>, Error> {
    let image = jettison_transport::open(&neighbour.source, &request.open)?;
    crate::pipeline::check_platform(&image)?;
    let tree = Arc::new(source_tree::build(&image, &Limits::DEFAULT)?);
    let setup = &neighbour.setup;
    let mut config: RuntimeConfig = image.config.config.clone();
    setup.overrides.apply(&mut config);
    let hostname = setup.hostname.as_deref().unwrap_or(&neighbour.name);
    let process = Process::of(&config, &tree, hostname)?;
    let check = setup.health.as_ref().or(config.healthcheck.as_ref());
    Ok(Beside {
        neighbour,
        process,
        stop_signal: signal::number(config.stop_signal.as_deref())?,
        declares_ports: config.exposed_ports.iter().any(|port| !port.ends_with("/udp")),
        health: check.and_then(|check| crate::pipeline::health(check, config.shell.as_deref())),
        hosts: host_lines(&setup.hosts),
        tree,
    })
}

/// Lines of `/etc/hosts` by which everybody in the network is found: they share its loopback.
pub(crate) fn names(surroundings: &Surroundings) -> String {
    let neighbours = surroundings.neighbours.iter();
    let names = neighbours.flat_map(|it| std::iter::once(&it.name).chain(&it.aliases));
    names.chain(&surroundings.names).flat_map(|name| ["127.0.0.1\t", name, "\n"]).collect()
}

/// Lines for addresses and names that were given.
pub(crate) fn host_lines(hosts: &[(String, String)]) -> String {
    hosts.iter().flat_map(|(address, name)| [address, "\t", name, "\n"]).collect()
}

/// What neighbours are started with.
pub(crate) struct Company<'a> {
    pub(crate) besides: &'a [Beside<'a>],
    /// Lines of `/etc/hosts` for everybody.
    pub(crate) names: &'a str,
    pub(crate) tier: Tier,
    pub(crate) options: &'a RunOptions,
}

/// A neighbour that runs.
struct Running<'a> {
    name: &'a str,
    sandbox: Sandbox,
    recorder: Arc<Recorder>,
    // Removed after the sandbox has ended.
    _kept: (Option<Unpacked>, Option<Temporary>),
}

/// All neighbours of one run. Dropping it ends them, the last first.
#[derive(Default)]
pub(crate) struct Started<'a> {
    running: Vec<Running<'a>>,
    /// What was not worth an error.
    pub(crate) warnings: Vec<String>,
}

impl Drop for Started<'_> {
    fn drop(&mut self) {
        while let Some(last) = self.running.pop() {
            drop(last);
        }
    }
}

impl<'a> Company<'a> {
    /// Who has volumes, in the order of their start; the image itself comes behind them.
    pub(crate) fn volume_users(&self) -> Vec<User<'_>> {
        let user = |beside: &'a Beside<'a>| User {
            tree: &beside.tree,
            volumes: &beside.neighbour.setup.volumes,
        };
        self.besides.iter().map(user).collect()
    }

    /// Starts the neighbours, one after the other, in the network of `host`, each when the one before is ready.
    pub(crate) fn start(
        &self,
        host: &Sandbox,
        volumes: &Volumes,
        events: Events<'_>,
    ) -> Result<Started<'a>, RunError> {
        let mut started = Started::default();
        for beside in self.besides {
            events(Event::StartingNeighbour(beside.neighbour.name.clone()));
            self.start_one(beside, (host, volumes), &mut started)?;
        }
        Ok(started)
    }

    fn start_one(
        &self,
        beside: &'a Beside<'a>,
        (host, volumes): (&Sandbox, &Volumes),
        started: &mut Started<'a>,
    ) -> Result<(), RunError> {
        let (neighbour, setup) = (beside.neighbour, &beside.neighbour.setup);
        let mut mounts = setup.mounts.clone();
        mounts.extend(volumes.mounts(&setup.volumes));
        let hosts = format!("{}{}", self.names, beside.hosts);
        let container = Container {
            process: &beside.process,
            env: &setup.env,
            hostname: setup.hostname.as_deref().unwrap_or(&neighbour.name),
            hosts: &hosts,
            mounts,
            stop_signal: beside.stop_signal,
            tier: self.tier,
            options: self.options,
            shares_network: true,
        };
        let recorder = Arc::new(Recorder::new(&beside.tree, Instant::now()));
        let prepared = container.prepare(&beside.tree, View::whole(), &recorder, host.ids())?;
        let failed = |problem: String, log: String| RunError::Neighbour {
            name: neighbour.name.clone(),
            problem,
            log,
        };
        let spec = container.spec(&prepared);
        let sandbox = host
            .start_beside(spec, prepared.root, &self.options.helper)
            .map_err(|error| failed(error.to_string(), "(none)".to_owned()))?;
        let kept = (prepared.copy, prepared.scratch);
        let running = Running { name: &neighbour.name, sandbox, recorder, _kept: kept };
        running
            .sandbox
            .release()
            .map_err(|error| failed(error.to_string(), "(none)".to_owned()))?;
        let waiting = Waiting { company: self, beside, container: &container, running: &running };
        match waiting.until_ready() {
            Ok(warning) => started.warnings.extend(warning),
            Err(problem) => {
                started.clash(&running.sandbox, &neighbour.name)?;
                return Err(failed(problem, log_tail(&running.sandbox)));
            }
        }
        started.running.push(running);
        Ok(())
    }
}

/// Waiting for one neighbour.
struct Waiting<'w> {
    company: &'w Company<'w>,
    beside: &'w Beside<'w>,
    container: &'w Container<'w>,
    running: &'w Running<'w>,
}

impl Waiting<'_> {
    /// Waits until it is as ready as its dependents want it; returns what is only worth a warning.
    fn until_ready(&self) -> Result<Option<String>, String> {
        let sandbox = &self.running.sandbox;
        let timeout = self.company.options.start_timeout;
        if self.beside.neighbour.wait == Wait::Completed {
            return match sandbox.wait(Some(timeout)) {
                Some(ExitStatus::Exited(0)) => Ok(None),
                Some(status) => Err(format!("was to complete and ended with {status}")),
                None => Err(format!("did not complete within {} s", timeout.as_secs())),
            };
        }
        let begun = Instant::now();
        let Some(listeners) = self.await_listening(begun, timeout)? else {
            // It has done its work.
            return Ok(None);
        };
        match &self.beside.health {
            Some(check) => {
                self.await_health(check, &listeners, timeout.saturating_sub(begun.elapsed()))
            }
            None => Ok(None),
        }
    }

    /// Its sockets once it listens or has come to rest; `None` when it has ended well.
    fn await_listening(
        &self,
        begun: Instant,
        timeout: Duration,
    ) -> Result<Option<Vec<Listener>>, String> {
        let sandbox = &self.running.sandbox;
        let failed = |error: jettison_sandbox::Error| error.to_string();
        let mut known = Vec::new();
        let mut last_call = begun;
        let mut rest = Rest::begin(begun, 0);
        loop {
            // A database that listens for itself alone is being set up.
            let is_served = readiness::is_served(&known, &BTreeSet::new());
            let left = timeout.saturating_sub(begun.elapsed());
            let turn = if is_served { PORTS_SETTLE } else { TURN };
            match sandbox.await_listener(&known, left.min(turn)).map_err(failed)? {
                ListenEvent::Listening(listeners) => known = listeners,
                ListenEvent::Exited(ExitStatus::Exited(0)) if !self.beside.declares_ports => {
                    return Ok(None);
                }
                ListenEvent::Exited(status) => return Err(format!("ended with {status}")),
                ListenEvent::TimedOut if is_served => return Ok(Some(known)),
                ListenEvent::TimedOut => {}
            }
            let untouched = self.quiet_for(&mut last_call);
            let processes = sandbox.processes().map_err(failed)?;
            let ticks = processes.iter().map(|process| process.cpu_ticks).sum();
            let may_rest = !known.is_empty() || !self.beside.declares_ports;
            if may_rest && rest.lasts(Instant::now(), ticks, untouched) >= IDLE_START {
                return Ok(Some(known));
            }
            if left.is_zero() {
                return Err(format!("neither listened nor ended within {} s", timeout.as_secs()));
            }
        }
    }

    /// How long it has used nothing. On a copy that is told by its system calls.
    fn quiet_for(&self, last_call: &mut Instant) -> Duration {
        if self.company.tier == Tier::FuseNamespaces {
            return self.running.recorder.quiet_for();
        }
        if !self.running.sandbox.path_accesses().is_empty() {
            *last_call = Instant::now();
        }
        last_call.elapsed()
    }

    fn await_health(
        &self,
        check: &HealthCheck,
        listeners: &[Listener],
        patience: Duration,
    ) -> Result<Option<String>, String> {
        let reach = Reach {
            container: self.container,
            sandbox: &self.running.sandbox,
            addresses: addresses(listeners),
            unix_sockets: Vec::new(),
            after_command: &|| {},
        };
        let Some(record) = check.await_healthy(&reach, patience) else { return Ok(None) };
        if record.status == HealthStatus::Healthy {
            return Ok(None);
        }
        let output = [&*record.last.stdout.sample.0, &*record.last.stderr.sample.0].concat();
        let output = String::from_utf8_lossy(&output);
        let said = output.trim().lines().next_back().unwrap_or("nothing").to_owned();
        let problem =
            format!("is not healthy: its check ended with {}; it said: {said}", record.last.exit);
        match self.beside.neighbour.wait {
            Wait::Started => Ok(Some(format!("{} {problem}", self.running.name))),
            Wait::Ready | Wait::Completed => Err(problem),
        }
    }
}

impl Started<'_> {
    /// Ports that neighbours listen on, and who does.
    pub(crate) fn ports(&self) -> Result<BTreeMap<u16, String>, RunError> {
        let mut ports = BTreeMap::new();
        for running in &self.running {
            for port in running.sandbox.listeners()?.iter().filter_map(tcp_port) {
                ports.insert(port, running.name.to_owned());
            }
        }
        Ok(ports)
    }

    /// Fails when the program in `sandbox` wanted a port that a neighbour has: they share one network.
    pub(crate) fn clash(&self, sandbox: &Sandbox, name: &str) -> Result<(), RunError> {
        let taken = self.ports()?;
        let wanted = sandbox.wanted_ports();
        match wanted.iter().find_map(|port| Some((*port, taken.get(port)?))) {
            Some((port, holder)) => {
                Err(RunError::PortClash { port, one: name.to_owned(), other: holder.clone() })
            }
            None => Ok(()),
        }
    }
}

fn tcp_port(listener: &Listener) -> Option<u16> {
    match listener {
        Listener::Tcp(address) => Some(address.port()),
        Listener::Udp(_) | Listener::Unix(_) => None,
    }
}
