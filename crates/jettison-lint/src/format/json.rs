//! JSON of our own, and reviewdog's.

use serde_json::{Value, json};

use super::{document::Document, writer::Form};
use crate::{
    diagnostic::{Diagnostic, Suggestion},
    finding::Safety,
    rule::{Language, Level},
};

/// Version of our own format; raised when a field changes its meaning.
const VERSION: u32 = 1;

/// `{"version": 1, "findings": [...]}`.
pub(super) fn own(language: Language) -> impl Form {
    let around = |findings: Value| json!({ "version": VERSION, "findings": findings });
    Document::new(around, move |one: &Diagnostic| finding(one, language))
}

fn finding(one: &Diagnostic, language: Language) -> Value {
    let found = &one.finding;
    let fix = found.fix.as_ref().map(|fix| {
        let edits: Vec<Value> = fix
            .edits
            .iter()
            .map(|edit| json!({ "start": edit.start, "end": edit.end, "text": edit.text }))
            .collect();
        json!({
            "title": fix.title.in_language(language),
            "safe": fix.safety == Safety::Safe,
            "file": fix.file,
            "edits": edits,
        })
    });
    let related = one.related.as_ref().map(|place| {
        json!({
            "file": place.path,
            "line": place.line,
            "column": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
            "message": place.message.in_language(language),
        })
    });
    json!({
        "file": one.path,
        "line": one.line,
        "column": one.column,
        "endLine": one.end_line,
        "endColumn": one.end_column,
        "rule": found.rule,
        "aliases": found.aliases,
        "level": found.level.name(),
        "message": found.message.in_language(language),
        "related": related,
        "fix": fix,
    })
}

/// Reviewdog Diagnostic Format as one JSON object.
pub(super) fn rdjson(language: Language) -> impl Form {
    let around = |found: Value| json!({ "source": { "name": "jettison" }, "diagnostics": found });
    Document::new(around, move |one: &Diagnostic| reviewdog(one, language))
}

/// Columns there count in bytes.
fn reviewdog(one: &Diagnostic, language: Language) -> Value {
    let severity = match one.finding.level {
        Level::Error => "ERROR",
        Level::Warning => "WARNING",
        Level::Info | Level::Style | Level::Off => "INFO",
    };
    let first = one.excerpt.lines().next().unwrap_or_default();
    let last = one.excerpt.lines().last().unwrap_or_default();
    let mut diagnostic = json!({
        "message": one.finding.message.in_language(language),
        "location": {
            "path": one.path,
            "range": {
                "start": position(one.line, byte_column(first, one.column)),
                "end": position(one.end_line, byte_column(last, one.end_column)),
            },
        },
        "severity": severity,
        "code": { "value": one.finding.rule },
    });
    if let Some(Suggestion { start, end, text }) = &one.suggestion {
        let range = json!({ "start": position(start.0, start.1), "end": position(end.0, end.1) });
        diagnostic["suggestions"] = json!([{ "range": range, "text": text }]);
    }
    if let Some(related) = &one.related {
        diagnostic["relatedLocations"] = json!([{
            "message": related.message.in_language(language),
            "location": {
                "path": related.path,
                "range": { "start": { "line": related.line }, "end": { "line": related.end_line } },
            },
        }]);
    }
    diagnostic
}

fn position(line: usize, column: usize) -> Value {
    json!({ "line": line, "column": column })
}

/// The column in bytes of the character at `column` of `line`, both from 1.
fn byte_column(line: &str, column: usize) -> usize {
    line.chars().take(column - 1).map(char::len_utf8).sum::<usize>() + 1
}
