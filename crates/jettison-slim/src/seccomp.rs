//! A seccomp profile for the slim image, in Docker's JSON.
//!
//! Allowed is what the program was seen to call, what the sandbox cannot see because it lets it through unasked, and what
//! a runtime calls between loading the filter and `execve`. The last is why profiles that only hold what was seen stop
//! every container from starting.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// What runtimes call after the filter is loaded, up to and with the `execve` of the program: they drop groups, ids and
/// capabilities, close descriptors, tell their parent and wait for its go; Go's runtime and the C library add memory,
/// thread and signal calls of their own. Source: libcontainer's `finalizeNamespace` and crun's `container_init`, in their
/// order; held by `tests/images.sh`, which starts every slim image under its profile in a real engine.
const RUNTIME: [&str; 62] = [
    "arch_prctl",
    "brk",
    "capget",
    "capset",
    "chdir",
    "clone",
    "clone3",
    "close",
    "close_range",
    "dup",
    "dup2",
    "dup3",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_wait",
    "execve",
    "exit",
    "exit_group",
    "faccessat",
    "faccessat2",
    "fchdir",
    "fcntl",
    "fstat",
    "fstatfs",
    "futex",
    "getcwd",
    "getdents64",
    "geteuid",
    "getpid",
    "getppid",
    "getrandom",
    "gettid",
    "getuid",
    "mmap",
    "mprotect",
    "munmap",
    "nanosleep",
    "newfstatat",
    "open",
    "openat",
    "openat2",
    "pipe2",
    "prctl",
    "pread64",
    "prlimit64",
    "read",
    "readlinkat",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_getaffinity",
    "sched_yield",
    "set_robust_list",
    "set_tid_address",
    "setgid",
    "setgroups",
    "setuid",
    "sigaltstack",
    "tgkill",
    "write",
];

/// The whole profile. Source of the format: Docker's `profiles/seccomp`, moby `api/types/blkiodev` JSON names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    default_action: &'static str,
    default_errno_ret: u32,
    architectures: Vec<&'static str>,
    syscalls: Vec<Allowed>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Allowed {
    names: Vec<String>,
    action: &'static str,
}

/// `EPERM`, what Docker's own profile answers.
const EPERM: u32 = 1;

impl Profile {
    /// Allows `seen` (by name, as the sandbox counted them), `unasked` (those it lets through), and what runtimes need.
    ///
    /// `architecture` is the image's, in GOARCH's words; an unknown one leaves the list of architectures empty, which means
    /// the native one to a runtime.
    pub fn new(seen: &BTreeMap<String, u64>, unasked: &[&str], architecture: &str) -> Self {
        let names: BTreeSet<&str> =
            seen.keys().map(String::as_str).chain(unasked.iter().copied()).chain(RUNTIME).collect();
        let architectures = match architecture {
            "amd64" => vec!["SCMP_ARCH_X86_64"],
            "arm64" => vec!["SCMP_ARCH_AARCH64"],
            _ => Vec::new(),
        };
        let names = names.into_iter().map(str::to_owned).collect();
        Self {
            default_action: "SCMP_ACT_ERRNO",
            default_errno_ret: EPERM,
            architectures,
            syscalls: vec![Allowed { names, action: "SCMP_ACT_ALLOW" }],
        }
    }

    /// As the file that `docker run --security-opt seccomp=FILE` takes.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("strings and numbers always serialise")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seen_unasked_and_runtime_calls_are_allowed_once_and_sorted() {
        let seen = BTreeMap::from([("bind".to_owned(), 2), ("execve".to_owned(), 1)]);
        let profile = Profile::new(&seen, &["accept4", "read"], "amd64");
        let names = &profile.syscalls[0].names;
        assert!(names.is_sorted() && names.windows(2).all(|pair| pair[0] != pair[1]));
        for name in ["accept4", "bind", "execve", "setgroups"] {
            assert!(names.iter().any(|known| known == name), "{name}");
        }
        assert!(!names.iter().any(|name| name == "ptrace"));
        let json = profile.to_json();
        assert!(
            json.contains("\"defaultAction\": \"SCMP_ACT_ERRNO\"")
                && json.contains("SCMP_ARCH_X86_64")
        );
    }
}
