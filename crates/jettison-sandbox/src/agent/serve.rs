//! The agent's loop: requests from the handle, reports from children, ends of children.

use std::{
    collections::BTreeMap,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::PathBuf,
};

use rustix::{
    event::{PollFd, PollFlags},
    fs::{Mode, OFlags},
    pipe::PipeFlags,
    process::{DumpableBehavior, Signal, WaitOptions},
};

use super::{
    At,
    child::{self, Launch, Obstacle},
    chroot, cleanup,
    inventory::Inventory,
    namespace,
    root::{Builder, Built, Sources},
    socket,
};
use crate::{
    failure::{Failure, Step},
    idmap::IdMap,
    protocol::{Answer, Call, Event, ExitStatus, Message, Plan, Report, Request, WORKLOAD},
    spec::{ExecSpec, Tier},
    sys::{self, process::Forked},
    wire::Channel,
};

/// A child that has not been reaped.
#[derive(Debug)]
struct Child {
    pid: i32,
    /// Open until the child has become its program.
    report: Option<Channel>,
}

/// The agent of a sandbox whose workload exists.
#[derive(Debug)]
pub(super) struct Agent<'a> {
    control: &'a Channel,
    plan: &'a Plan,
    /// Whether the workload has namespaces of its own.
    isolated: bool,
    children: BTreeMap<u64, Child>,
    last_child: u64,
    /// Readable when a child has ended.
    signals: OwnedFd,
    inventory: Inventory,
    /// The unpacked root of the copying tiers.
    directory: Option<OwnedFd>,
    /// The directory that holds the overlay's upper layer.
    scratch: Option<OwnedFd>,
    /// Mounted directories that are to be given back.
    temporary: Vec<OwnedFd>,
}

/// The parent's ends of a child's pipes.
#[derive(Debug)]
struct Pipes {
    stdin: Option<OwnedFd>,
    stdout: OwnedFd,
    stderr: OwnedFd,
}

impl<'a> Agent<'a> {
    /// Makes the namespaces and forks the workload.
    pub(super) fn start(
        control: &'a Channel,
        plan: &'a Plan,
        namespaces: Vec<OwnedFd>,
    ) -> Result<Self, Failure> {
        // A Ctrl-C at the terminal is for jettison, which then decides.
        rustix::process::setsid().step(Step::Process)?;
        let host_proc = namespace::open_proc()?;
        let (sources, isolated) = enter(control, plan, namespaces)?;
        // From now on no process of the sandbox can reach into this one or its children (their /proc files).
        rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
            .step(Step::Process)?;
        rustix::process::set_child_subreaper(Some(rustix::process::getpid()))
            .step(Step::Process)?;
        let mut agent = Self {
            control,
            plan,
            isolated,
            children: BTreeMap::new(),
            last_child: WORKLOAD,
            signals: sys::process::child_signals().step(Step::Process)?,
            inventory: Inventory::new(host_proc, isolated && !plan.spec.shares_network),
            directory: None,
            scratch: None,
            temporary: Vec::new(),
        };
        agent.fork_workload(sources)?;
        Ok(agent)
    }

    fn fork_workload(&mut self, sources: Sources) -> Result<(), Failure> {
        let (ours, theirs) = Channel::pair().step(Step::Process)?;
        let (pipes, streams) = pipes(Input::Null)?;
        let spec = &self.plan.spec;
        match sys::process::fork().step(Step::Process)? {
            Forked::Child => {
                drop(ours);
                let launch = Launch {
                    argv: &spec.argv,
                    env: &spec.env,
                    cwd: &spec.cwd,
                    user: &spec.user,
                    streams,
                    report: &theirs,
                };
                let built = build(self.plan, sources, self.isolated, &theirs);
                let Err(obstacle) = built
                    .map_err(Obstacle::from)
                    .and_then(|()| child::become_program(self.plan, launch));
                child::give_up(&theirs, obstacle)
            }
            Forked::Parent(pid) => {
                // The other sources must be held by the workload's side alone: FUSE ends with its server.
                self.directory = sources.directory;
                self.scratch = sources.scratch;
                let mounts = spec.mounts.iter().zip(sources.mounts);
                let temporary = mounts.filter(|(mount, _)| mount.temporary);
                self.temporary = temporary.map(|(_, source)| source).collect();
                self.children.insert(WORKLOAD, Child { pid, report: Some(ours) });
                let isolated = self.isolated;
                self.event(
                    Event::Forked { isolated },
                    &[pipes.stdout.as_fd(), pipes.stderr.as_fd()],
                )
            }
        }
    }

    /// Works until the control socket ends, then kills everything.
    pub(super) fn serve(mut self) -> Result<(), Failure> {
        let result = self.work();
        self.kill_all();
        self.leave_directories()?;
        result
    }

    fn work(&mut self) -> Result<(), Failure> {
        loop {
            let ready = self.poll()?;
            if ready.reports.is_empty() && !ready.control && !ready.signals {
                continue;
            }
            for child in ready.reports {
                self.relay(child)?;
            }
            if ready.signals {
                sys::process::drain_signals(&self.signals);
                self.reap()?;
            }
            if ready.control {
                match self.control.receive::<Request>() {
                    Ok(Some((request, _))) => self.answer(request)?,
                    Ok(None) | Err(_) => return Ok(()),
                }
            }
        }
    }

    fn poll(&self) -> Result<Ready, Failure> {
        let reports: Vec<(u64, BorrowedFd<'_>)> = self
            .children
            .iter()
            .filter_map(|(number, child)| Some((*number, child.report.as_ref()?.as_fd())))
            .collect();
        let mut fds: Vec<PollFd<'_>> = [self.control.as_fd(), self.signals.as_fd()]
            .into_iter()
            .chain(reports.iter().map(|(_, fd)| *fd))
            .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
            .collect();
        match rustix::event::poll(&mut fds, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(Failure::new(Step::Process, &error.into())),
        }
        let is_ready = |index: usize| fds.get(index).is_some_and(|fd| !fd.revents().is_empty());
        Ok(Ready {
            control: is_ready(0),
            signals: is_ready(1),
            reports: reports
                .iter()
                .enumerate()
                .filter(|(index, _)| is_ready(index + 2))
                .map(|(_, (number, _))| *number)
                .collect(),
        })
    }

    fn event(&self, event: Event, fds: &[BorrowedFd<'_>]) -> Result<(), Failure> {
        self.control.send(&Message::Event(event), fds).step(Step::Conversation)
    }

    /// Passes one report of a child on. The end of the reports means that the program runs.
    fn relay(&mut self, number: u64) -> Result<(), Failure> {
        let Some(child) = self.children.get_mut(&number) else { return Ok(()) };
        let Some(report) = &child.report else { return Ok(()) };
        match report.receive::<Report>() {
            Ok(Some((Report::Upper { made }, mut fds))) => {
                self.inventory.set_upper(fds.pop(), made);
                Ok(())
            }
            Ok(Some((report, fds))) => {
                let fds: Vec<BorrowedFd<'_>> = fds.iter().map(AsFd::as_fd).collect();
                let pid = child.pid;
                self.event(Event::Child { child: number, pid, report }, &fds)
            }
            Ok(None) | Err(_) => {
                child.report = None;
                self.event(Event::Started { child: number }, &[])
            }
        }
    }

    /// Collects ended children, and orphans that this process has adopted.
    fn reap(&mut self) -> Result<(), Failure> {
        while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
            let pid = pid.as_raw_nonzero().get();
            let Some(number) =
                self.children.iter().find(|(_, child)| child.pid == pid).map(|(number, _)| *number)
            else {
                continue;
            };
            while self.children.get(&number).is_some_and(|child| child.report.is_some()) {
                self.relay(number)?;
            }
            self.children.remove(&number);
            let status = match (status.exit_status(), status.terminating_signal()) {
                (Some(status), _) => ExitStatus::Exited(status),
                (None, signal) => ExitStatus::Signaled(signal.unwrap_or(libc::SIGKILL)),
            };
            if number == WORKLOAD && !self.isolated {
                // The end of a container's first process ends the others; here there is no pid namespace to do it.
                self.inventory.kill_descendants();
            }
            self.event(Event::Exited { child: number, status }, &[])?;
        }
        Ok(())
    }

    fn answer(&mut self, request: Request) -> Result<(), Failure> {
        let Request { id, call } = request;
        let mut fds = Vec::new();
        let result = self.perform(call, &mut fds);
        let fds: Vec<BorrowedFd<'_>> = fds.iter().map(AsFd::as_fd).collect();
        self.control.send(&Message::Reply { id, result }, &fds).step(Step::Conversation)
    }

    fn perform(&mut self, call: Call, fds: &mut Vec<OwnedFd>) -> Result<Answer, Failure> {
        match call {
            Call::Release => self.release().map(|()| Answer::Done),
            Call::Signal { child, signal } => match self.children.get(&child) {
                Some(child) => sys::process::kill(child.pid, signal).step(Step::Process),
                None => Ok(()),
            }
            .map(|()| Answer::Done),
            Call::Exec(spec) => {
                let (child, pipes) = self.fork_exec(&spec)?;
                fds.extend(pipes.stdin);
                fds.extend([pipes.stdout, pipes.stderr]);
                Ok(Answer::Exec { child })
            }
            Call::Socket { v6 } => {
                fds.push(socket::tcp(v6)?);
                Ok(Answer::Socket)
            }
            Call::ConnectUnix { name } => {
                let root = self.directory.as_ref().filter(|_| !self.isolated);
                fds.push(socket::connected_unix(&name, root)?);
                Ok(Answer::Socket)
            }
            Call::Listeners => self.inventory.listeners().map(Answer::Listeners),
            Call::Processes => self.inventory.processes().map(Answer::Processes),
            Call::Written => self.inventory.written().map(Answer::Written),
            Call::Namespaces => {
                if self.isolated {
                    fds.extend(namespace::shared(self.inventory.proc(), &self.plan.ids)?);
                }
                Ok(Answer::Namespaces)
            }
            Call::Proc => {
                fds.extend(self.own_proc());
                Ok(Answer::Proc)
            }
            Call::Start(_) | Call::Mapped | Call::Check(_) => {
                Err(Failure::new(Step::Conversation, &std::io::ErrorKind::InvalidInput.into()))
            }
        }
    }

    /// The `/proc` of the sandbox, if it is one of its own: this process, which is outside of the pid namespace, is not in
    /// such a one.
    fn own_proc(&self) -> Option<OwnedFd> {
        if !self.isolated {
            return None;
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let proc = rustix::fs::open("/proc", flags, Mode::empty()).ok()?;
        rustix::fs::readlinkat(&proc, "self", Vec::new()).is_err().then_some(proc)
    }

    fn release(&mut self) -> Result<(), Failure> {
        match self.children.get(&WORKLOAD).and_then(|child| child.report.as_ref()) {
            Some(report) => let_go(report),
            None => Ok(()),
        }
    }

    fn fork_exec(&mut self, spec: &ExecSpec) -> Result<(u64, Pipes), Failure> {
        let (ours, theirs) = Channel::pair().step(Step::Process)?;
        let (pipes, streams) = pipes(Input::Pipe)?;
        match sys::process::fork().step(Step::Process)? {
            Forked::Child => {
                drop((ours, pipes));
                let launch = Launch {
                    argv: &spec.argv,
                    env: &spec.env,
                    cwd: &spec.cwd,
                    user: &spec.user,
                    streams,
                    report: &theirs,
                };
                let entered = match &self.directory {
                    Some(directory) if !self.isolated => chroot::enter(directory),
                    _ => Ok(()),
                };
                let Err(obstacle) = entered
                    .map_err(Obstacle::from)
                    .and_then(|()| child::become_program(self.plan, launch));
                child::give_up(&theirs, obstacle)
            }
            Forked::Parent(pid) => {
                let_go(&ours)?;
                self.last_child += 1;
                self.children.insert(self.last_child, Child { pid, report: Some(ours) });
                Ok((self.last_child, pipes))
            }
        }
    }

    /// Kills everything in the sandbox and waits for its end.
    fn kill_all(&mut self) {
        // The end of the pid namespace's first process is the end of all in it; the kernel reaps them before it.
        for child in self.children.values() {
            // One that has ended already waits to be reaped.
            drop(sys::process::kill(child.pid, libc::SIGKILL));
        }
        loop {
            if !self.isolated {
                self.inventory.kill_descendants();
            }
            if !matches!(rustix::process::wait(WaitOptions::empty()), Ok(Some(_))) {
                return;
            }
        }
    }
}

impl Agent<'_> {
    /// Leaves the directories of the caller so that it can remove them.
    fn leave_directories(&self) -> Result<(), Failure> {
        if let Some(scratch) = &self.scratch {
            cleanup::empty(scratch).step(Step::Cleanup)?;
        }
        // Root removes everything anyway.
        let caller = match &self.plan.ids {
            IdMap::Host | IdMap::Direct { .. } => return Ok(()),
            IdMap::Subordinate { .. } => 0,
            IdMap::Single { user, .. } => user.inner,
        };
        for directory in self.directory.iter().chain(&self.temporary) {
            cleanup::give_back(directory, caller).step(Step::Cleanup)?;
        }
        Ok(())
    }
}

/// What [`Agent::poll`] found.
#[derive(Debug)]
struct Ready {
    control: bool,
    signals: bool,
    reports: Vec<u64>,
}

/// The permission to become the program.
fn let_go(report: &Channel) -> Result<(), Failure> {
    rustix::io::write(report, b"g").step(Step::Conversation)?;
    Ok(())
}

/// Enters the namespaces and opens what the root is made of, in the order that the ids demand. Also tells whether there
/// are namespaces: the last tier has them when its root may make them (CAP_SYS_ADMIN), which a plain container's may not.
fn enter(
    control: &Channel,
    plan: &Plan,
    namespaces: Vec<OwnedFd>,
) -> Result<(Sources, bool), Failure> {
    let spec = &plan.spec;
    let mut fuse = None;
    let isolated = if plan.joins {
        fuse = namespace::join(control, spec.tier == Tier::FuseNamespaces, namespaces)?;
        true
    } else if plan.ids == IdMap::Host {
        namespace::enter_others().is_ok()
    } else {
        fuse = namespace::enter_user_namespace(control, spec.tier == Tier::FuseNamespaces)?;
        namespace::enter_others()?;
        true
    };
    // Still with the caller's file system ids: a directory below a private home can be opened.
    let open = |path: &Option<PathBuf>| path.as_deref().map(namespace::open_path).transpose();
    let directory = open(&plan.directory)?;
    let scratch = open(&spec.scratch)?;
    let mounts = spec
        .mounts
        .iter()
        .map(|mount| namespace::open_path(&mount.source))
        .collect::<Result<_, _>>()?;
    rustix::process::chdir("/").step(Step::Process)?;
    namespace::become_root(&plan.ids)?;
    if isolated {
        sys::network::loopback_up().step(Step::Loopback)?;
    }
    Ok((Sources { fuse, directory, scratch, mounts }, isolated))
}

/// Builds the workload's root, as root of the user namespace and first process of the pid namespace.
fn build(plan: &Plan, sources: Sources, isolated: bool, report: &Channel) -> Result<(), Failure> {
    // Until the user changes: if the agent dies while the root is built, so does this.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).step(Step::Process)?;
    rustix::process::umask(Mode::empty());
    let built = if isolated {
        rustix::system::sethostname(plan.spec.hostname.as_bytes()).step(Step::Namespaces)?;
        Builder::new(plan, report).build(sources)?
    } else {
        let directory = sources.directory.ok_or_else(|| {
            Failure::new(Step::Chroot, &std::io::Error::from_raw_os_error(libc::ENOENT))
        })?;
        chroot::build(plan, &directory)?
    };
    report_root(report, built)
}

fn report_root(report: &Channel, built: Built) -> Result<(), Failure> {
    for warning in built.warnings {
        report.send(&Report::Warning(warning), &[]).step(Step::Conversation)?;
    }
    let fds: Vec<BorrowedFd<'_>> = built.upper.iter().map(AsFd::as_fd).collect();
    let made = built.made.into_iter().map(PathBuf::into_os_string).collect();
    report.send(&Report::Upper { made }, &fds).step(Step::Conversation)
}

/// What a child reads on its standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    /// `/dev/null`.
    Null,
    /// A pipe from the handle.
    Pipe,
}

/// Pipes for a child's streams. They are made here because their owner must be an id of the sandbox.
fn pipes(input: Input) -> Result<(Pipes, [OwnedFd; 3]), Failure> {
    let pipe = || rustix::pipe::pipe_with(PipeFlags::CLOEXEC).step(Step::Process);
    let (read_end, write_end) = match input {
        Input::Null => (open_null()?, None),
        Input::Pipe => {
            let (read_end, write_end) = pipe()?;
            (read_end, Some(write_end))
        }
    };
    let (stdout, out) = pipe()?;
    let (stderr, err) = pipe()?;
    Ok((Pipes { stdin: write_end, stdout, stderr }, [read_end, out, err]))
}

fn open_null() -> Result<OwnedFd, Failure> {
    // The agent's own standard input: `/dev/null` of the host, which is there even where the root has none.
    rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3).at(Step::Process, "/dev/null")
}
