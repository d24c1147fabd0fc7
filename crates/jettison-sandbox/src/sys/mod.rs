//! The only unsafe code of the project: system calls that no safe wrapper covers.
//!
//! Each function does one system call (or one fixed pair of them) and gives it a safe signature, so that the rest of
//! the crate reads as ordinary Rust. Everything that depends on the processor is here as well.

pub(crate) mod filter;
pub(crate) mod memory;
pub(crate) mod network;
pub(crate) mod notify;
pub(crate) mod process;
