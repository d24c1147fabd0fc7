//! Code actions: fixes, comments that silence, everything safe at once.

use std::{collections::BTreeMap, path::PathBuf};

use jettison_dockerfile::{Edit, LineIndex};
use jettison_lint::{Finding, Language, Neighbours as _, Safety, fix, line_edits};
use serde_json::{Value, json};
use url::Url;

use crate::{
    document::{Document, offset, range},
    present::{diagnostic, shown},
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
        let own = Target::of(document);
        for one in &here {
            let Some(fix) = &one.fix else { continue };
            let beside = fix.file.as_deref().map(|file| Target::beside(document, file, texts));
            let target = match &beside {
                None => Some(&own),
                Some(found) => found.as_ref(),
            };
            let place = shown(one, &document.text, lines, client.unit);
            actions
                .extend(target.and_then(|target| fix_action(one, target, client, language, place)));
        }
        let ignores = here.iter().filter_map(|one| ignore_action(document, one, client, language));
        actions.extend(ignores);
        actions.dedup();
    }
    if asked.wants(FIX_ALL) {
        actions.extend(fix_all(document, client, language, texts));
    }
    actions
}

/// The actions for the asked range of `document`, which stands beside the Dockerfiles in which
/// `findings` about it came up.
pub(crate) fn beside(
    document: &Document,
    findings: &[&Finding],
    asked: &Asked<'_>,
    client: &Client,
    language: Language,
) -> Vec<Value> {
    if !asked.wants("quickfix") {
        return Vec::new();
    }
    let lines = LineIndex::new(&document.text);
    let start = offset(&document.text, &lines, asked.range.start, client.unit);
    let end = offset(&document.text, &lines, asked.range.end, client.unit);
    let target = Target::of(document);
    let here = findings.iter().filter(|one| one.span.start <= end && start <= one.span.end);
    let mut actions: Vec<Value> = Vec::new();
    for one in here.filter(|one| one.fix.as_ref().is_some_and(|fix| fix.file == one.file)) {
        let place = shown(one, &document.text, &lines, client.unit);
        let action = fix_action(one, &target, client, language, place);
        // Two Dockerfiles may lead to the same finding.
        actions.extend(action.filter(|action| !actions.contains(action)));
    }
    actions
}

/// A file that an action changes.
struct Target {
    uri: String,
    version: Option<i64>,
    text: String,
    is_new: bool,
}

impl Target {
    fn of(document: &Document) -> Self {
        let (uri, text) = (document.uri.clone(), document.text.clone());
        Self { uri, version: Some(document.version), text, is_new: false }
    }

    /// The file `name` beside a Dockerfile that lies on disk.
    fn beside(document: &Document, name: &str, texts: &BTreeMap<PathBuf, String>) -> Option<Self> {
        let path = document.context.as_ref()?.path()?.join(name);
        let uri = Url::from_file_path(path).ok()?.to_string();
        let text = document.neighbours(texts).text(name);
        let is_new = text.is_none();
        Some(Self { uri, version: None, text: text.unwrap_or_default(), is_new })
    }
}

fn fix_action(
    finding: &Finding,
    target: &Target,
    client: &Client,
    language: Language,
    place: Range,
) -> Option<Value> {
    let fix = finding.fix.as_ref()?;
    let title = fix.title.in_language(language);
    let is_safe = fix.safety == Safety::Safe;
    let warning = match (is_safe, language) {
        (true, _) => "",
        (false, Language::English) => " (unsafe: may change the image)",
        (false, Language::Chinese) => "（不安全：可能改变镜像）",
    };
    let edit = workspace_edit(target, &fix.edits, client)?;
    let mut action = action(&format!("{title}{warning} [{}]", finding.rule), "quickfix", &edit);
    action["isPreferred"] = json!(is_safe);
    action["diagnostics"] = json!([diagnostic(finding, place, language)]);
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
    Some(action(&title, "quickfix", &workspace_edit(&Target::of(document), &[edit], client)?))
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
    Some(action(title, FIX_ALL, &workspace_edit(&Target::of(document), &edits, client)?))
}

fn action(title: &str, kind: &str, edit: &Value) -> Value {
    json!({ "title": title, "kind": kind, "edit": edit })
}

/// The edit; none when the client cannot make the file that it begins with.
fn workspace_edit(target: &Target, edits: &[Edit], client: &Client) -> Option<Value> {
    let lines = LineIndex::new(&target.text);
    let edits: Vec<Value> = edits
        .iter()
        .map(|edit| {
            let range = range(&target.text, &lines, &(edit.start..edit.end), client.unit);
            json!({ "range": range, "newText": edit.text })
        })
        .collect();
    let identifier = json!({ "uri": target.uri, "version": target.version });
    let change = json!({ "textDocument": identifier, "edits": edits });
    match (client.has_document_changes, target.is_new) {
        (true, false) => Some(json!({ "documentChanges": [change] })),
        (true, true) if client.makes_files => {
            let make = json!({ "kind": "create", "uri": target.uri });
            Some(json!({ "documentChanges": [make, change] }))
        }
        (false, false) => Some(json!({ "changes": { target.uri.as_str(): edits } })),
        (_, true) => None,
    }
}
