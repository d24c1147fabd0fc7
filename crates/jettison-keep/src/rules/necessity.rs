//! Each rule is needed: its own fixtures fail when it is switched off.
//!
//! The tests of a rule's file are run once more, by this very test program, with the rule switched off on every stage. Some
//! of them must fail: otherwise they would not notice if the rule did nothing. A new rule is held to that without being
//! added anywhere.

use std::process::Command;

use super::all;

/// The variable by which the second run learns which rule is off.
const OFF: &str = "JETTISON_TEST_RULE_OFF";

/// The rule that stages must do without in this process, if any.
#[expect(clippy::disallowed_methods, reason = "set by the test below, for its own second run")]
pub(crate) fn switched_off() -> Option<String> {
    std::env::var(OFF).ok()
}

/// The file, without its ending, that holds the rule.
fn module(rule: &str) -> String {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules");
    let names_it = format!("fn name(&self) -> &'static str {{\n        \"{rule}\"");
    let constant = format!("\"{rule}\"");
    let mut found = Vec::new();
    for entry in fs_err::read_dir(directory).expect("the sources are there") {
        let path = entry.expect("the directory can be listed").path();
        let text = fs_err::read_to_string(&path).expect("sources are text");
        let uses_constant = rule == super::INCLUDED && text.contains("        INCLUDED\n");
        if text.contains("impl Rule for") && (text.contains(&names_it) || uses_constant) {
            found.push(path.file_stem().expect("it has a name").to_string_lossy().into_owned());
        }
    }
    assert_eq!(found.len(), 1, "one file has the rule named {constant}: {found:?}");
    found.remove(0)
}

/// Runs the tests of a module without a rule; the names of those that failed.
fn failing_without(rule: &str, module: &str) -> Vec<String> {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program)
        .args([&format!("rules::{module}::tests::"), "--test-threads=2"])
        .env(OFF, rule)
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("this program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let results = text.lines().filter_map(|line| line.strip_prefix("test "));
    let failed = results.filter_map(|line| line.strip_suffix(" ... FAILED"));
    failed.map(str::to_owned).collect()
}

#[test]
fn every_rules_fixtures_fail_without_it() {
    assert_eq!(switched_off(), None, "this is the first run");
    let useless: Vec<&str> = all()
        .into_iter()
        .map(super::super::rule::Rule::name)
        .filter(|rule| failing_without(rule, &module(rule)).is_empty())
        .collect();
    assert_eq!(useless, Vec::<&str>::new(), "no fixture fails without these rules");
}
