//! Compares the parser with BuildKit's recorded answers on a collection of files.
//!
//! `JETTISON_DOCKERFILES=DIR cargo bench -p jettison-dockerfile --bench agreement`, where DIR
//! holds `dockerfiles/` and `buildkit.jsonl`: one object per file with `file`, `parse_error`,
//! `instr_error`, `escape` and `instrs`, each of which is [keyword, first line, last line, is
//! JSON, flags, here-documents as [name, expand, chomp, descriptor, length]]. Prints each
//! difference and the time taken; the exit status tells whether there was one.

#![expect(clippy::print_stdout, reason = "the report is this program's output")]
#![expect(clippy::disallowed_methods, reason = "the directory comes from the environment")]

use std::{fs, path::Path, process::ExitCode, time::Instant};

use jettison_dockerfile::{Dockerfile, Instruction, parse};
use serde_json::{Value, json};

fn main() -> ExitCode {
    let Ok(directory) = std::env::var("JETTISON_DOCKERFILES") else {
        println!("JETTISON_DOCKERFILES is not set: nothing compared");
        return ExitCode::SUCCESS;
    };
    let directory = Path::new(&directory);
    let answers = fs::read_to_string(directory.join("buildkit.jsonl")).expect("buildkit.jsonl");
    let mut files = 0_usize;
    let mut bytes = 0_usize;
    let mut different = 0_usize;
    let mut taken = std::time::Duration::ZERO;
    for line in answers.lines() {
        let answer: Value = serde_json::from_str(line).expect("one object per line");
        let name = answer["file"].as_str().expect("a file name");
        let source = fs::read(directory.join("dockerfiles").join(name)).expect("the file");
        let start = Instant::now();
        let file = parse(&source);
        taken += start.elapsed();
        files += 1;
        bytes += source.len();
        let found = differences(&file, &source, &answer);
        different += usize::from(!found.is_empty());
        for difference in found {
            println!("{name}: {difference}");
        }
    }
    println!("{files} files, {bytes} bytes, parsed in {taken:?}; {different} differ");
    if different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn differences(file: &Dockerfile, source: &[u8], answer: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let joined: Vec<u8> =
        file.tokens.iter().flat_map(|token| &source[token.span.clone()]).copied().collect();
    if joined != source {
        found.push("the tokens do not make up the source".to_owned());
    }
    let is_refused = !answer["parse_error"].is_null() || !answer["instr_error"].is_null();
    if is_refused == file.problems.is_empty() {
        let error = answer["parse_error"].as_str().or(answer["instr_error"].as_str());
        found.push(format!("BuildKit: {error:?}; here: {:?}", file.problems));
    }
    if answer["escape"] != json!(file.escape.to_string()) {
        found.push(format!("escape is {}, here {:?}", answer["escape"], file.escape));
    }
    let expected = answer["instrs"].as_array().map_or(&[][..], Vec::as_slice);
    if expected.len() != file.instructions.len() {
        let count = file.instructions.len();
        found.push(format!("{} instructions, here {count}", expected.len()));
    }
    for (theirs, ours) in expected.iter().zip(&file.instructions) {
        let ours = described(ours);
        let mut theirs = theirs.clone();
        if theirs[4].is_null() {
            theirs[4] = json!([]);
        }
        if theirs != ours {
            found.push(format!("{theirs}, here {ours}"));
        }
    }
    found
}

fn described(instruction: &Instruction) -> Value {
    let flags: Vec<&str> = instruction.flags.iter().map(|flag| flag.text.as_str()).collect();
    let heredocs: Vec<Value> = instruction
        .heredocs
        .iter()
        .map(|one| json!([one.name, one.expands, one.chomps, one.descriptor, one.body.len()]))
        .collect();
    json!([
        instruction.name.text,
        instruction.first_line + 1,
        instruction.last_line + 1,
        instruction.is_json(),
        flags,
        heredocs,
    ])
}
