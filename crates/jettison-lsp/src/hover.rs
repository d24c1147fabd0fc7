//! What the pointer is over: a finding's page, or what an instruction does.

use jettison_lint::{Finding, Language, page, rule};
use serde_json::{Value, json};

use crate::{
    document::{Document, offset, range},
    instructions::help,
    protocol::{Client, Position},
};

/// Pages that are shown together: the smallest findings come first.
const MAX_PAGES: usize = 3;

/// The hover at `position`, or null.
pub(crate) fn hover(
    document: &Document,
    position: Position,
    client: &Client,
    language: Language,
) -> Value {
    let Some(linted) = &document.linted else { return Value::Null };
    let lines = linted.file.lines();
    let at = offset(&document.text, lines, position, client.unit);
    let mut found: Vec<&Finding> = linted
        .findings
        .iter()
        .filter(|one| one.file.is_none() && one.span.start <= at && at < one.span.end)
        .collect();
    found.sort_by_key(|one| one.span.end - one.span.start);
    let mut ids: Vec<&str> = Vec::new();
    for one in &found {
        if !ids.contains(&one.rule) && ids.len() < MAX_PAGES {
            ids.push(one.rule);
        }
    }
    let name = linted.file.instructions.iter().map(|one| (one, &one.name.span));
    let keyword = name.into_iter().find(|(_, span)| span.start <= at && at < span.end);
    let mut parts: Vec<String> = Vec::new();
    let mut span = found.first().map(|one| one.span.clone());
    if let Some((instruction, place)) = keyword {
        parts.push(help(instruction.keyword, language).to_owned());
        span = Some(place.clone());
    }
    parts.extend(ids.iter().filter_map(|id| rule(id)).map(|rule| page(rule, language)));
    parts.retain(|part| !part.is_empty());
    let Some(span) = span.filter(|_| !parts.is_empty()) else { return Value::Null };
    json!({
        "contents": { "kind": "markdown", "value": parts.join("\n\n---\n\n") },
        "range": range(&document.text, lines, &span, client.unit),
    })
}
