//! Answers the system calls that filters hold, and notes them.
//!
//! One thread serves the listeners of the workload and of all execs. It never blocks on the sandbox: it only reads
//! memory and links of processes that wait for its answer.

use std::{
    collections::{BTreeMap, HashSet},
    ffi::{OsStr, OsString},
    os::{
        fd::{AsFd, OwnedFd},
        unix::ffi::{OsStrExt, OsStringExt},
    },
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Instant,
};

use rustix::event::{EventfdFlags, PollFd, PollFlags};
use syscalls::Sysno;

use crate::{
    access::{self, AccessClass, OpenFlags, PathAccess, PathArgument},
    caller::Caller,
    failure::Error,
    spec::SyscallWatch,
    sys::{
        filter::{FOREIGN_NUMBERS, NATIVE_ARCH},
        notify::{self, Notification, Outcome},
    },
    watch,
};

/// Most different accesses that are kept: about 200 bytes each.
const MAX_ACCESSES: usize = 1 << 20;

/// Called when a program has asked to listen, or to bind to a port, just before the kernel does it.
pub(crate) type OnSocket = Box<dyn Fn(Option<u16>) + Send + Sync>;

/// How system calls are watched.
pub(crate) struct WatchOptions {
    pub(crate) watch: SyscallWatch,
    /// Only one id exists: calls that change identity succeed without effect.
    pub(crate) squashed: bool,
    /// Prefix of what the host sees of the workload's paths, where it has no mount namespace of its own.
    pub(crate) root: Option<PathBuf>,
    pub(crate) on_socket: OnSocket,
}

/// The thread that answers.
#[derive(Debug)]
pub(crate) struct Supervisor {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    notes_paths: bool,
    /// Wakes the thread for new listeners and for the end.
    wake: OwnedFd,
    ending: AtomicBool,
    inbox: Mutex<Vec<OwnedFd>>,
    seen: Mutex<Seen>,
}

/// What was seen so far.
#[derive(Debug, Default)]
struct Seen {
    counts: BTreeMap<CallName, u64>,
    fresh: Vec<PathAccess>,
    known: HashSet<(i32, AccessClass, OsString)>,
}

/// A call, by the convention it was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum CallName {
    Native(Sysno),
    Unknown(i32),
    Compat(i32),
}

impl std::fmt::Display for CallName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Native(number) => formatter.write_str(number.name()),
            Self::Unknown(number) => write!(formatter, "unknown:{number}"),
            Self::Compat(number) => write!(formatter, "compat:{number}"),
        }
    }
}

impl Supervisor {
    /// Starts the thread, with no listener yet.
    pub(crate) fn start(options: WatchOptions) -> Result<Self, Error> {
        let wake = rustix::event::eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map_err(|error| Error::Thread(error.into()))?;
        let shared = Arc::new(Shared {
            notes_paths: options.watch == SyscallWatch::Paths,
            wake,
            ending: AtomicBool::new(false),
            inbox: Mutex::default(),
            seen: Mutex::default(),
        });
        let worker = Worker { shared: Arc::clone(&shared), options, listeners: Vec::new() };
        let thread = std::thread::Builder::new()
            .name("syscalls".to_owned())
            .spawn(move || worker.run())
            .map_err(Error::Thread)?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Serves one more listener.
    pub(crate) fn add(&self, listener: OwnedFd) {
        lock(&self.shared.inbox).push(listener);
        self.shared.wake();
    }

    /// Notes the execution of a program by a process of the sandbox's own, whose memory may not be readable from here.
    pub(crate) fn note_program(&self, pid: i32, program: &OsStr) {
        if self.shared.notes_paths {
            let (class, path) = (AccessClass::Exec, program.to_owned());
            lock(&self.shared.seen).add(PathAccess {
                pid,
                comm: None,
                class,
                path,
                time: Instant::now(),
            });
        }
    }

    /// Counts by name, so far. Hot calls are not among them.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        let seen = lock(&self.shared.seen);
        seen.counts.iter().map(|(name, count)| (name.to_string(), *count)).collect()
    }

    /// Accesses since the last call, each process's kind and path once.
    pub(crate) fn drain_accesses(&self) -> Vec<PathAccess> {
        std::mem::take(&mut lock(&self.shared.seen).fresh)
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::Release);
        self.shared.wake();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the system call supervisor has panicked");
        }
    }
}

impl Shared {
    fn wake(&self) {
        if let Err(error) = rustix::io::write(&self.wake, &1_u64.to_ne_bytes()) {
            // Only when the counter is full, and then the thread is awake anyway.
            tracing::debug!(%error, "the system call supervisor is busy");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // The data is valid after any panic: each update is a single insertion.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Worker {
    shared: Arc<Shared>,
    options: WatchOptions,
    listeners: Vec<OwnedFd>,
}

impl Worker {
    fn run(mut self) {
        while !self.shared.ending.load(Ordering::Acquire) {
            let (mut ready, mut ended) = (Vec::new(), Vec::new());
            let mut fds = vec![PollFd::new(&self.shared.wake, PollFlags::IN)];
            fds.extend(self.listeners.iter().map(|fd| PollFd::new(fd, PollFlags::IN)));
            if let Err(error) = rustix::event::poll(&mut fds, None)
                && error != rustix::io::Errno::INTR
            {
                tracing::error!(%error, "cannot wait for system calls");
                return;
            }
            for (index, fd) in fds.iter().skip(1).enumerate() {
                if fd.revents().contains(PollFlags::IN) {
                    ready.push(index);
                } else if !fd.revents().is_empty() {
                    ended.push(index);
                }
            }
            for index in ready {
                self.serve(index);
            }
            for index in ended.into_iter().rev() {
                self.listeners.remove(index);
            }
            self.take_new_listeners();
        }
    }

    fn take_new_listeners(&mut self) {
        let mut count = [0; 8];
        // Nothing to read means that nothing is new.
        if rustix::io::read(&self.shared.wake, &mut count).is_ok() {
            for listener in lock(&self.shared.inbox).drain(..) {
                if let Err(error) = notify::wake_on_the_same_processor(listener.as_fd()) {
                    tracing::debug!(%error, "system calls are watched with two wake-ups each");
                }
                self.listeners.push(listener);
            }
        }
    }

    fn serve(&self, index: usize) {
        let Some(listener) = self.listeners.get(index) else { return };
        let call = match notify::receive(listener.as_fd()) {
            Ok(Some(call)) => call,
            Ok(None) => return,
            Err(error) => {
                tracing::error!(%error, "cannot receive a system call");
                return;
            }
        };
        let outcome = self.note(&call);
        if let Err(error) = notify::answer(listener.as_fd(), call.id, outcome) {
            tracing::error!(%error, "cannot answer a system call");
        }
    }

    fn note(&self, call: &Notification) -> Outcome {
        let name = call_name(call);
        *lock(&self.shared.seen).counts.entry(name).or_default() += 1;
        let CallName::Native(number) = name else { return Outcome::Run };
        if matches!(number, Sysno::listen | Sysno::bind) {
            let caller = Caller::new(call.pid, None);
            let port = match number {
                Sysno::bind => caller.read_port(call.args[1], call.args[2]),
                _ => None,
            };
            (self.options.on_socket)(port);
        }
        if self.shared.notes_paths {
            self.note_paths(number, call);
        }
        if self.options.squashed && watch::changes_identity(number) {
            return Outcome::Succeed;
        }
        Outcome::Run
    }

    fn note_paths(&self, number: Sysno, call: &Notification) {
        let Some(arguments) = access::arguments(number) else { return };
        let time = Instant::now();
        let caller = Caller::new(call.pid, self.options.root.as_deref());
        for argument in arguments {
            let Some(path) = path_of(&caller, call, argument) else { continue };
            let class = match access::open_flags(number, &call.args) {
                Some(OpenFlags::Value(flags)) => access::open_class(flags),
                Some(OpenFlags::At(address)) => {
                    caller.read_u64(address).map_or(argument.class, access::open_class)
                }
                None => argument.class,
            };
            lock(&self.shared.seen).add(PathAccess {
                pid: call.pid,
                comm: None,
                class,
                path,
                time,
            });
        }
    }
}

impl Seen {
    /// Notes an access whose caller waits: its name is read only for what is new.
    fn add(&mut self, mut access: PathAccess) {
        if self.known.len() >= MAX_ACCESSES {
            return;
        }
        if self.known.insert((access.pid, access.class, access.path.clone())) {
            access.comm = fs_err::read(format!("/proc/{}/comm", access.pid)).ok();
            self.fresh.push(access);
        }
    }
}

fn call_name(call: &Notification) -> CallName {
    let number = call.number.cast_unsigned();
    if call.arch != NATIVE_ARCH || number >= FOREIGN_NUMBERS {
        return CallName::Compat(call.number);
    }
    Sysno::new(number as usize).map_or(CallName::Unknown(call.number), CallName::Native)
}

/// The absolute path that an argument names; `None` when it is none or cannot be read.
fn path_of(caller: &Caller<'_>, call: &Notification, argument: PathArgument) -> Option<OsString> {
    let address = *call.args.get(argument.path)?;
    let path = if argument.is_address {
        let length = *call.args.get(argument.path + 1)?;
        caller.read_unix_address(address, length)?
    } else {
        caller.read_path(address)?
    };
    if path.first() == Some(&b'/') {
        return Some(OsString::from_vec(path));
    }
    if path.is_empty() && argument.class != AccessClass::Exec {
        // An operation on a descriptor (AT_EMPTY_PATH), whose opening was seen.
        return None;
    }
    let base = match argument.base {
        // The kernel looks at the lower half only.
        Some(index) => call.args.get(index).map(|fd| lower_half(*fd))?,
        None => libc::AT_FDCWD,
    };
    let mut full = caller.directory(base)?.as_os_str().as_bytes().to_vec();
    if !path.is_empty() {
        if full.last() != Some(&b'/') {
            full.push(b'/');
        }
        full.extend_from_slice(&path);
    }
    Some(OsString::from_vec(full))
}

/// A descriptor argument: the kernel ignores what is above its 32 bits.
fn lower_half(argument: u64) -> i32 {
    let [a, b, c, d, ..] = argument.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(pid: i32, path: &str) -> PathAccess {
        PathAccess {
            pid,
            comm: None,
            class: AccessClass::Stat,
            path: path.into(),
            time: Instant::now(),
        }
    }

    #[test]
    fn keeps_each_access_once() {
        let mut seen = Seen::default();
        for (pid, path) in [(1, "/a"), (1, "/a"), (2, "/a"), (1, "/b")] {
            seen.add(access(pid, path));
        }
        assert_eq!(seen.fresh.len(), 3);
        seen.fresh.clear();
        seen.add(access(1, "/a"));
        assert!(seen.fresh.is_empty());
    }

    #[test]
    fn descriptors_are_32_bits() {
        for (argument, expected) in
            [(3, 3), (0xffff_ff9c, libc::AT_FDCWD), (0xffff_ffff_ffff_ff9c, libc::AT_FDCWD)]
        {
            assert_eq!(lower_half(argument), expected, "{argument:x}");
        }
    }

    #[test]
    fn names_calls_by_convention() {
        let call = |arch, number| Notification { id: 1, pid: 1, number, arch, args: [0; 6] };
        let listen = Sysno::listen.id();
        for (arch, number, expected) in [
            (NATIVE_ARCH, listen, "listen".to_owned()),
            (NATIVE_ARCH, 9999, "unknown:9999".to_owned()),
            (0x4000_0003, 5, "compat:5".to_owned()),
            (NATIVE_ARCH, listen | 0x4000_0000, format!("compat:{}", listen | 0x4000_0000)),
        ] {
            assert_eq!(call_name(&call(arch, number)).to_string(), expected);
        }
    }
}
