//! Feeds noise to `harness/docker_archive.rs`.

#![no_main]

#[path = "../harness/docker_archive.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|data: &[u8]| harness::run(data));
