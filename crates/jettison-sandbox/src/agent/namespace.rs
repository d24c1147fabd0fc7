//! Enters the namespaces of a sandbox, in the one order that works.

use std::os::fd::{AsFd, OwnedFd};

use rustix::{
    fs::{CWD, Mode, OFlags},
    thread::{Gid, LinkNameSpaceType, Uid, UnshareFlags},
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
    announce_user_namespace(control, wants_fuse)
}

/// Enters another sandbox's user namespace, as far as there is one, and its network. To its creator, outside of it, a user
/// namespace grants everything (user_namespaces(7)), so nobody but the user of the other sandbox can do this.
pub(super) fn join(
    control: &Channel,
    wants_fuse: bool,
    mut namespaces: Vec<OwnedFd>,
) -> Result<Option<OwnedFd>, Failure> {
    let network = namespaces.pop().ok_or_else(no_namespace)?;
    let mut fuse = None;
    if let Some(user) = namespaces.pop() {
        rustix::thread::move_into_link_name_space(user.as_fd(), Some(LinkNameSpaceType::User))
            .step(Step::UserNamespace)?;
        fuse = announce_user_namespace(control, wants_fuse)?;
    }
    rustix::thread::move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))
        .step(Step::Namespaces)?;
    enter(UnshareFlags::empty())?;
    Ok(fuse)
}

fn no_namespace() -> Failure {
    Failure::new(Step::Namespaces, &std::io::ErrorKind::InvalidInput.into())
}

/// The namespaces of this process that another sandbox may join, out of a handle to the host's `/proc`.
pub(super) fn shared(proc: &OwnedFd, ids: &IdMap) -> Result<Vec<OwnedFd>, Failure> {
    let names: &[&str] = match ids {
        IdMap::Host => &["self/ns/net"],
        _ => &["self/ns/user", "self/ns/net"],
    };
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    names
        .iter()
        .map(|name| {
            rustix::fs::openat(proc, *name, flags, Mode::empty()).at(Step::Namespaces, name)
        })
        .collect()
}

fn announce_user_namespace(
    control: &Channel,
    wants_fuse: bool,
) -> Result<Option<OwnedFd>, Failure> {
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
    enter(UnshareFlags::NEWNET)
}

/// Makes the namespaces that every sandbox has for itself, and `more`.
fn enter(more: UnshareFlags) -> Result<(), Failure> {
    let needed = more
        | UnshareFlags::NEWNS
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
