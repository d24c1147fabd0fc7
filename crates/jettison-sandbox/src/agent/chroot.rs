//! The last tier's root: a copy of the image, entered with `chroot`, in which nothing can be mounted.

use std::os::fd::OwnedFd;

use rustix::{
    fs::{CWD, FileType, Mode},
    io::Errno,
};

use super::{At, device, root::Built};
use crate::{
    failure::{Failure, Step},
    protocol::Plan,
};

/// Enters the copy.
pub(super) fn enter(directory: &OwnedFd) -> Result<(), Failure> {
    rustix::process::fchdir(directory).step(Step::Chroot)?;
    rustix::process::chroot(".").step(Step::Chroot)
}

/// Enters the copy and makes in it, as files, what the other tiers mount. A container's root may make these device
/// nodes (CAP_MKNOD and the device cgroup's default rules).
pub(super) fn build(plan: &Plan, directory: &OwnedFd) -> Result<Built, Failure> {
    enter(directory)?;
    let mut warnings = vec![
        "without namespaces there is no /proc and no /sys, and the network is shared".to_owned(),
    ];
    for path in ["/dev", "/dev/shm", "/dev/pts", "/proc", "/sys", "/etc"] {
        make_directory(path, 0o755)?;
    }
    for directory in plan.spec.directories.iter().chain([&plan.spec.cwd]) {
        make_directory(&directory.to_string_lossy(), 0o755)?;
    }
    let all = Mode::from_raw_mode(0o1777);
    rustix::fs::chmod("/dev/shm", all).at(Step::Create, "/dev/shm")?;
    for (name, major, minor) in device::NODES {
        let path = format!("/dev/{name}");
        let number = rustix::fs::makedev(major, minor);
        let made = rustix::fs::mknodat(CWD, &*path, FileType::CharacterDevice, Mode::RWXU, number)
            .and_then(|()| rustix::fs::chmod(&*path, Mode::from_raw_mode(0o666)));
        if !matches!(made, Ok(()) | Err(Errno::EXIST)) {
            warnings.push(format!("{path} cannot be made"));
        }
    }
    for (to, link) in device::LINKS {
        if !matches!(rustix::fs::symlink(to, link), Ok(()) | Err(Errno::EXIST)) {
            warnings.push(format!("{link} cannot be made"));
        }
    }
    for (name, content) in super::root::etc_files(&plan.spec) {
        let path = format!("/etc/{name}");
        if fs_err::write(&path, content).is_err() {
            warnings.push(format!("{path} cannot be written"));
        }
    }
    Ok(Built { warnings, ..Built::default() })
}

/// Makes a directory and its parents; an existing one keeps its mode.
fn make_directory(path: &str, mode: u32) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(mode).create(path).at(Step::Create, path)
}
