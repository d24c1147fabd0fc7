//! Sockets of the sandbox's network that the handle is given.

use std::{
    ffi::OsStr,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
};

use rustix::{
    fs::{Mode, OFlags, ResolveFlags},
    net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType},
};

use super::At;
use crate::failure::{Failure, Step};

/// A TCP socket, to be connected by the handle.
pub(super) fn tcp(v6: bool) -> Result<OwnedFd, Failure> {
    let family = if v6 { AddressFamily::INET6 } else { AddressFamily::INET };
    rustix::net::socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)
        .step(Step::Process)
}

/// A socket connected to the Unix socket `name`, which begins with `@` where it is abstract. Paths are looked up in the
/// sandbox's root: `root` where this process is outside of it.
///
/// It does not block, nor does the connecting: a server that accepts nothing must not keep this process.
pub(super) fn connected_unix(name: &OsStr, root: Option<&OwnedFd>) -> Result<OwnedFd, Failure> {
    let label = &name.to_string_lossy();
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
        .at(Step::Connect, label)?;
    // Held until the connection is made: its address may be the number of this descriptor.
    let found;
    let address = match (name.as_bytes().strip_prefix(b"@"), root) {
        (Some(name), _) => SocketAddrUnix::new_abstract_name(name),
        (None, None) => SocketAddrUnix::new(name),
        (None, Some(root)) => {
            let flags = OFlags::PATH | OFlags::CLOEXEC;
            found = rustix::fs::openat2(root, name, flags, Mode::empty(), ResolveFlags::IN_ROOT)
                .at(Step::Connect, label)?;
            SocketAddrUnix::new(format!("/proc/self/fd/{}", found.as_raw_fd()))
        }
    }
    .at(Step::Connect, label)?;
    rustix::net::connect(&socket, &address).at(Step::Connect, label)?;
    Ok(socket)
}
