//! `/dev`, `/proc` and `/sys` as Docker gives them, as far as the host permits.

use std::ffi::CStr;

use rustix::{
    fs::{CWD, Mode, OFlags},
    mount::{MountFlags, MountPropagationFlags},
};

use super::{At, root::Builder};
use crate::failure::{Failure, Step};

/// Device files that programs expect (OCI runtime specification, "Default Devices"); `/dev/ptmx` is a link here.
/// With their numbers (kernel Documentation/admin-guide/devices.txt), for a root in which they must be made.
pub(super) const NODES: [(&str, u32, u32); 6] = [
    ("null", 1, 3),
    ("zero", 1, 5),
    ("full", 1, 7),
    ("random", 1, 8),
    ("urandom", 1, 9),
    ("tty", 5, 0),
];

/// Links in `/dev` (OCI runtime specification, "Default Devices").
pub(super) const LINKS: [(&str, &str); 6] = [
    ("/proc/self/fd", "/dev/fd"),
    ("/proc/self/fd/0", "/dev/stdin"),
    ("/proc/self/fd/1", "/dev/stdout"),
    ("/proc/self/fd/2", "/dev/stderr"),
    ("pts/ptmx", "/dev/ptmx"),
    ("/proc/kcore", "/dev/core"),
];

/// Hidden from the workload (moby `oci/defaults.go`, `MaskedPaths`).
const MASKED: [&str; 11] = [
    "/proc/acpi",
    "/proc/asound",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/devices/virtual/powercap",
    "/sys/firmware",
];

/// Not writable by the workload (moby `oci/defaults.go`, `ReadonlyPaths`).
const READ_ONLY: [&str; 5] =
    ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// Network settings that Docker gives each container: ports below 1024 and `ping` need no privilege.
const NETWORK_SETTINGS: [(&str, &[&str]); 2] = [
    ("/proc/sys/net/ipv4/ip_unprivileged_port_start", &["0"]),
    ("/proc/sys/net/ipv4/ping_group_range", &["0 2147483647", "0 65535", "0 0"]),
];

const HARDENED: MountFlags = MountFlags::NOSUID.union(MountFlags::NOEXEC).union(MountFlags::NODEV);

/// Mounts `/proc`. A kernel whose visible `/proc` is partly covered (in a container) refuses a fresh one; then the
/// host's is shown, in which `/proc/self` still works.
pub(super) fn mount_proc(builder: &mut Builder<'_>) -> Result<(), Failure> {
    builder.make_directory("/proc")?;
    if rustix::mount::mount("proc", "/proc", "proc", HARDENED, None).is_err() {
        builder.warn("a fresh /proc is refused here: the sandbox shows the host's processes");
        rustix::mount::mount_bind_recursive("proc", "/proc").at(Step::Mount, "/proc")?;
    }
    for (path, values) in NETWORK_SETTINGS {
        if !values.iter().any(|value| fs_err::write(path, value).is_ok()) {
            builder.warn(&format!("{path} cannot be set"));
        }
    }
    Ok(())
}

/// Mounts `/sys`, read-only.
pub(super) fn mount_sys(builder: &mut Builder<'_>) -> Result<(), Failure> {
    builder.make_directory("/sys")?;
    let flags = HARDENED | MountFlags::RDONLY;
    if rustix::mount::mount("sysfs", "/sys", "sysfs", flags, None).is_ok() {
        return Ok(());
    }
    if rustix::mount::mount_bind_recursive("sys", "/sys").is_err() || read_only("/sys").is_err() {
        builder.warn("/sys cannot be mounted");
    }
    Ok(())
}

/// Mounts `/dev` with its devices, links, terminals and shared memory.
pub(super) fn mount_dev(builder: &mut Builder<'_>) -> Result<(), Failure> {
    builder.make_directory("/dev")?;
    rustix::mount::mount("tmpfs", "/dev", "tmpfs", MountFlags::NOSUID, c"mode=755,size=65536k")
        .at(Step::MountTmpfs, "/dev")?;
    for (device, ..) in NODES {
        let target = format!("/dev/{device}");
        create_file(&target)?;
        // The host's device, by a path relative to the host's root, which is the working directory here.
        if rustix::mount::mount_bind(format!("dev/{device}"), &target).is_err() {
            builder.warn(&format!("the host has no {target}"));
        }
    }
    for (to, link) in LINKS {
        rustix::fs::symlink(to, link).at(Step::Create, link)?;
    }
    mount_pts(builder)?;
    for directory in ["/dev/shm", "/dev/mqueue"] {
        rustix::fs::mkdir(directory, Mode::from_raw_mode(0o1777)).at(Step::Create, directory)?;
    }
    rustix::mount::mount("shm", "/dev/shm", "tmpfs", HARDENED, &*builder.shared_memory_options())
        .at(Step::MountTmpfs, "/dev/shm")?;
    if rustix::mount::mount("mqueue", "/dev/mqueue", "mqueue", HARDENED, None).is_err() {
        builder.warn("/dev/mqueue cannot be mounted");
    }
    Ok(())
}

fn mount_pts(builder: &mut Builder<'_>) -> Result<(), Failure> {
    rustix::fs::mkdir("/dev/pts", Mode::from_raw_mode(0o755)).at(Step::Create, "/dev/pts")?;
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
    // Group 5 is `tty` in every distribution; where it is not mapped the terminals have the mounter's group.
    let options: [&CStr; 2] =
        [c"newinstance,ptmxmode=0666,mode=0620,gid=5", c"newinstance,ptmxmode=0666,mode=0620"];
    let mounted = options.iter().any(|options| {
        rustix::mount::mount("devpts", "/dev/pts", "devpts", flags, *options).is_ok()
    });
    if !mounted {
        builder.warn("/dev/pts cannot be mounted");
    }
    Ok(())
}

/// Covers what a container does not show and write-protects what it does not change. Where the kernel refuses, the
/// user namespace still protects the host, so that is only a warning.
pub(super) fn restrict(builder: &mut Builder<'_>) {
    for path in MASKED {
        let Ok(stat) = rustix::fs::stat(path) else { continue };
        let is_directory = rustix::fs::FileType::from_raw_mode(stat.st_mode).is_dir();
        let masked = if is_directory {
            rustix::mount::mount("tmpfs", path, "tmpfs", MountFlags::RDONLY, c"size=0,nr_inodes=1")
        } else {
            rustix::mount::mount_bind("dev/null", path)
        };
        if masked.is_err() {
            builder.warn(&format!("{path} cannot be hidden"));
        }
    }
    for path in READ_ONLY {
        if rustix::fs::stat(path).is_err() {
            continue;
        }
        if rustix::mount::mount_bind_recursive(path, path).is_err() || read_only(path).is_err() {
            builder.warn(&format!("{path} cannot be write-protected"));
        }
    }
}

/// Makes a mount read-only, keeping the flags that a user namespace may not change.
pub(super) fn read_only(path: &str) -> rustix::io::Result<()> {
    let current = rustix::fs::statvfs(path)?.f_flag;
    let mut flags = MountFlags::BIND | MountFlags::RDONLY;
    for (has, keep) in [
        (rustix::fs::StatVfsMountFlags::NOSUID, MountFlags::NOSUID),
        (rustix::fs::StatVfsMountFlags::NODEV, MountFlags::NODEV),
        (rustix::fs::StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
        (rustix::fs::StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
        (rustix::fs::StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
        (rustix::fs::StatVfsMountFlags::RELATIME, MountFlags::RELATIME),
    ] {
        if current.contains(has) {
            flags |= keep;
        }
    }
    rustix::mount::mount_remount(path, flags, c"")
}

/// An empty file to mount something on.
pub(super) fn create_file(path: &str) -> Result<(), Failure> {
    let flags =
        OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    rustix::fs::openat(CWD, path, flags, Mode::from_raw_mode(0o644)).at(Step::Create, path)?;
    Ok(())
}

/// Keeps mounts of the host from appearing here and the other way round.
pub(super) fn make_private() -> Result<(), Failure> {
    let flags = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    rustix::mount::mount_change("/", flags).at(Step::Mount, "/")
}
