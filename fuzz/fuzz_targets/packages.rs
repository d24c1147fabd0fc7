//! Feeds noise to `harness/packages.rs`.

#![no_main]

#[path = "../harness/packages.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|data: &[u8]| harness::run(data));
