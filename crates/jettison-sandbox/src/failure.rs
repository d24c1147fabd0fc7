//! What can go wrong, in terms of the step that failed: each step knows its way out.

use std::{ffi::OsString, fmt, io, path::PathBuf};

use serde::{Deserialize, Serialize};

/// A step of making a sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Step {
    /// `unshare(CLONE_NEWUSER)`.
    UserNamespace,
    /// Writing `/proc/PID/uid_map` and `gid_map`, directly or by `newuidmap`.
    IdMap,
    /// `unshare` of the other namespaces.
    Namespaces,
    /// Becoming uid 0 of the user namespace.
    BecomeRoot,
    /// Bringing the loopback interface up.
    Loopback,
    /// Opening `/dev/fuse`.
    OpenFuse,
    /// Mounting FUSE.
    MountFuse,
    /// Mounting tmpfs.
    MountTmpfs,
    /// User xattrs on tmpfs or the scratch directory, which the overlay needs.
    TmpfsXattr,
    /// Mounting the overlay.
    MountOverlay,
    /// Opening the root directory or a mount's source.
    OpenSource,
    /// Any other mount of the sandbox's root.
    Mount,
    /// `pivot_root`.
    PivotRoot,
    /// `chroot`.
    Chroot,
    /// Making a directory or file in the root.
    Create,
    /// Entering the working directory.
    WorkingDirectory,
    /// Setting user and groups.
    SetUser,
    /// Dropping capabilities.
    Capabilities,
    /// Installing the seccomp filter.
    Filter,
    /// `fork`, pipes and the like.
    Process,
    /// Connecting to a Unix socket of the sandbox.
    Connect,
    /// Talking to the helper.
    Conversation,
    /// Walking what was written, processes or sockets.
    Inventory,
    /// Giving the caller's directories back.
    Cleanup,
}

impl Step {
    const fn text(self) -> &'static str {
        match self {
            Self::UserNamespace => "cannot make a user namespace",
            Self::IdMap => "cannot map user ids into the user namespace",
            Self::Namespaces => "cannot make mount, network, pid, uts and ipc namespaces",
            Self::BecomeRoot => "cannot become root of the user namespace",
            Self::Loopback => "cannot bring the loopback interface up",
            Self::OpenFuse => "cannot open",
            Self::MountFuse => "cannot mount the image's file system (FUSE)",
            Self::MountTmpfs => "cannot mount tmpfs",
            Self::TmpfsXattr => {
                "no user extended attributes, which an overlay needs, where the workload is to write"
            }
            Self::MountOverlay => "cannot mount the overlay",
            Self::OpenSource => "cannot open",
            Self::Mount => "cannot mount",
            Self::PivotRoot => "cannot enter the new root",
            Self::Chroot => "cannot chroot into",
            Self::Create => "cannot make",
            Self::WorkingDirectory => "cannot enter the working directory",
            Self::SetUser => "cannot set user and groups",
            Self::Capabilities => "cannot drop capabilities",
            Self::Filter => "cannot install the system call filter",
            Self::Process => "cannot start a process",
            Self::Connect => "cannot connect to",
            Self::Conversation => "cannot talk to the sandbox helper",
            Self::Inventory => "cannot look into the sandbox",
            Self::Cleanup => "cannot clean up the sandbox's directories",
        }
    }

    /// What the user can do about it, where something can be done.
    const fn way_out(self) -> Option<&'static str> {
        match self {
            Self::UserNamespace => Some(
                "allow them (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone=1, \
                 kernel.apparmor_restrict_unprivileged_userns=0; in a container: a seccomp profile that permits unshare), \
                 or run as root to use chroot (tier 3); `jettison doctor` tells more",
            ),
            Self::IdMap => Some(
                "give the user a range in /etc/subuid and /etc/subgid and install newuidmap (package uidmap)",
            ),
            Self::OpenFuse => Some(
                "load the module (modprobe fuse), make it accessible (chmod 666 /dev/fuse), in a container pass \
                 --device /dev/fuse; or use tier 2",
            ),
            Self::MountFuse | Self::MountOverlay => Some(
                "needs Linux 5.11 with FUSE and overlayfs usable in user namespaces; or use tier 2",
            ),
            Self::TmpfsXattr => Some(
                "needs Linux 6.6, or a work directory on a file system with user extended attributes (--work-dir DIR)",
            ),
            Self::Chroot => Some("needs root with CAP_SYS_CHROOT"),
            Self::Filter => {
                Some("needs CONFIG_SECCOMP_FILTER and Linux 5.5; or turn the system call watch off")
            }
            _ => None,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.text())
    }
}

/// A failed step, with the file it was about and the kernel's reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What was being done.
    pub step: Step,
    /// The file it was about.
    pub path: Option<OsString>,
    /// `errno`.
    pub errno: i32,
}

impl Failure {
    pub(crate) fn new(step: Step, error: &io::Error) -> Self {
        Self { step, path: None, errno: errno(error) }
    }

    pub(crate) fn at(step: Step, path: impl Into<OsString>, error: &io::Error) -> Self {
        Self { path: Some(path.into()), ..Self::new(step, error) }
    }

    /// The step's way out, if there is one.
    pub fn way_out(&self) -> Option<&'static str> {
        self.step.way_out()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.step)?;
        if let Some(path) = &self.path {
            write!(formatter, " {}", path.display())?;
        }
        write!(formatter, ": {}", io::Error::from_raw_os_error(self.errno))?;
        match self.way_out() {
            Some(way_out) => write!(formatter, " ({way_out})"),
            None => Ok(()),
        }
    }
}

/// The kernel's number in an error. fs-err's errors keep only the kind.
fn errno(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(match error.kind() {
        io::ErrorKind::NotFound => libc::ENOENT,
        io::ErrorKind::PermissionDenied => libc::EACCES,
        io::ErrorKind::NotADirectory => libc::ENOTDIR,
        io::ErrorKind::UnexpectedEof => libc::EPIPE,
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => libc::EINVAL,
        _ => libc::EIO,
    })
}

/// Why a program did not start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecFailure {
    /// The program as it was asked for, or the file that was found for it.
    pub program: OsString,
    /// `errno`.
    pub errno: i32,
    /// Whether a bare name was sought in `PATH`.
    pub searched_path: bool,
}

impl ExecFailure {
    /// The status with which `docker run` ends for the same reason: 127 not found, 126 not executable.
    pub fn docker_status(&self) -> u8 {
        if self.errno == libc::ENOENT { 127 } else { 126 }
    }
}

impl fmt::Display for ExecFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let program = self.program.display();
        match self.errno {
            libc::ENOENT if self.searched_path => write!(formatter, "{program}: not found in PATH"),
            libc::ENOENT => {
                write!(formatter, "{program}: not found, or the interpreter it names is not there")
            }
            libc::EACCES => write!(formatter, "{program}: not executable by its user"),
            libc::ENOEXEC => write!(formatter, "{program}: not a program for this processor"),
            errno => write!(formatter, "{program}: {}", io::Error::from_raw_os_error(errno)),
        }
    }
}

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The helper program could not be started.
    #[error("cannot start the sandbox helper {program}: {source}")]
    Helper {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The helper program ended, or is none.
    #[error("the sandbox helper ended or did not answer while it was to {doing}{said}")]
    HelperGone {
        /// What was asked of it.
        doing: &'static str,
        /// What it wrote on its standard error, introduced by a colon; empty when nothing.
        said: String,
    },
    /// A step failed.
    #[error("{0}")]
    Setup(Failure),
    /// The workload or an exec could not be started.
    #[error("{0}")]
    Exec(ExecFailure),
    /// What was asked for makes no sense, such as a FUSE root for a copying tier.
    #[error("{0}")]
    Spec(&'static str),
    /// The caller's file system server did not start.
    #[error("cannot serve the image's file system: {0}")]
    Serve(io::Error),
    /// A thread could not be started.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Setup(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_kernels_reason_and_names_the_way_out() {
        let error = fs_err::read("/no/such/file").expect_err("missing");
        let failure = Failure::at(Step::OpenFuse, "/dev/fuse", &error);
        assert_eq!(failure.errno, libc::ENOENT);
        let text = failure.to_string();
        assert!(text.starts_with("cannot open /dev/fuse: No such file"), "{text}");
        assert!(text.contains("--device /dev/fuse"), "{text}");
        let other = Failure::new(Step::Mount, &io::ErrorKind::InvalidData.into());
        assert_eq!((other.errno, other.way_out()), (libc::EINVAL, None));
    }

    #[test]
    fn maps_to_dockers_statuses() {
        for (errno, searched_path, status, text) in [
            (libc::ENOENT, true, 127, "x: not found in PATH"),
            (libc::ENOENT, false, 127, "x: not found, or the interpreter it names is not there"),
            (libc::EACCES, false, 126, "x: not executable by its user"),
            (libc::ENOEXEC, false, 126, "x: not a program for this processor"),
        ] {
            let failure = ExecFailure { program: "x".into(), errno, searched_path };
            assert_eq!((failure.docker_status(), failure.to_string().as_str()), (status, text));
        }
    }
}
