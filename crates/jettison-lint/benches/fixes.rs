//! Fixes every file of a collection and checks what fixes promise (`tests/promises`).
//!
//! `JETTISON_DOCKERFILES=DIR cargo bench -p jettison-lint --bench fixes`, where DIR holds
//! `dockerfiles/`. The exit status tells whether all of that held.

#![expect(clippy::print_stdout, reason = "the report is this program's output")]
#![expect(clippy::disallowed_methods, reason = "the directory comes from the environment")]

#[path = "../tests/promises/mod.rs"]
mod promises;

use std::{collections::BTreeMap, fs, path::Path, process::ExitCode};

use jettison_lint::{NoNeighbours, Settings};

fn main() -> ExitCode {
    let Ok(directory) = std::env::var("JETTISON_DOCKERFILES") else {
        println!("JETTISON_DOCKERFILES is not set: nothing checked");
        return ExitCode::SUCCESS;
    };
    let entries = fs::read_dir(Path::new(&directory).join("dockerfiles")).expect("dockerfiles/");
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let mut applied: BTreeMap<&str, usize> = BTreeMap::new();
    let mut broken = 0;
    for path in &files {
        let source = fs::read(path).expect("the file");
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let count = |rule| *applied.entry(rule).or_default() += 1;
        for fault in promises::broken(&source, &NoNeighbours, &Settings::default(), count) {
            println!("{name}: {fault}");
            broken += 1;
        }
    }
    for (rule, count) in &applied {
        println!("{rule}: {count}");
    }
    println!("{} files, {} fixes, {broken} faults", files.len(), applied.values().sum::<usize>());
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
