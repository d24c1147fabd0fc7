//! The listener side of seccomp user notification.

#![expect(unsafe_code, reason = "the notification ioctls have no safe wrapper")]

use std::{
    io,
    os::fd::{AsRawFd, BorrowedFd},
};

/// One held system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Notification {
    /// The kernel's cookie for the answer.
    pub(crate) id: u64,
    /// The thread that called, as the reader's pid namespace sees it; 0 when it is not visible there.
    pub(crate) pid: i32,
    /// Number within `arch`.
    pub(crate) number: i32,
    /// `AUDIT_ARCH_*`.
    pub(crate) arch: u32,
    /// The six raw arguments.
    pub(crate) args: [u64; 6],
}

/// Takes the next held call; `Ok(None)` when the caller was killed or disturbed in the meantime.
pub(crate) fn receive(listener: BorrowedFd<'_>) -> io::Result<Option<Notification>> {
    let mut raw = std::mem::MaybeUninit::<libc::seccomp_notif>::zeroed();
    // SAFETY: the ioctl reads and writes one zeroed `seccomp_notif`, as the kernel demands.
    let result = unsafe {
        libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, raw.as_mut_ptr())
    };
    if result != 0 {
        let error = io::Error::last_os_error();
        return match error.raw_os_error() {
            Some(libc::ENOENT | libc::EINTR) => Ok(None),
            _ => Err(error),
        };
    }
    // SAFETY: it was zeroed, which is a valid value, and the kernel has filled it.
    let raw = unsafe { raw.assume_init() };
    Ok(Some(Notification {
        id: raw.id,
        pid: raw.pid.cast_signed(),
        number: raw.data.nr,
        arch: raw.data.arch,
        args: raw.data.args,
    }))
}

/// Asks the kernel to hand the processor straight to the listener when a call is held, and back when it is answered.
///
/// Linux 6.6; an older kernel answers `EINVAL` and is only slower.
pub(crate) fn wake_on_the_same_processor(listener: BorrowedFd<'_>) -> io::Result<()> {
    /// `SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP` (`linux/seccomp.h`).
    const SYNC_WAKE_UP: u64 = 1;
    // SAFETY: the ioctl takes plain flags and touches no memory.
    let result = unsafe {
        libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// How a held call goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The kernel runs it.
    Run,
    /// It returns 0 without having run.
    Succeed,
}

/// Answers a held call. That the caller is gone is not an error.
pub(crate) fn answer(listener: BorrowedFd<'_>, id: u64, outcome: Outcome) -> io::Result<()> {
    let flags = match outcome {
        Outcome::Run => {
            u32::try_from(libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE).expect("the flag is 1")
        }
        Outcome::Succeed => 0,
    };
    let mut response = libc::seccomp_notif_resp { id, val: 0, error: 0, flags };
    // SAFETY: the ioctl reads one `seccomp_notif_resp`.
    let result = unsafe {
        libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw mut response)
    };
    if result == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    if error.raw_os_error() == Some(libc::ENOENT) { Ok(()) } else { Err(error) }
}
