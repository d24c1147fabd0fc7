//! Feeds noise to `harness/tar_index.rs`.

#![no_main]

#[path = "../harness/tar_index.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|data: &[u8]| harness::run(data));
