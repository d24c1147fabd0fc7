//! What a caller asks for: the workload, its user, its root and how closely it is watched.

use std::{ffi::OsString, io, os::fd::OwnedFd, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::wire::{optional_os_path, os_path};

/// How a sandbox is made; what the host permits decides. [`crate::HostReport`] says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// User namespace, the image served by FUSE under an overlay, system calls watched by seccomp.
    FuseNamespaces,
    /// User namespace without `/dev/fuse`: the workload runs on a copy of the image and its path calls are watched.
    CopyNamespaces,
    /// Uid 0 without user namespaces (an ordinary container, a CI pod): runs on a copy, path calls watched. Where even
    /// the other namespaces are refused it is a mere `chroot`, shares the network with its surroundings, and is not a
    /// security boundary.
    Chroot,
}

impl Tier {
    /// All tiers, best first.
    pub const ALL: [Self; 3] = [Self::FuseNamespaces, Self::CopyNamespaces, Self::Chroot];

    /// The number by which users know the tier.
    pub const fn number(self) -> u8 {
        match self {
            Self::FuseNamespaces => 1,
            Self::CopyNamespaces => 2,
            Self::Chroot => 3,
        }
    }
}

/// The program that becomes the sandbox's agent: the calling binary itself with a hidden argument, or
/// `jettison-sandbox-init`. It must call [`crate::init_main`] before it starts a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Helper {
    /// File to execute; `/proc/self/exe` for the calling binary.
    pub program: PathBuf,
    /// Arguments after the program's name.
    pub args: Vec<OsString>,
}

/// Numeric identity of the workload. Names are resolved by the caller, from the image's own `/etc/passwd`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserIds {
    /// User id as the image means it.
    pub uid: u32,
    /// Primary group id.
    pub gid: u32,
    /// Supplementary group ids.
    pub groups: Vec<u32>,
}

/// A directory or file of the host that the workload sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Absolute path on the host.
    #[serde(with = "os_path")]
    pub source: PathBuf,
    /// Absolute path in the sandbox; made when missing.
    #[serde(with = "os_path")]
    pub target: PathBuf,
    /// Whether writing is refused.
    pub read_only: bool,
    /// Whether it was made for this run: what other ids have made in it is given back at the end, so that the caller can
    /// remove it.
    pub temporary: bool,
}

/// Which system calls are told to the supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SyscallWatch {
    /// None.
    Off,
    /// All but the hot ones, which the kernel lets pass: names and counts. Measured at 1.02 times the CPU.
    Cold,
    /// As `Cold`, and each call that takes a path, with the path. For roots that no file system server watches.
    Paths,
}

/// A workload and its surroundings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// How the sandbox is made.
    pub tier: Tier,
    /// Program and arguments. A program without `/` is sought in the `PATH` of `env`.
    pub argv: Vec<OsString>,
    /// The complete environment, as `NAME=value`.
    pub env: Vec<OsString>,
    /// Working directory, made when missing.
    #[serde(with = "os_path")]
    pub cwd: PathBuf,
    /// Further directories that are made when missing, with their parents: the declared volumes of an image, which engines
    /// make too.
    pub directories: Vec<PathBuf>,
    /// Whom the workload runs as.
    pub user: UserIds,
    /// Host name, also the content of `/etc/hostname`.
    pub hostname: String,
    /// Content of `/etc/hosts`; `None` leaves the image's.
    pub hosts: Option<String>,
    /// Content of `/etc/resolv.conf`; `None` leaves the image's.
    pub resolv_conf: Option<String>,
    /// Signal number that asks the workload to end.
    pub stop_signal: i32,
    /// Bound in bytes of what the workload may write in memory (overlay upper, `/dev/shm`).
    pub tmpfs_bytes: u64,
    /// An empty directory on disk for what the workload writes, instead of memory: for much data, or where tmpfs has no
    /// user xattrs (before Linux 6.6). It is emptied at the end; the caller removes it. For [`Tier::FuseNamespaces`].
    #[serde(with = "optional_os_path")]
    pub scratch: Option<PathBuf>,
    /// Directories and files of the host that the workload sees. Not possible in [`Tier::Chroot`].
    pub mounts: Vec<Mount>,
    /// Which system calls are watched.
    pub syscalls: SyscallWatch,
    /// Whether other sandboxes are in the same network ([`crate::Sandbox::start_beside`]): the sockets that wait there are
    /// then told apart by the processes that hold them.
    pub shares_network: bool,
}

/// Default of [`Spec::tmpfs_bytes`]: enough for a database's first start, too little to exhaust a small host.
const DEFAULT_TMPFS_BYTES: u64 = 2 << 30;

/// `SIGTERM`, Docker's default `StopSignal`.
const DEFAULT_STOP_SIGNAL: i32 = 15;

impl Spec {
    /// A workload with no environment, run by root in `/`, with loopback names only.
    pub fn new(tier: Tier, argv: Vec<OsString>) -> Self {
        Self {
            tier,
            argv,
            env: Vec::new(),
            cwd: PathBuf::from("/"),
            directories: Vec::new(),
            user: UserIds::default(),
            hostname: "jettison".to_owned(),
            hosts: Some(Self::loopback_hosts("jettison")),
            resolv_conf: Some(String::new()),
            stop_signal: DEFAULT_STOP_SIGNAL,
            tmpfs_bytes: DEFAULT_TMPFS_BYTES,
            scratch: None,
            mounts: Vec::new(),
            syscalls: match tier {
                Tier::FuseNamespaces => SyscallWatch::Cold,
                Tier::CopyNamespaces | Tier::Chroot => SyscallWatch::Paths,
            },
            shares_network: false,
        }
    }

    /// An `/etc/hosts` as Docker writes it, for a sandbox whose only interface is the loopback.
    pub fn loopback_hosts(hostname: &str) -> String {
        format!(
            "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n127.0.0.1\t{hostname}\n"
        )
    }
}

/// Whose files the workload sees. Known before the file system server starts, because it has to tell the owners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Owners {
    /// Ids 0 to 65535 exist: files keep the owners of the image.
    AsInImage,
    /// Only one user and one group exist (no subordinate ids): every file must be served as theirs, `chown` and
    /// `setuid` do nothing and succeed.
    Squashed {
        /// The one user id, as the workload sees it.
        uid: u32,
        /// The one group id.
        gid: u32,
    },
}

/// Starts the file system server on a mounted FUSE device and returns at once.
pub type ServeFuse = Box<dyn FnOnce(OwnedFd, Owners) -> io::Result<()> + Send>;

/// Where the workload's root comes from.
pub enum Root {
    /// [`Tier::FuseNamespaces`]: called with the device once it is mounted; from then on the kernel's requests must be
    /// served, in threads of the callee.
    Fuse(ServeFuse),
    /// The copying tiers: an unpacked image. The workload writes into it. [`crate::IdMap`] says which host ids own it.
    Directory(PathBuf),
}

impl std::fmt::Debug for Root {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fuse(_) => formatter.write_str("Fuse"),
            Self::Directory(path) => formatter.debug_tuple("Directory").field(path).finish(),
        }
    }
}

/// A further program in a running sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecSpec {
    /// Program and arguments, sought as in [`Spec::argv`].
    pub argv: Vec<OsString>,
    /// The complete environment, as `NAME=value`.
    pub env: Vec<OsString>,
    /// Working directory, which must exist.
    #[serde(with = "os_path")]
    pub cwd: PathBuf,
    /// Whom it runs as.
    pub user: UserIds,
    /// What it reads on standard input; empty for end-of-file at once.
    #[serde(skip)]
    pub stdin: Vec<u8>,
}
