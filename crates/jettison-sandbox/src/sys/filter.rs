//! Assembles and installs seccomp filters.
//!
//! A filter decides by processor convention and system call number alone, so that the kernel can answer "always allowed"
//! from its bitmap without running the filter (Linux 5.11, `seccomp_cache_prepare`).

#![expect(unsafe_code, reason = "seccomp(2) has no safe wrapper")]

use std::{
    collections::BTreeMap,
    io,
    os::fd::{FromRawFd, OwnedFd},
};

use libc::sock_filter;
use syscalls::Sysno;

/// `AUDIT_ARCH_*` of the processor this was compiled for (`linux/audit.h`).
#[cfg(target_arch = "x86_64")]
pub(crate) const NATIVE_ARCH: u32 = 0xC000_003E;
/// `AUDIT_ARCH_*` of the processor this was compiled for (`linux/audit.h`).
#[cfg(target_arch = "aarch64")]
pub(crate) const NATIVE_ARCH: u32 = 0xC000_00B7;

/// Numbers from here on are x32 calls on `x86_64` (`__X32_SYSCALL_BIT`); no native call of any processor is this high.
pub(crate) const FOREIGN_NUMBERS: u32 = 0x4000_0000;

/// What the kernel does with a system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Runs it.
    Allow,
    /// Holds it and tells the listener.
    Notify,
    /// Fails it with this errno; 0 makes it succeed without doing anything.
    Errno(u16),
}

impl Verdict {
    fn code(self) -> u32 {
        match self {
            Self::Allow => libc::SECCOMP_RET_ALLOW,
            Self::Notify => libc::SECCOMP_RET_USER_NOTIF,
            Self::Errno(errno) => libc::SECCOMP_RET_ERRNO | u32::from(errno),
        }
    }
}

/// A seccomp filter before it is assembled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Calls with a verdict of their own.
    pub(crate) rules: BTreeMap<Sysno, Verdict>,
    /// Every other native call.
    pub(crate) otherwise: Verdict,
    /// Calls by another convention than the processor's own: i386 and x32 on `x86_64`, 32-bit ARM on aarch64.
    pub(crate) foreign: Verdict,
}

impl Filter {
    /// Whether any call is told to a listener.
    pub(crate) fn notifies(&self) -> bool {
        [self.otherwise, self.foreign].contains(&Verdict::Notify)
            || self.rules.values().any(|verdict| *verdict == Verdict::Notify)
    }

    /// The filter as the kernel's classic BPF.
    fn assemble(&self) -> Vec<sock_filter> {
        const LOAD: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
        const JUMP_IF_EQUAL: u16 = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
        const JUMP_IF_AT_LEAST: u16 = 0x35; // BPF_JMP | BPF_JGE | BPF_K
        const RETURN: u16 = 0x06; // BPF_RET | BPF_K
        const NUMBER: u32 = 0; // offsetof(struct seccomp_data, nr)
        const ARCH: u32 = 4; // offsetof(struct seccomp_data, arch)
        let instruction = |code, jt, jf, k| sock_filter { code, jt, jf, k };
        let mut program = vec![
            instruction(LOAD, 0, 0, ARCH),
            instruction(JUMP_IF_EQUAL, 1, 0, NATIVE_ARCH),
            instruction(RETURN, 0, 0, self.foreign.code()),
            instruction(LOAD, 0, 0, NUMBER),
            instruction(JUMP_IF_AT_LEAST, 0, 1, FOREIGN_NUMBERS),
            instruction(RETURN, 0, 0, self.foreign.code()),
        ];
        for (number, verdict) in &self.rules {
            let number = u32::try_from(number.id()).expect("system call numbers are positive");
            program.push(instruction(JUMP_IF_EQUAL, 0, 1, number));
            program.push(instruction(RETURN, 0, 0, verdict.code()));
        }
        program.push(instruction(RETURN, 0, 0, self.otherwise.code()));
        program
    }

    /// Installs the filter on the calling process for good, and returns the listener when it notifies.
    ///
    /// Needs `CAP_SYS_ADMIN` in the user namespace or `no_new_privs`.
    pub(crate) fn install(&self) -> io::Result<Option<OwnedFd>> {
        let program = self.assemble();
        if !self.notifies() {
            seccomp(&program, 0)?;
            return Ok(None);
        }
        // A call that waits for the listener is then disturbed by fatal signals only. Without it, each of the signals by
        // which Go preempts its threads restarts the call and is counted again. Linux 5.19.
        let flags =
            libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
        let fd = match seccomp(&program, flags) {
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {
                seccomp(&program, libc::SECCOMP_FILTER_FLAG_NEW_LISTENER)?
            }
            other => other?,
        };
        // SAFETY: with NEW_LISTENER the call returns a new descriptor that nothing else owns.
        Ok(Some(unsafe { OwnedFd::from_raw_fd(fd) }))
    }
}

fn seccomp(program: &[sock_filter], flags: libc::c_ulong) -> io::Result<i32> {
    let length = u16::try_from(program.len()).map_err(|_too_long| io::ErrorKind::InvalidInput)?;
    let program = libc::sock_fprog { len: length, filter: program.as_ptr().cast_mut() };
    // SAFETY: `program` points to `len` instructions that outlive the call; the kernel copies and checks them.
    let result = unsafe {
        libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program)
    };
    i32::try_from(result).ok().filter(|result| *result >= 0).ok_or_else(io::Error::last_os_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENOSYS: u32 = 0x26;

    /// Runs the assembled program as the kernel would (the four instruction kinds it uses).
    fn run(program: &[sock_filter], arch: u32, number: u32) -> u32 {
        let mut accumulator = 0;
        let mut at = 0;
        loop {
            let instruction = program[at];
            at += 1;
            match instruction.code {
                0x20 => accumulator = if instruction.k == 0 { number } else { arch },
                0x15 if accumulator == instruction.k => at += usize::from(instruction.jt),
                0x35 if accumulator >= instruction.k => at += usize::from(instruction.jt),
                0x15 | 0x35 => at += usize::from(instruction.jf),
                _ => return instruction.k,
            }
        }
    }

    #[test]
    fn decides_by_convention_and_number() {
        let filter = Filter {
            rules: BTreeMap::from([
                (Sysno::read, Verdict::Allow),
                (Sysno::fchown, Verdict::Errno(0)),
            ]),
            otherwise: Verdict::Notify,
            foreign: Verdict::Errno(0x26),
        };
        let program = filter.assemble();
        let read = u32::try_from(Sysno::read.id()).expect("positive");
        let fchown = u32::try_from(Sysno::fchown.id()).expect("positive");
        let listen = u32::try_from(Sysno::listen.id()).expect("positive");
        for (name, arch, number, expected) in [
            ("listed", NATIVE_ARCH, read, libc::SECCOMP_RET_ALLOW),
            ("answered", NATIVE_ARCH, fchown, libc::SECCOMP_RET_ERRNO),
            ("default", NATIVE_ARCH, listen, libc::SECCOMP_RET_USER_NOTIF),
            ("i386", 0x4000_0003, read, libc::SECCOMP_RET_ERRNO | ENOSYS),
            ("x32", NATIVE_ARCH, read | FOREIGN_NUMBERS, libc::SECCOMP_RET_ERRNO | ENOSYS),
        ] {
            assert_eq!(run(&program, arch, number), expected, "{name}");
        }
        assert!(filter.notifies());
    }
}
