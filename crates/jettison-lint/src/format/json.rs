//! JSON of our own, and reviewdog's.

use serde_json::{Value, json};

use crate::{
    diagnostic::Diagnostic,
    finding::Safety,
    rule::{Language, Level},
};

/// Version of our own format; raised when a field changes its meaning.
const VERSION: u32 = 1;

/// `{"version": 1, "findings": [...]}`.
pub(super) fn own(diagnostics: &[Diagnostic], language: Language) -> String {
    let findings: Vec<Value> = diagnostics.iter().map(|one| finding(one, language)).collect();
    pretty(&json!({ "version": VERSION, "findings": findings }))
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
pub(super) fn rdjson(diagnostics: &[Diagnostic], language: Language) -> String {
    let found: Vec<Value> = diagnostics.iter().map(|one| reviewdog(one, language)).collect();
    pretty(&json!({
        "source": { "name": "jettison" },
        "diagnostics": found,
    }))
}

fn reviewdog(one: &Diagnostic, language: Language) -> Value {
    let severity = match one.finding.level {
        Level::Error => "ERROR",
        Level::Warning => "WARNING",
        Level::Info | Level::Style | Level::Off => "INFO",
    };
    json!({
        "message": one.finding.message.in_language(language),
        "location": {
            "path": one.path,
            "range": {
                "start": { "line": one.line, "column": one.column },
                "end": { "line": one.end_line, "column": one.end_column },
            },
        },
        "severity": severity,
        "code": { "value": one.finding.rule },
    })
}

/// `value` over several lines, with a line end.
pub(super) fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("a JSON value can be written");
    text.push('\n');
    text
}
