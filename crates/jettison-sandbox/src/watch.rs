//! Which system calls a sandbox is told about.

use std::collections::BTreeMap;

use syscalls::Sysno;

use crate::{
    access,
    spec::SyscallWatch,
    sys::filter::{Filter, Verdict},
};

/// System calls that nearly every program makes in its inner loops. They are never counted, so that watching costs
/// nothing, and belong in every profile. Names that the processor does not have are skipped. `bind` and `listen` are
/// not among them: they tell when a server is ready.
const HOT: &[&str] = &[
    "accept",
    "accept4",
    "access",
    "arch_prctl",
    "brk",
    "clock_getres",
    "clock_gettime",
    "clock_nanosleep",
    "clone",
    "clone3",
    "close",
    "connect",
    "dup",
    "dup2",
    "dup3",
    "epoll_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "eventfd2",
    "execve",
    "exit",
    "exit_group",
    "faccessat",
    "faccessat2",
    "fcntl",
    "fdatasync",
    "flock",
    "fstat",
    "fsync",
    "ftruncate",
    "futex",
    "getcwd",
    "getdents64",
    "getegid",
    "geteuid",
    "getgid",
    "getpeername",
    "getpid",
    "getppid",
    "getrandom",
    "getrlimit",
    "getrusage",
    "getsockname",
    "getsockopt",
    "gettid",
    "gettimeofday",
    "getuid",
    "ioctl",
    "lseek",
    "lstat",
    "madvise",
    "membarrier",
    "mincore",
    "mmap",
    "mprotect",
    "mremap",
    "msync",
    "munmap",
    "nanosleep",
    "newfstatat",
    "open",
    "openat",
    "pipe2",
    "poll",
    "ppoll",
    "pread64",
    "prlimit64",
    "pselect6",
    "pwrite64",
    "read",
    "readlink",
    "readlinkat",
    "readv",
    "recvfrom",
    "recvmsg",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigpending",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigsuspend",
    "rt_sigtimedwait",
    "sched_getaffinity",
    "sched_setaffinity",
    "sched_yield",
    "select",
    "sendfile",
    "sendmsg",
    "sendto",
    "set_robust_list",
    "set_tid_address",
    "setsockopt",
    "shutdown",
    "sigaltstack",
    "socket",
    "socketpair",
    "stat",
    "statx",
    "sysinfo",
    "tgkill",
    "uname",
    "wait4",
    "write",
    "writev",
];

/// Calls that change owners or identity. Where only one id exists they succeed without doing anything.
const IDENTITY: &[&str] = &[
    "chown",
    "fchown",
    "fchownat",
    "lchown",
    "setfsgid",
    "setfsuid",
    "setgid",
    "setgroups",
    "setregid",
    "setresgid",
    "setresuid",
    "setreuid",
    "setuid",
];

/// The calls that are never counted, by name.
pub fn hot_syscalls() -> Vec<&'static str> {
    known(HOT).map(|number| number.name()).collect()
}

/// Whether a held call changes owners or identity.
pub(crate) fn changes_identity(number: Sysno) -> bool {
    IDENTITY.contains(&number.name())
}

fn known(names: &'static [&'static str]) -> impl Iterator<Item = Sysno> {
    names.iter().filter_map(|name| name.parse().ok())
}

/// The filter for a workload; `None` when nothing is watched or answered.
///
/// `squashed`: only one id exists, so calls that change identity are answered (by the supervisor, which then counts
/// them, or in the kernel when there is none).
pub(crate) fn filter(watch: SyscallWatch, squashed: bool) -> Option<Filter> {
    let mut rules = BTreeMap::new();
    match watch {
        SyscallWatch::Off => {
            if !squashed {
                return None;
            }
            rules.extend(known(IDENTITY).map(|number| (number, Verdict::Errno(0))));
            Some(Filter { rules, otherwise: Verdict::Allow, foreign: Verdict::Allow })
        }
        SyscallWatch::Cold => {
            rules.extend(known(HOT).map(|number| (number, Verdict::Allow)));
            // 32-bit programs run, slowly: their every call is counted.
            Some(Filter { rules, otherwise: Verdict::Notify, foreign: Verdict::Notify })
        }
        SyscallWatch::Paths => {
            rules.extend(
                known(HOT)
                    .filter(|number| access::arguments(*number).is_none())
                    .map(|number| (number, Verdict::Allow)),
            );
            // What could open files unseen must fail visibly: programs fall back from io_uring; a 32-bit program does
            // not run, which is an error and not a file that is missing later.
            let refused = Verdict::Errno(errno(libc::ENOSYS));
            rules.insert(Sysno::io_uring_setup, refused);
            Some(Filter { rules, otherwise: Verdict::Notify, foreign: refused })
        }
    }
}

fn errno(value: i32) -> u16 {
    u16::try_from(value).expect("errno values are below 4096")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hot_calls_are_sorted_and_unique() {
        assert!(HOT.is_sorted_by(|left, right| left < right));
        assert!(IDENTITY.is_sorted_by(|left, right| left < right));
        assert!(hot_syscalls().len() > 80);
    }

    #[test]
    fn each_watch_notifies_what_it_promises() {
        let verdict = |watch, squashed, number: Sysno| {
            filter(watch, squashed)
                .map(|filter| filter.rules.get(&number).copied().unwrap_or(filter.otherwise))
        };
        for (watch, squashed, number, expected) in [
            (SyscallWatch::Off, false, Sysno::read, None),
            (SyscallWatch::Off, true, Sysno::fchown, Some(Verdict::Errno(0))),
            (SyscallWatch::Off, true, Sysno::read, Some(Verdict::Allow)),
            (SyscallWatch::Cold, false, Sysno::openat, Some(Verdict::Allow)),
            (SyscallWatch::Cold, false, Sysno::listen, Some(Verdict::Notify)),
            (SyscallWatch::Cold, true, Sysno::fchown, Some(Verdict::Notify)),
            (SyscallWatch::Paths, false, Sysno::openat, Some(Verdict::Notify)),
            (SyscallWatch::Paths, false, Sysno::execve, Some(Verdict::Notify)),
            (SyscallWatch::Paths, false, Sysno::connect, Some(Verdict::Notify)),
            (SyscallWatch::Paths, false, Sysno::read, Some(Verdict::Allow)),
            (SyscallWatch::Paths, false, Sysno::io_uring_setup, Some(Verdict::Errno(38))),
        ] {
            assert_eq!(verdict(watch, squashed, number), expected, "{watch:?} {number}");
        }
    }
}
