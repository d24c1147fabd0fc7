//! The handle of a running sandbox.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    io,
    net::{SocketAddr, TcpStream},
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec};

use crate::{
    access::PathAccess,
    conversation::Conversation,
    exec::Exec,
    failure::{Error, Failure, Step},
    idmap::IdMap,
    launch::{self, HelperProcess},
    listener::Listener,
    logs::Logs,
    process::Process,
    protocol::{Answer, Call, ExitStatus, Plan, WORKLOAD},
    spec::{ExecSpec, Helper, Owners, Root, Spec, Tier},
    supervisor::{Supervisor, WatchOptions},
    written::Written,
};

/// How long a connection into the sandbox may take to be made. All of it is local.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// Pause between two looks at the sandbox's sockets without an event: for sockets that were inherited or passed, and for
/// workloads whose calls are not watched.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A `listen` is announced just before the kernel does it, so the first look may be too early.
const LOOK_AGAIN_AFTER_EVENT: Duration = Duration::from_millis(1);

/// Quick looks after an event, before waiting as without one.
const QUICK_LOOKS: u32 = 20;

/// What [`Sandbox::await_listener`] was woken by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenEvent {
    /// The waiting sockets are others than the caller knew: all of them.
    Listening(Vec<Listener>),
    /// The workload has ended.
    Exited(ExitStatus),
    /// Nothing has changed in the given time.
    TimedOut,
}

/// A sandbox. Dropping it kills everything in it and returns when it is gone.
#[derive(Debug)]
pub struct Sandbox {
    conversation: Arc<Conversation>,
    logs: Logs,
    supervisor: Arc<Supervisor>,
    ids: IdMap,
    isolated: bool,
    /// The root of a workload that has no namespaces, and so no kernel that ends what it leaves behind.
    bare_root: Option<PathBuf>,
    stop_signal: i32,
    program: std::ffi::OsString,
    /// Ends the helper before the threads that serve it end.
    helper: Option<HelperProcess>,
    reader: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Makes a sandbox; its workload waits for [`Self::release`].
    ///
    /// `root` must fit the tier of `spec`. With [`Root::Fuse`] the file system is served from within this call.
    pub fn start(spec: Spec, root: Root, helper: &Helper) -> Result<Self, Error> {
        let ids = IdMap::for_host(spec.tier, &spec.user);
        Self::start_with(Plan { spec, ids, directory: None, joins: false }, root, helper, &[])
    }

    /// Makes a sandbox in the network of this one, as the containers of a pod share theirs: what one listens on, the
    /// other reaches at `localhost`. Ids mean the same in both ([`Self::ids`]); files, processes and host names are each
    /// one's own.
    pub fn start_beside(&self, spec: Spec, root: Root, helper: &Helper) -> Result<Self, Error> {
        if !self.isolated {
            return Err(Error::Spec(
                "without namespaces there is no network that two sandboxes could share (tier 3 in a plain container)",
            ));
        }
        let (_, namespaces) = self.conversation.call(Call::Namespaces)?;
        let plan = Plan { spec, ids: self.ids.clone(), directory: None, joins: true };
        Self::start_with(plan, root, helper, &namespaces)
    }

    fn start_with(
        plan: Plan,
        root: Root,
        helper: &Helper,
        namespaces: &[OwnedFd],
    ) -> Result<Self, Error> {
        let Plan { spec, ids, .. } = &plan;
        check(spec, &root)?;
        let owners = ids.owners();
        let (serve, directory) = match root {
            Root::Fuse(serve) => (Some(serve), None),
            Root::Directory(path) => (None, Some(resolve(path)?)),
        };
        if let Some(scratch) = &spec.scratch {
            give_to_root(scratch, ids)?;
        }
        let copied_root = directory.clone();
        let (watch, stop_signal, ids) = (spec.syscalls, spec.stop_signal, ids.clone());
        let launched = launch::launch(Plan { directory, ..plan }, serve, helper, namespaces)?;
        let control = launched.helper.control.try_clone();
        let control = control.map_err(|error| Failure::new(Step::Conversation, &error))?;
        let conversation = Arc::new(Conversation::new(control, launched.warnings));
        let bare_root = copied_root.filter(|_| !launched.isolated);
        let on_socket = Arc::clone(&conversation);
        let supervisor = Arc::new(Supervisor::start(WatchOptions {
            watch,
            squashed: matches!(owners, Owners::Squashed { .. }),
            root: bare_root.clone(),
            on_socket: Box::new(move |port| on_socket.note_socket(port)),
        })?);
        let (pid, program) = launched.program;
        supervisor.note_program(pid, &program);
        for listener in launched.listeners {
            supervisor.add(listener);
        }
        let reader = Conversation::spawn_reader(&conversation, &supervisor)?;
        Ok(Self {
            logs: Logs::capture(launched.stdout, launched.stderr)?,
            conversation,
            supervisor,
            ids,
            isolated: launched.isolated,
            bare_root,
            stop_signal,
            program,
            helper: Some(launched.helper),
            reader: Some(reader),
        })
    }

    /// Lets the workload go. Returns when it has become its program, or why it could not.
    pub fn release(&self) -> Result<(), Error> {
        self.conversation.call(Call::Release)?;
        self.conversation.await_start(WORKLOAD)
    }

    /// Waits for the end of the workload; `None` after the timeout. Without one it waits as long as it takes.
    pub fn wait(&self, timeout: Option<Duration>) -> Option<ExitStatus> {
        let status = self.conversation.await_exit(WORKLOAD, timeout)?;
        self.logs.drain();
        Some(status)
    }

    /// The end of the workload, if it has come.
    pub fn status(&self) -> Option<ExitStatus> {
        self.conversation.exit_status(WORKLOAD)
    }

    /// Asks the workload to end with its stop signal, waits for at most `grace`, then kills it. A workload that the signal
    /// cannot reach is killed at once: an engine would wait its grace in vain and end with the same status.
    pub fn stop(&self, grace: Duration) -> Result<ExitStatus, Error> {
        let is_deaf = self.processes()?.iter().any(|process| process.is_deaf_to(self.stop_signal));
        if !is_deaf {
            self.signal(self.stop_signal)?;
            if let Some(status) = self.wait(Some(grace)) {
                return Ok(status);
            }
        }
        self.signal(libc::SIGKILL)?;
        self.wait(None).ok_or(Error::HelperGone { doing: "stop the workload", said: String::new() })
    }

    /// Sends a signal to the workload. One that has ended already is no error.
    pub fn signal(&self, signal: i32) -> Result<(), Error> {
        self.conversation.call(Call::Signal { child: WORKLOAD, signal }).map(drop)
    }

    /// Starts a further program in the sandbox. Returns when it runs, or why it could not.
    pub fn exec(&self, spec: &ExecSpec) -> Result<Exec, Error> {
        Exec::start(&self.conversation, spec)
    }

    /// Sockets that wait for others, sorted.
    pub fn listeners(&self) -> Result<Vec<Listener>, Error> {
        match self.conversation.call(Call::Listeners)? {
            (Answer::Listeners(listeners), _) => Ok(listeners),
            _ => Err(Conversation::nonsense()),
        }
    }

    /// Waits until other sockets listen than the `known` ones, the workload ends, or the time is up.
    pub fn await_listener(
        &self,
        known: &[Listener],
        timeout: Duration,
    ) -> Result<ListenEvent, Error> {
        let deadline = Instant::now() + timeout;
        let mut seen_events = self.conversation.socket_events();
        let mut quick_looks = QUICK_LOOKS;
        loop {
            if let Some(status) = self.status() {
                return Ok(ListenEvent::Exited(status));
            }
            let listeners = self.listeners()?;
            if listeners != known {
                return Ok(ListenEvent::Listening(listeners));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(ListenEvent::TimedOut);
            }
            let pause = if quick_looks > 0 { LOOK_AGAIN_AFTER_EVENT } else { LOOK_AGAIN };
            quick_looks = quick_looks.saturating_sub(1);
            let events = self.conversation.await_socket(seen_events, pause.min(left));
            if events != seen_events {
                seen_events = events;
                quick_looks = QUICK_LOOKS;
            }
        }
    }

    /// Connects to an address of the sandbox's network.
    pub fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let (_, fds) = self
            .conversation
            .call(Call::Socket { v6: address.is_ipv6() })
            .map_err(io::Error::other)?;
        let socket = fds.into_iter().next().ok_or(io::ErrorKind::NotConnected)?;
        connect(socket, address)
    }

    /// Connects to a Unix socket of the sandbox, named as [`Listener::Unix`] names it.
    pub fn connect_unix(&self, name: &OsStr) -> io::Result<UnixStream> {
        let (_, fds) = match self.conversation.call(Call::ConnectUnix { name: name.to_owned() }) {
            Ok(answer) => answer,
            Err(Error::Setup(failure)) => return Err(io::Error::from_raw_os_error(failure.errno)),
            Err(error) => return Err(io::Error::other(error)),
        };
        let socket = fds.into_iter().next().ok_or(io::ErrorKind::NotConnected)?;
        let stream = UnixStream::from(socket);
        stream.set_nonblocking(false)?;
        Ok(stream)
    }

    /// The sandbox's living processes, by pid.
    pub fn processes(&self) -> Result<Vec<Process>, Error> {
        match self.conversation.call(Call::Processes)? {
            (Answer::Processes(processes), _) => Ok(processes),
            _ => Err(Conversation::nonsense()),
        }
    }

    /// What was written so far, by path. Only [`Tier::FuseNamespaces`] knows; a copy must be compared by the caller.
    pub fn written(&self) -> Result<Vec<Written>, Error> {
        match self.conversation.call(Call::Written)? {
            (Answer::Written(written), _) => Ok(written),
            _ => Err(Conversation::nonsense()),
        }
    }

    /// System calls seen so far, by name, without the hot ones ([`crate::hot_syscalls`]). A call by another convention
    /// than the processor's own is `compat:NUMBER`.
    pub fn syscalls(&self) -> BTreeMap<String, u64> {
        self.supervisor.counts()
    }

    /// Path accesses since the last call of this function, each process's kind and path once
    /// ([`crate::SyscallWatch::Paths`]).
    pub fn path_accesses(&self) -> Vec<PathAccess> {
        self.supervisor.drain_accesses()
    }

    /// What the workload writes on its standard output and error.
    pub fn logs(&self) -> &Logs {
        &self.logs
    }

    /// What the host did not permit and the sandbox does without.
    pub fn warnings(&self) -> Vec<String> {
        self.conversation.warnings()
    }

    /// Whose files the workload sees.
    pub fn owners(&self) -> Owners {
        self.ids.owners()
    }

    /// Which host ids its ids are.
    pub fn ids(&self) -> &IdMap {
        &self.ids
    }

    /// Whether it has a network of its own, or shares one with other sandboxes only. Where not (tier 3 in a plain
    /// container), what it listens on is open on the host.
    pub fn is_isolated(&self) -> bool {
        self.isolated
    }

    /// Ports that its programs have asked to bind, whether or not they got them.
    pub fn wanted_ports(&self) -> BTreeSet<u16> {
        self.conversation.wanted_ports()
    }

    /// The `/proc` of the sandbox, in which processes have the numbers that they have inside. `None` where the sandbox
    /// shows the host's, or none.
    pub fn proc(&self) -> Result<Option<OwnedFd>, Error> {
        let (_, fds) = self.conversation.call(Call::Proc)?;
        Ok(fds.into_iter().next())
    }

    /// The file that was found for the workload's command.
    pub fn program(&self) -> &OsStr {
        &self.program
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // First the processes (the supervisor answers them until the last has ended), then the threads.
        drop(self.helper.take());
        if let Some(root) = &self.bare_root {
            // Only if the helper was killed is there anything left.
            crate::rooted::kill_rooted_below(root);
        }
        if let Some(reader) = self.reader.take()
            && reader.join().is_err()
        {
            tracing::error!("the thread that reads from the sandbox has panicked");
        }
    }
}

fn check(spec: &Spec, root: &Root) -> Result<(), Error> {
    let is_fuse = matches!(root, Root::Fuse(_));
    let problem = match spec.tier {
        _ if spec.argv.is_empty() => "the command is empty",
        _ if !spec.cwd.is_absolute() => "the working directory must be an absolute path",
        _ if spec.mounts.iter().any(|mount| !mount.target.is_absolute()) => {
            "a mount's target must be an absolute path"
        }
        Tier::FuseNamespaces if !is_fuse => "the FUSE tier needs a FUSE root",
        Tier::CopyNamespaces | Tier::Chroot if is_fuse => {
            "this tier runs on an unpacked copy of the image, not on FUSE"
        }
        Tier::Chroot if !spec.mounts.is_empty() => {
            "nothing can be mounted without namespaces (tier 3)"
        }
        Tier::Chroot | Tier::CopyNamespaces | Tier::FuseNamespaces => return Ok(()),
    };
    Err(Error::Spec(problem))
}

fn resolve(path: PathBuf) -> Result<PathBuf, Error> {
    fs_err::canonicalize(&path).map_err(|error| Failure::at(Step::OpenSource, path, &error).into())
}

/// Makes a directory that of the sandbox's root.
pub(crate) fn give_to_root(path: &Path, ids: &IdMap) -> Result<(), Error> {
    if !rustix::process::geteuid().is_root() {
        // It is the caller's, who is root of the sandbox.
        return Ok(());
    }
    std::os::unix::fs::chown(path, ids.host_uid(0), ids.host_gid(0))
        .map_err(|error| Failure::at(Step::Create, path, &error).into())
}

/// Connects a socket of another network namespace.
fn connect(socket: OwnedFd, address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::from(socket);
    stream.set_nonblocking(true)?;
    match rustix::net::connect(&stream, &address) {
        Ok(()) => {}
        Err(rustix::io::Errno::INPROGRESS) => {
            let mut fds = [PollFd::new(&stream, PollFlags::OUT)];
            let time = Timespec::try_from(CONNECT_TIME).expect("a few seconds fit");
            if rustix::io::retry_on_intr(|| rustix::event::poll(&mut fds, Some(&time)))? == 0 {
                return Err(io::ErrorKind::TimedOut.into());
            }
            if let Some(error) = stream.take_error()? {
                return Err(error);
            }
        }
        Err(error) => return Err(error.into()),
    }
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
