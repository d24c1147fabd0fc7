//! A whole image archive, recognised by its content, opened and verified.
//!
//! Shared by the fuzz target and by the test that replays the corpus with stable Rust.

use std::io::Write;

use jettison_transport::{OpenOptions, Source, open};

/// Panics when untrusted bytes do something that they must not.
pub(crate) fn run(data: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(data).expect("a temporary file");
    let options = OpenOptions::new(std::env::temp_dir());
    drop(open(&Source::Path(file.path().to_owned()), &options));
}
