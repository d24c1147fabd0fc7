//! Enters the namespaces of a sandbox, in the one order that works.

use std::os::fd::{AsFd, OwnedFd};

use rustix::{
    fs::{CWD, Mode, OFlags},
    thread::{Gid, Uid, UnshareFlags},
};

use super::At;
use crate::{
    failure::{Failure, Step},
    idmap::IdMap,
    protocol::{Call, Event, Message, Request},
    sys,
    wire::Channel,
};

/// Makes the user namespace and waits until the handle has written its maps.
///
/// The FUSE device must be opened by a process that is already in the user namespace (the kernel compares the opener's
/// with the mounter's) but still has the host's file system ids, or a device with mode 0600 cannot be opened by root. It
/// is sent to the handle and returned for the mount.
pub(super) fn enter_user_namespace(
    control: &Channel,
    wants_fuse: bool,
) -> Result<Option<OwnedFd>, Failure> {
    sys::process::unshare(UnshareFlags::NEWUSER).step(Step::UserNamespace)?;
    let fuse = if wants_fuse { Some(open_fuse()?) } else { None };
    let fds: Vec<_> = fuse.iter().map(AsFd::as_fd).collect();
    control.send(&Message::Event(Event::Unshared), &fds).step(Step::Conversation)?;
    match control.receive::<Request>().step(Step::Conversation)? {
        Some((Request { call: Call::Mapped, .. }, _)) => Ok(fuse),
        _ => Err(Failure::new(Step::Conversation, &std::io::ErrorKind::InvalidData.into())),
    }
}

fn open_fuse() -> Result<OwnedFd, Failure> {
    rustix::fs::open("/dev/fuse", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
        .at(Step::OpenFuse, "/dev/fuse")
}

/// Makes the other namespaces. Children of this process from now on are in the new pid namespace.
pub(super) fn enter_others() -> Result<(), Failure> {
    let needed = UnshareFlags::NEWNS
        | UnshareFlags::NEWNET
        | UnshareFlags::NEWPID
        | UnshareFlags::NEWUTS
        | UnshareFlags::NEWIPC;
    // Kernels without cgroups refuse the last one.
    sys::process::unshare(needed | UnshareFlags::NEWCGROUP)
        .or_else(|_refused| sys::process::unshare(needed))
        .step(Step::Namespaces)
}

/// Becomes uid 0 of the user namespace where that is mapped; else it is already the one id there is.
pub(super) fn become_root(ids: &IdMap) -> Result<(), Failure> {
    match ids {
        IdMap::Host | IdMap::Single { .. } => Ok(()),
        IdMap::Direct { .. } | IdMap::Subordinate { .. } => {
            rustix::thread::set_thread_groups(&[]).step(Step::BecomeRoot)?;
            let (group, user) = (Gid::ROOT, Uid::ROOT);
            rustix::thread::set_thread_res_gid(group, group, group).step(Step::BecomeRoot)?;
            rustix::thread::set_thread_res_uid(user, user, user).step(Step::BecomeRoot)
        }
    }
}

/// A handle to the host's `/proc` in which files can be listed and read after the root has changed.
pub(super) fn open_proc() -> Result<OwnedFd, Failure> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open("/proc", flags, Mode::empty()).at(Step::OpenSource, "/proc")
}

/// A handle to a directory or file of the host that stays valid when the root changes.
pub(super) fn open_path(path: &std::path::Path) -> Result<OwnedFd, Failure> {
    rustix::fs::openat(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
        .map_err(|error| Failure::at(Step::OpenSource, path, &error.into()))
}
