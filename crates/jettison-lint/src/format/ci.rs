//! Annotations of GitHub and GitLab.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, Write},
};

use serde_json::json;

use super::{document::Document, writer::Form};
use crate::{
    diagnostic::{Diagnostic, fingerprint},
    rule::{Language, Level},
};

/// Workflow commands (GitHub Docs, "Workflow commands for GitHub Actions").
pub(super) struct Github(pub(super) Language);

impl Form for Github {
    fn add(&mut self, one: &Diagnostic, out: &mut dyn Write) -> io::Result<()> {
        let command = match one.finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Info | Level::Style | Level::Off => "notice",
        };
        let path = escaped(&one.path, &[':', ',']);
        let title = escaped(one.finding.rule, &[':', ',']);
        let message = escaped(one.finding.message.in_language(self.0), &[]);
        let Diagnostic { line, column, end_line, end_column, .. } = one;
        // A column range is only understood within one line.
        let columns = if line == end_line {
            format!(",col={column},endColumn={end_column}")
        } else {
            String::new()
        };
        writeln!(
            out,
            "::{command} file={path},line={line},endLine={end_line}{columns},title={title}::{message}"
        )
    }

    fn finish(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
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
pub(super) fn gitlab(language: Language) -> impl Form {
    let mut seen: BTreeMap<u64, u32> = BTreeMap::new();
    Document::new(
        |issues| issues,
        move |one: &Diagnostic| {
            let severity = match one.finding.level {
                Level::Error => "critical",
                Level::Warning => "major",
                Level::Info => "minor",
                Level::Style | Level::Off => "info",
            };
            let print = fingerprint(one);
            let count = seen.entry(print).or_default();
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
        },
    )
}
