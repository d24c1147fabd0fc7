//! Fixes every file of a collection and checks what fixes promise.
//!
//! `JETTISON_DOCKERFILES=DIR cargo bench -p jettison-lint --bench fixes`, where DIR holds
//! `dockerfiles/`. For each file and each finding with a fix, applied alone: the file is still
//! read without new problems and the same finding is gone. All fixes together: doing it again
//! changes nothing. The exit status tells whether all of that held.

#![expect(clippy::print_stdout, reason = "the report is this program's output")]
#![expect(clippy::disallowed_methods, reason = "the directory comes from the environment")]

use std::{collections::BTreeMap, fs, path::Path, process::ExitCode};

use jettison_dockerfile::{apply, parse};
use jettison_lint::{Finding, NoNeighbours, Safety, Settings, fix, lint};

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
        let settings = Settings::default();
        let linted = lint(&source, &NoNeighbours, &settings);
        let problems = linted.file.problems.len();
        for finding in linted.findings.iter().filter(|finding| finding.fix.is_some()) {
            *applied.entry(finding.rule).or_default() += 1;
            if let Some(fault) = fault_of(&source, finding, &linted.findings, problems) {
                println!("{name}: {} at {:?}: {fault}", finding.rule, finding.span);
                broken += 1;
            }
        }
        for safety in [Safety::Safe, Safety::Unsafe] {
            let once = fix(&source, &NoNeighbours, &settings, safety).source;
            let twice = fix(&once, &NoNeighbours, &settings, safety).source;
            if once != twice {
                println!("{name}: fixing a second time changes something ({safety:?})");
                broken += 1;
            }
        }
    }
    for (rule, count) in &applied {
        println!("{rule}: {count}");
    }
    println!("{} files, {broken} faults", files.len());
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What is wrong with `finding`'s fix.
fn fault_of(source: &[u8], finding: &Finding, all: &[Finding], problems: usize) -> Option<String> {
    let fix = finding.fix.as_ref()?;
    let fixed = match apply(source, &fix.edits) {
        Ok(fixed) => fixed,
        Err(error) => return Some(error.to_string()),
    };
    if parse(&fixed).problems.len() > problems {
        return Some("the file cannot be read afterwards".to_owned());
    }
    let of_rule =
        |findings: &[Finding]| findings.iter().filter(|one| one.rule == finding.rule).count();
    let after = lint(&fixed, &NoNeighbours, &Settings::default()).findings;
    (of_rule(&after) >= of_rule(all)).then(|| "the rule is not silent afterwards".to_owned())
}
