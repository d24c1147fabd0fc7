//! Findings as the protocol's diagnostics.

use std::collections::BTreeMap;

use jettison_dockerfile::{Column, LineIndex};
use jettison_lint::{Finding, Language, Level, Neighbours};
use serde_json::{Value, json};

use crate::{
    document::{Document, range},
    protocol::{Client, Range},
};

/// The diagnostics of a document: its own, and those of files beside it by their path there.
pub(crate) fn diagnostics(
    document: &Document,
    neighbours: &dyn Neighbours,
    language: Language,
    client: &Client,
) -> (Vec<Value>, BTreeMap<String, Vec<Value>>) {
    let unit = client.unit;
    let Some(linted) = &document.linted else { return (Vec::new(), BTreeMap::new()) };
    let mut own = Vec::new();
    let mut others: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for finding in &linted.findings {
        match &finding.file {
            None => {
                let place = shown(finding, &document.text, linted.file.lines(), unit);
                own.push(diagnostic(finding, place, language));
            }
            Some(path) => {
                let text = neighbours.text(path).unwrap_or_default();
                let lines = LineIndex::new(&text);
                let mut one = diagnostic(finding, shown(finding, &text, &lines, unit), language);
                if let Some(related) = finding.related.as_ref().filter(|_| client.has_related) {
                    let place =
                        range(&document.text, linted.file.lines(), &related.span, client.unit);
                    one["relatedInformation"] = json!([{
                        "location": { "uri": document.uri, "range": place },
                        "message": related.message.in_language(language),
                    }]);
                }
                others.entry(path.clone()).or_default().push(one);
            }
        }
    }
    (own, others)
}

/// One finding, which is at `place`.
pub(crate) fn diagnostic(finding: &Finding, place: Range, language: Language) -> Value {
    let mut one = json!({
        "range": place,
        "severity": severity(finding.level),
        "code": finding.rule,
        "source": "jettison",
        "message": finding.message.in_language(language),
    });
    if let Some(address) = address(finding) {
        one["codeDescription"] = json!({ "href": address });
    }
    // What is to be shown faded or struck through.
    match finding.rule {
        "JT-unused-arg" | "JT-unused-ignore" | "SC2034" | "SC2317" | "SC2329" => {
            one["tags"] = json!([1]);
        }
        "JT-maintainer" => one["tags"] = json!([2]),
        _ => {}
    }
    one
}

/// The finding's place in `text`, without the line ends at its end.
pub(crate) fn shown(finding: &Finding, text: &str, lines: &LineIndex, unit: Column) -> Range {
    let span = &finding.span;
    let whole = text.get(span.clone()).unwrap_or_default();
    let end = span.start + whole.trim_end_matches(['\r', '\n']).len();
    range(text, lines, &(span.start..end), unit)
}

fn severity(level: Level) -> u8 {
    match level {
        Level::Error => 1,
        Level::Warning => 2,
        Level::Info => 3,
        Level::Style | Level::Off => 4,
    }
}

/// A page on the web about the finding, by the name that another tool has for it.
fn address(finding: &Finding) -> Option<String> {
    if finding.rule.starts_with("SC") {
        return Some(format!("https://www.shellcheck.net/wiki/{}", finding.rule));
    }
    let is_check =
        |alias: &&String| alias.starts_with(char::is_uppercase) && !alias.starts_with("DL");
    let hadolint = finding.aliases.iter().find(|alias| alias.starts_with("DL"));
    hadolint.map(|code| format!("https://github.com/hadolint/hadolint/wiki/{code}")).or_else(|| {
        let name = finding.aliases.iter().find(is_check).filter(|name| !name.starts_with("JT-"))?;
        let mut page = String::new();
        for (at, letter) in name.char_indices() {
            if letter.is_uppercase() && at > 0 {
                page.push('-');
            }
            page.push(letter.to_ascii_lowercase());
        }
        Some(format!("https://docs.docker.com/reference/build-checks/{page}/"))
    })
}
