//! Replays the corpora of the fuzz targets `manifest` and `config` with stable Rust.

#![expect(clippy::disallowed_methods, reason = "a missing corpus names itself in the panic")]

#[path = "../../../fuzz/harness/config.rs"]
mod config;
#[path = "../../../fuzz/harness/manifest.rs"]
mod manifest;

use std::{fs, path::Path};

fn replay(target: &str, run: fn(&[u8])) -> usize {
    let corpus = Path::new("../../fuzz/corpus").join(target);
    let files =
        fs::read_dir(&corpus).unwrap_or_else(|error| panic!("{}: {error}", corpus.display()));
    let paths = files.map(|file| file.expect("the corpus is readable").path());
    paths.map(|path| run(&fs::read(path).expect("the corpus is readable"))).count()
}

#[test]
fn manifests_of_the_corpus_do_no_harm() {
    assert!(replay("manifest", manifest::run) >= 4, "is the corpus whole?");
}

#[test]
fn configs_of_the_corpus_do_no_harm() {
    assert!(replay("config", config::run) >= 5, "is the corpus whole?");
}
