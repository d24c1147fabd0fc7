//! The jettison command: arguments in, one library call, rendering out.

#![forbid(unsafe_code)]

fn main() {}
