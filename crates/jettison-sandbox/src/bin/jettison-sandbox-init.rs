//! The sandbox's helper as a program of its own, for this crate's tests and for programs that cannot re-execute
//! themselves.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    jettison_sandbox::init_main()
}
