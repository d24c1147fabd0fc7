//! SARIF 2.1.0 (OASIS, 2020).

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{document::Document, writer::Form};
use crate::{
    diagnostic::{Diagnostic, fingerprint},
    registry,
    rule::{Language, Level, Rule},
};

/// One run with every rule and all results.
pub(super) fn sarif(language: Language) -> impl Form {
    let rules: Vec<Value> = registry::rules().map(|rule| descriptor(rule, language)).collect();
    let around = |results: Value| {
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "jettison",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                }},
                "language": match language {
                    Language::English => "en",
                    Language::Chinese => "zh",
                },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }],
        })
    };
    Document::new(around, move |one: &Diagnostic| result(one, language))
}

fn descriptor(rule: &Rule, language: Language) -> Value {
    let page = &rule.page;
    let (title, why) = (page.title.in_language(language), page.why.in_language(language));
    json!({
        "id": rule.id,
        "shortDescription": { "text": title },
        "fullDescription": { "text": why },
        "help": {
            "text": format!("{why}\n\n{}", page.good),
            "markdown": crate::page::page(rule, language),
        },
        "defaultConfiguration": {
            "enabled": rule.level != Level::Off,
            "level": level(rule.level),
        },
        "properties": { "aliases": rule.aliases },
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info | Level::Style => "note",
        Level::Off => "none",
    }
}

fn result(one: &Diagnostic, language: Language) -> Value {
    let index = registry::rules().position(|rule| rule.id == one.finding.rule);
    let artifact = json!({ "uri": uri(&one.path) });
    let mut result = json!({
        "ruleId": one.finding.rule,
        "ruleIndex": index,
        "level": level(one.finding.level),
        "message": { "text": one.finding.message.in_language(language) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": artifact,
            "region": {
                "startLine": one.line,
                "startColumn": one.column,
                "endLine": one.end_line,
                "endColumn": one.end_column,
            },
        }}],
        "partialFingerprints": { "jettison/v1": format!("{:016x}", fingerprint(one)) },
        "properties": { "aliases": one.finding.aliases },
    });
    if let Some(related) = &one.related {
        result["relatedLocations"] = json!([{
            "message": { "text": related.message.in_language(language) },
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&related.path) },
                "region": {
                    "startLine": related.line,
                    "startColumn": related.column,
                    "endLine": related.end_line,
                    "endColumn": related.end_column,
                },
            },
        }]);
    }
    result
}

/// `path` as a relative reference: everything that RFC 3986 does not allow there is escaped.
fn uri(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("writing to a string succeeds");
        }
    }
    text
}
