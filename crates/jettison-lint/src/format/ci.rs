//! Annotations of GitHub and GitLab.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::json::pretty;
use crate::{
    diagnostic::{Diagnostic, fingerprint},
    rule::{Language, Level},
};

/// Workflow commands (GitHub Docs, "Workflow commands for GitHub Actions").
pub(super) fn github(diagnostics: &[Diagnostic], language: Language) -> String {
    let mut text = String::new();
    for one in diagnostics {
        let command = match one.finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Info | Level::Style | Level::Off => "notice",
        };
        let path = escaped(&one.path, &[':', ',']);
        let title = escaped(one.finding.rule, &[':', ',']);
        let message = escaped(one.finding.message.in_language(language), &[]);
        let Diagnostic { line, column, end_line, end_column, .. } = one;
        // A column range is only understood within one line.
        let columns = if line == end_line {
            format!(",col={column},endColumn={end_column}")
        } else {
            String::new()
        };
        writeln!(
            text,
            "::{command} file={path},line={line},endLine={end_line}{columns},title={title}::{message}"
        )
        .expect("writing to a string succeeds");
    }
    text
}

/// `%`, line ends and `more` as percent escapes, so that nothing in a file becomes a command.
fn escaped(text: &str, more: &[char]) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '\r' | '\n') || more.contains(&character) {
            let code = u32::from(character);
            write!(result, "%{code:02X}").expect("writing to a string succeeds");
        } else {
            result.push(character);
        }
    }
    result
}

/// GitLab's code quality report ("Code Quality report format").
pub(super) fn gitlab(diagnostics: &[Diagnostic], language: Language) -> String {
    let mut seen = std::collections::BTreeMap::new();
    let issues: Vec<Value> = diagnostics
        .iter()
        .map(|one| {
            let severity = match one.finding.level {
                Level::Error => "critical",
                Level::Warning => "major",
                Level::Info => "minor",
                Level::Style | Level::Off => "info",
            };
            let print = fingerprint(one);
            let count: &mut u32 = seen.entry(print).or_default();
            *count += 1;
            json!({
                "description": one.finding.message.in_language(language),
                "check_name": one.finding.rule,
                "fingerprint": format!("{print:016x}{count:04x}"),
                "severity": severity,
                "location": {
                    "path": one.path,
                    "lines": { "begin": one.line, "end": one.end_line },
                },
            })
        })
        .collect();
    pretty(&Value::Array(issues))
}
