//! Processes and signals: fork, exec, unshare, signalfd.

#![expect(
    unsafe_code,
    reason = "wraps process system calls that rustix does not offer as safe functions"
)]

use std::{
    ffi::CString,
    io,
    os::fd::{FromRawFd, OwnedFd},
    ptr,
};

use rustix::thread::UnshareFlags;

/// Which side of a [`fork`] the caller is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forked {
    /// The new process.
    Child,
    /// The caller, with the child's pid as the caller's pid namespace sees it.
    Parent(i32),
}

/// Forks the calling process, which must have a single thread.
///
/// Fails with `EBUSY` when there are more threads: the child would then own locks whose holders do not exist in it.
pub(crate) fn fork() -> io::Result<Forked> {
    if thread_count()? != 1 {
        return Err(io::Error::from_raw_os_error(libc::EBUSY));
    }
    // SAFETY: the process has one thread (checked above), so the child may run any code.
    let pid = unsafe { libc::fork() };
    match pid {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Forked::Child),
        pid => Ok(Forked::Parent(pid)),
    }
}

/// Threads of this process. `/proc/self/task` has one directory for each, and a directory's link count is 2 plus its
/// subdirectories.
fn thread_count() -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    match fs_err::metadata("/proc/self/task") {
        Ok(metadata) => Ok(metadata.nlink().saturating_sub(2)),
        // After the agent has entered the sandbox's root, `/proc/self` does not name it any more: it was single-threaded
        // when it entered and starts no thread.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(1),
        Err(error) => Err(error),
    }
}

/// Ends the calling process at once, without running exit handlers: for the child side of a fork.
pub(crate) fn exit_now(status: i32) -> ! {
    // SAFETY: `_exit` takes any status and does not return.
    unsafe { libc::_exit(status) }
}

/// `execve(2)`: returns only with the error.
pub(crate) fn exec(program: &CString, argv: &[CString], env: &[CString]) -> io::Error {
    let argv = null_terminated(argv);
    let env = null_terminated(env);
    // SAFETY: all three point to NUL-terminated strings and null-terminated arrays that outlive the call.
    unsafe { libc::execve(program.as_ptr(), argv.as_ptr(), env.as_ptr()) };
    io::Error::last_os_error()
}

fn null_terminated(strings: &[CString]) -> Vec<*const libc::c_char> {
    strings.iter().map(|string| string.as_ptr()).chain([ptr::null()]).collect()
}

/// `unshare(2)` of namespaces. The file descriptor table is never unshared, so no descriptor changes its meaning.
pub(crate) fn unshare(flags: UnshareFlags) -> io::Result<()> {
    debug_assert!(!flags.contains(UnshareFlags::FILES));
    // SAFETY: `unshare` is unsafe for `CLONE_FILES` alone, which the callers never pass.
    unsafe { rustix::thread::unshare_unsafe(flags) }?;
    Ok(())
}

/// `kill(2)` with any signal number, real-time signals included (`StopSignal: SIGRTMIN+3`).
pub(crate) fn kill(pid: i32, signal: i32) -> io::Result<()> {
    if pid <= 0 {
        return Err(io::Error::from_raw_os_error(libc::ESRCH));
    }
    // SAFETY: `kill` takes plain integers and touches no memory of this process.
    let result = unsafe { libc::kill(pid, signal) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Blocks `SIGCHLD` and returns a descriptor that becomes readable when a child ends.
pub(crate) fn child_signals() -> io::Result<OwnedFd> {
    let set = child_signal_set();
    // SAFETY: `set` is an initialised signal set; the old mask is not asked for.
    let result = unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, ptr::null_mut()) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: `set` is an initialised signal set; -1 asks for a new descriptor.
    let fd = unsafe { libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just made this descriptor and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn child_signal_set() -> libc::sigset_t {
    let mut set = empty_signal_set();
    // SAFETY: `set` is initialised and `SIGCHLD` is a valid signal.
    unsafe { libc::sigaddset(&raw mut set, libc::SIGCHLD) };
    set
}

fn empty_signal_set() -> libc::sigset_t {
    let mut set = std::mem::MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: the pointer is to a `sigset_t` that this function owns.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: `sigemptyset` has initialised it (and all zeroes is a valid value).
    unsafe { set.assume_init() }
}

/// Drops what is queued in a [`child_signals`] descriptor.
pub(crate) fn drain_signals(fd: &OwnedFd) {
    let mut buffer = [0_u8; 1024];
    while matches!(rustix::io::read(fd, &mut buffer), Ok(read) if read > 0) {}
}

/// Gives the calling process the signal state of a freshly started program: nothing blocked, nothing ignored.
pub(crate) fn reset_signals() {
    let set = empty_signal_set();
    // SAFETY: `set` is an initialised signal set; the old mask is not asked for.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const set, ptr::null_mut()) };
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: `SIG_DFL` is valid for every signal; SIGKILL, SIGSTOP and libc's own are refused, which is harmless.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

/// Sets the file system ids of the calling *thread*, which decide whose processes it may read through `/proc`.
///
/// The kernel returns the previous id and no error; a refused change shows when the file is opened.
pub(crate) fn set_fs_ids(uid: u32, gid: u32) {
    // SAFETY: takes a plain integer and touches no memory.
    unsafe { libc::setfsgid(gid) };
    // SAFETY: takes a plain integer and touches no memory.
    unsafe { libc::setfsuid(uid) };
}
