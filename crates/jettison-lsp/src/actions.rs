//! Code actions: fixes, comments that silence, everything safe at once.

use std::{collections::BTreeMap, path::PathBuf};

use jettison_dockerfile::{Edit, LineIndex};
use jettison_lint::{Finding, Language, Safety, fix, line_edits};
use serde_json::{Value, json};

use crate::{
    document::{Document, offset, range},
    present::diagnostic,
    protocol::{Client, FIX_ALL, Range},
};

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) range: Range,
    /// Kinds that are wanted; all when none are named.
    pub(crate) only: Option<&'a [String]>,
}

impl Asked<'_> {
    /// Whether actions of `kind` are wanted: a kind that is named stands for those below it, too.
    fn wants(&self, kind: &str) -> bool {
        self.only.is_none_or(|kinds| {
            kinds.iter().any(|one| {
                one.is_empty()
                    || kind == one
                    || kind.strip_prefix(one.as_str()).is_some_and(|rest| rest.starts_with('.'))
            })
        })
    }
}

/// The actions for the asked range of `document`.
pub(crate) fn actions(
    document: &Document,
    asked: &Asked<'_>,
    client: &Client,
    language: Language,
    texts: &BTreeMap<PathBuf, String>,
) -> Vec<Value> {
    let Some(linted) = &document.linted else { return Vec::new() };
    let lines = linted.file.lines();
    let start = offset(&document.text, lines, asked.range.start, client.unit);
    let end = offset(&document.text, lines, asked.range.end, client.unit);
    let is_here = |finding: &&Finding| {
        finding.file.is_none() && finding.span.start <= end && start <= finding.span.end
    };
    let mut actions = Vec::new();
    if asked.wants("quickfix") {
        let here: Vec<&Finding> = linted.findings.iter().filter(is_here).collect();
        let fixes = here.iter().filter_map(|one| fix_action(document, one, client, language));
        actions.extend(fixes);
        let ignores = here.iter().filter_map(|one| ignore_action(document, one, client, language));
        actions.extend(ignores);
        actions.dedup();
    }
    if asked.wants(FIX_ALL) {
        actions.extend(fix_all(document, client, language, texts));
    }
    actions
}

fn fix_action(
    document: &Document,
    finding: &Finding,
    client: &Client,
    language: Language,
) -> Option<Value> {
    let fix = finding.fix.as_ref()?;
    let title = fix.title.in_language(language);
    let is_safe = fix.safety == Safety::Safe;
    let warning = match (is_safe, language) {
        (true, _) => "",
        (false, Language::English) => " (unsafe: may change the image)",
        (false, Language::Chinese) => "（不安全：可能改变镜像）",
    };
    let edit = workspace_edit(document, &fix.edits, client);
    let mut action = action(&format!("{title}{warning} [{}]", finding.rule), "quickfix", &edit);
    action["isPreferred"] = json!(is_safe);
    let lines = LineIndex::new(&document.text);
    action["diagnostics"] =
        json!([diagnostic(finding, (&document.text, &lines), language, client.unit)]);
    Some(action)
}

/// A comment above the instruction, or the rule's name in the one that is there.
fn ignore_action(
    document: &Document,
    finding: &Finding,
    client: &Client,
    language: Language,
) -> Option<Value> {
    let file = &document.linted.as_ref()?.file;
    let instruction = file
        .instructions
        .iter()
        .find(|one| one.span.start <= finding.span.start && finding.span.start <= one.span.end)?;
    let id = finding.rule;
    let line = file.lines().line_range(instruction.first_line);
    let above = instruction.first_line.checked_sub(1).map(|line| file.lines().line_range(line));
    let listed = above.and_then(|above| {
        let text = document.text.get(above.clone())?;
        let at = text.find("ignore=")? + "ignore=".len();
        let is_ours = ["# jettison ignore=", "# hadolint ignore="];
        is_ours.iter().any(|start| text.trim_start().starts_with(start)).then(|| {
            let names = &text[at..];
            let length = names.find(char::is_whitespace).unwrap_or(names.len());
            above.start + at + length
        })
    });
    let edit = if let Some(place) = listed {
        Edit::insert(place, format!(",{id}"))
    } else {
        let text = document.text.get(line.clone())?;
        let indent = &text[..text.len() - text.trim_start().len()];
        Edit::insert(line.start, format!("{indent}# jettison ignore={id}{}", file.line_end()))
    };
    let title = match language {
        Language::English => format!("Ignore {id} here"),
        Language::Chinese => format!("在此处忽略 {id}"),
    };
    Some(action(&title, "quickfix", &workspace_edit(document, &[edit], client)))
}

fn fix_all(
    document: &Document,
    client: &Client,
    language: Language,
    texts: &BTreeMap<PathBuf, String>,
) -> Option<Value> {
    let neighbours = document.neighbours(texts);
    let fixed = fix(document.text.as_bytes(), &neighbours, &document.settings, Safety::Safe);
    let edits = line_edits(&document.text, std::str::from_utf8(&fixed.source).ok()?);
    if edits.is_empty() {
        return None;
    }
    let title = match language {
        Language::English => "Apply every safe fix of jettison",
        Language::Chinese => "应用 jettison 的全部安全修复",
    };
    Some(action(title, FIX_ALL, &workspace_edit(document, &edits, client)))
}

fn action(title: &str, kind: &str, edit: &Value) -> Value {
    json!({ "title": title, "kind": kind, "edit": edit })
}

fn workspace_edit(document: &Document, edits: &[Edit], client: &Client) -> Value {
    let lines = LineIndex::new(&document.text);
    let edits: Vec<Value> = edits
        .iter()
        .map(|edit| {
            let range = range(&document.text, &lines, &(edit.start..edit.end), client.unit);
            json!({ "range": range, "newText": edit.text })
        })
        .collect();
    if client.has_document_changes {
        let identifier = json!({ "uri": document.uri, "version": document.version });
        json!({ "documentChanges": [{ "textDocument": identifier, "edits": edits }] })
    } else {
        json!({ "changes": { document.uri.as_str(): edits } })
    }
}
