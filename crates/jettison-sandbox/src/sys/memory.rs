//! Reads the memory of another process, for the paths in its system calls.

#![expect(unsafe_code, reason = "process_vm_readv has no safe wrapper in rustix")]

use std::io;

/// Copies from `address` of process `pid` into `buffer`; returns how much could be read before the first unmapped page.
///
/// Needs the right to trace the process (`ptrace(2)`, `PTRACE_MODE_ATTACH_REALCREDS`).
pub(crate) fn read_process(pid: i32, address: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let local = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    let Ok(address) = usize::try_from(address) else {
        return Err(io::Error::from_raw_os_error(libc::EFAULT));
    };
    let remote =
        libc::iovec { iov_base: std::ptr::without_provenance_mut(address), iov_len: buffer.len() };
    // SAFETY: the kernel writes at most `iov_len` bytes into `buffer`, which is borrowed mutably for the call, and checks
    // the remote address itself.
    let read = unsafe { libc::process_vm_readv(pid, &raw const local, 1, &raw const remote, 1, 0) };
    usize::try_from(read).map_err(|_negative| io::Error::last_os_error())
}
