//! Compares findings with hadolint's and BuildKit's recorded ones on a collection of files.
//!
//! `JETTISON_DOCKERFILES=DIR cargo bench -p jettison-lint --bench parity [-- CODE]`, where DIR
//! holds `dockerfiles/`, `hadolint.jsonl` (`file`, `parse_error`, `findings` as [code, line,
//! level]) and `buildkit.jsonl` (`file`, `lint_stopped`, `instr_error`, `warnings` as [rule,
//! line, text]). Prints precision and recall by rule; with a code, each place where the two
//! differ. Places are compared by instruction, because hadolint knows no finer ones. Of a RUN,
//! hadolint tells one of ShellCheck's findings: whatever else is found there is not compared.

#![expect(clippy::print_stdout, reason = "the report is this program's output")]
#![expect(clippy::disallowed_methods, reason = "the directory comes from the environment")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::{Duration, Instant},
};

use jettison_dockerfile::Dockerfile;
use jettison_lint::{Linted, NoNeighbours, Settings, lint, rules};
use serde_json::Value;

/// Findings of one file: code and first line of the instruction.
type Places = BTreeSet<(String, usize)>;

#[derive(Default)]
struct Count {
    both: usize,
    ours: usize,
    theirs: usize,
}

fn main() {
    let Ok(directory) = std::env::var("JETTISON_DOCKERFILES") else {
        println!("JETTISON_DOCKERFILES is not set: nothing compared");
        return;
    };
    let shown = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let directory = Path::new(&directory);
    let hadolint = read(directory, "hadolint.jsonl");
    let buildkit = read(directory, "buildkit.jsonl");
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut taken = Duration::ZERO;
    let mut total = 0;
    for (name, theirs) in &hadolint {
        let source = fs::read(directory.join("dockerfiles").join(name)).expect("the file");
        let start = Instant::now();
        let linted = lint(&source, &NoNeighbours, &Settings::default());
        taken += start.elapsed();
        total += linted.findings.len();
        let mut ours = places_of(&linted, is_hadolint);
        // hadolint's comments do not silence BuildKit.
        let heedless = Settings { forbids_inline_ignores: true, ..Settings::default() };
        let heedless = if linted.silenced > 0 {
            lint(&source, &NoNeighbours, &heedless)
        } else {
            linted.clone()
        };
        ours.extend(places_of(&heedless, |code| !is_hadolint(code) && !code.starts_with("JT-")));
        let mut expected = Places::new();
        let hadolint_read = theirs["parse_error"] == false;
        if hadolint_read {
            expected.extend(places(&linted.file, &theirs["findings"]));
        }
        let answer = &buildkit[name];
        let buildkit_read = answer["lint_stopped"].is_null() && answer["instr_error"].is_null();
        if buildkit_read {
            expected.extend(places(&linted.file, &answer["warnings"]));
        }
        ours.retain(|(code, _)| if is_hadolint(code) { hadolint_read } else { buildkit_read });
        drop_untold(&mut ours, &expected);
        compare(name, &ours, &expected, &mut counts, shown.as_deref());
    }
    print_table(&counts);
    println!("{} files, {total} findings, {taken:?}", hadolint.len());
}

fn places_of(linted: &Linted, is_wanted: impl Fn(&str) -> bool) -> Places {
    let mut places = Places::new();
    for finding in &linted.findings {
        let line = linted.file.lines().line_of(finding.span.start) + 1;
        let line = instruction_line(&linted.file, line);
        let names = finding.aliases.iter().map(String::as_str).chain([finding.rule]);
        places.extend(names.filter(|name| is_wanted(name)).map(|name| (name.to_owned(), line)));
    }
    places
}

/// Drops ShellCheck's codes of instructions for which another one of them is expected.
fn drop_untold(ours: &mut Places, expected: &Places) {
    let told: BTreeSet<usize> =
        expected.iter().filter(|(code, _)| code.starts_with("SC")).map(|(_, line)| *line).collect();
    ours.retain(|place| {
        !place.0.starts_with("SC") || !told.contains(&place.1) || expected.contains(place)
    });
}

fn is_hadolint(code: &str) -> bool {
    code.len() == 6 && (code.starts_with("DL") || code.starts_with("SC"))
}

fn read(directory: &Path, name: &str) -> BTreeMap<String, Value> {
    let text = fs::read_to_string(directory.join(name)).expect(name);
    let parsed = text.lines().map(|line| {
        let value: Value = serde_json::from_str(line).expect("one object per line");
        (value["file"].as_str().expect("a file name").to_owned(), value)
    });
    parsed.collect()
}

fn places(file: &Dockerfile, findings: &Value) -> Places {
    let findings = findings.as_array().map_or(&[][..], Vec::as_slice);
    let place = |finding: &Value| {
        let line = usize::try_from(finding[1].as_u64().unwrap_or(1)).expect("a line fits");
        (finding[0].as_str().unwrap_or_default().to_owned(), instruction_line(file, line))
    };
    findings.iter().map(place).collect()
}

/// First line of the instruction that `line` (both from 1) is in.
fn instruction_line(file: &Dockerfile, line: usize) -> usize {
    file.instructions
        .iter()
        .find(|one| one.first_line < line && line <= one.last_line + 1)
        .map_or(line, |one| one.first_line + 1)
}

fn compare(
    name: &str,
    ours: &Places,
    theirs: &Places,
    counts: &mut BTreeMap<String, Count>,
    shown: Option<&str>,
) {
    for place in ours.union(theirs) {
        let count = counts.entry(place.0.clone()).or_default();
        let side = match (ours.contains(place), theirs.contains(place)) {
            (true, true) => {
                count.both += 1;
                continue;
            }
            (true, false) => {
                count.ours += 1;
                "only here"
            }
            _ => {
                count.theirs += 1;
                "only there"
            }
        };
        if shown == Some(place.0.as_str()) {
            println!("{name}:{}: {side}", place.1);
        }
    }
}

fn print_table(counts: &BTreeMap<String, Count>) {
    println!("| code | rule | both | only here | only there | precision | recall |");
    println!("|---|---|---|---|---|---|---|");
    for (code, count) in counts {
        let rule = rules().find(|rule| rule.is_called(code)).map_or("-", |rule| rule.id);
        println!(
            "| {code} | {rule} | {} | {} | {} | {} | {} |",
            count.both,
            count.ours,
            count.theirs,
            percent(count.both, count.both + count.ours),
            percent(count.both, count.both + count.theirs),
        );
    }
}

/// `part` of `whole` in percent, with one decimal place.
fn percent(part: usize, whole: usize) -> String {
    let tenths = (part * 1000 + whole / 2).checked_div(whole).unwrap_or(1000);
    format!("{}.{}", tenths / 10, tenths % 10)
}
