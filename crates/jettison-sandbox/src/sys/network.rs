//! Network interfaces: the loopback of a fresh network namespace.

#![expect(unsafe_code, reason = "SIOCSIFFLAGS has no safe wrapper in rustix")]

use std::{io, os::fd::AsRawFd};

use rustix::net::{AddressFamily, SocketFlags, SocketType};

/// Brings the interface `lo` of the calling process's network namespace up.
pub(crate) fn loopback_up() -> io::Result<()> {
    let socket = rustix::net::socket_with(
        AddressFamily::INET,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    let mut name = [0; libc::IFNAMSIZ];
    for (place, byte) in name.iter_mut().zip(b"lo") {
        // Signed on some processors.
        *place = libc::c_char::from_ne_bytes([*byte]);
    }
    let flags = i16::try_from(libc::IFF_UP | libc::IFF_RUNNING).expect("both flags are below 2^15");
    let request = libc::ifreq {
        ifr_name: name,
        ifr_ifru: libc::__c_anonymous_ifr_ifru { ifru_flags: flags },
    };
    // SAFETY: `SIOCSIFFLAGS` reads one `ifreq`, whose name is NUL-terminated and whose flags are set.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
