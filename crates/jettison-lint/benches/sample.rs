//! Counts a collection's findings by rule, or prints a random sample of one rule's, to be judged by a reader.
//!
//! `JETTISON_DOCKERFILES=DIR cargo bench -p jettison-lint --profile dev --bench sample [-- RULE [COUNT [SEED]]]`,
//! where DIR holds `dockerfiles/`. A seed gives the same order of places: what a change of the rule does not
//! touch stays in the sample. Each finding is shown with the lines around it.

#![expect(clippy::print_stdout, reason = "the report is this program's output")]
#![expect(clippy::disallowed_methods, reason = "the directory comes from the environment")]

use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use jettison_lint::{Diagnostic, Level, NoNeighbours, Settings, diagnostics, lint, rules};

/// Lines that are shown before and after a finding.
const AROUND: usize = 3;

/// 2026-11-26: the same for every run, so that what has ended is, too.
const TODAY: i64 = 20_783;

fn main() {
    let Ok(directory) = std::env::var("JETTISON_DOCKERFILES") else {
        println!("JETTISON_DOCKERFILES is not set: nothing shown");
        return;
    };
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let number = |at: usize, usual: u64| {
        arguments.get(at).map_or(usual, |text| text.parse().expect("a number"))
    };
    let (count, seed) = (number(1, 30), number(2, 1));
    let files = files(Path::new(&directory));
    match arguments.first() {
        None => print_counts(&files),
        Some(rule) => print_sample(&files, rule, usize::try_from(count).expect("fits"), seed),
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory.join("dockerfiles")).expect("dockerfiles/");
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
}

fn print_counts(files: &[PathBuf]) {
    let settings = Settings {
        ignore: ["JT-shell".to_owned()].into(),
        today: Some(TODAY),
        ..Settings::default()
    };
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for path in files {
        let source = fs::read(path).expect("the file");
        let mut of_file: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in lint(&source, &NoNeighbours, &settings).findings {
            *of_file.entry(finding.rule).or_default() += 1;
        }
        for (rule, found) in of_file {
            let (all, files) = counts.entry(rule).or_default();
            (*all, *files) = (*all + found, *files + 1);
        }
    }
    println!("| rule | findings | files |\n|---|---|---|");
    for (rule, (all, files)) in counts {
        println!("| {rule} | {all} | {files} |");
    }
}

fn print_sample(files: &[PathBuf], rule: &str, count: usize, seed: u64) {
    assert!(rules().any(|one| one.is_called(rule)), "no rule is called {rule}");
    let settings = Settings {
        select: [rule.to_owned()].into(),
        levels: [(rule.to_owned(), Level::Warning)].into(),
        today: Some(TODAY),
        ..Settings::default()
    };
    let mut found: Vec<(u64, &PathBuf, Diagnostic)> = Vec::new();
    for path in files {
        let source = fs::read(path).expect("the file");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let linted = lint(&source, &NoNeighbours, &settings);
        for diagnostic in diagnostics(&name, Path::new(""), &linted, &NoNeighbours) {
            let mut hasher = DefaultHasher::new();
            (seed, &name, diagnostic.line, diagnostic.column).hash(&mut hasher);
            found.push((hasher.finish(), path, diagnostic));
        }
    }
    found.sort_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
    println!("{} findings", found.len());
    for (_, path, diagnostic) in found.iter().take(count) {
        print_finding(path, diagnostic);
    }
}

fn print_finding(path: &Path, found: &Diagnostic) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    println!("\n{name}:{}:{}: {}", found.line, found.column, found.finding.message.en);
    let text = String::from_utf8_lossy(&fs::read(path).expect("the file")).into_owned();
    let first = found.line.saturating_sub(AROUND + 1);
    for (at, line) in text.lines().enumerate().skip(first).take(2 * AROUND + 1) {
        println!("{:>5} | {line}", at + 1);
        if at + 1 == found.line {
            // Tabs stay, so that the mark is below its text.
            let before = line.chars().take(found.column.saturating_sub(1));
            let before: String = before.map(|c| if c == '\t' { c } else { ' ' }).collect();
            let width =
                if found.end_line == found.line { found.end_column - found.column } else { 1 };
            println!("      | {before}{}", "^".repeat(width.max(1)));
        }
    }
}
