//! The part of YAML that `.hadolint.yaml` is written in, and what its keys mean.
//!
//! Keys: hadolint's README, "Configure". Mappings, lists in both forms, quoted and plain scalars
//! and comments are read; anchors, tags and multi-line scalars are refused with their line.

use std::collections::BTreeMap;

use crate::{config::label_kind, rule::Level, settings::Settings};

/// A problem: line from 1, and what is wrong.
type Problem = (usize, String);

/// A value with its line.
#[derive(Debug)]
enum Node {
    Scalar(usize, String),
    List(Vec<(usize, String)>),
    Map(BTreeMap<String, Node>),
}

/// Settings and the level that fails a run.
pub(crate) fn parse(text: &str) -> Result<(Settings, Option<Level>), Problem> {
    let lines = significant(text);
    let mut position = 0;
    let root = map(&lines, &mut position, 0)?;
    if let Some(line) = lines.get(position) {
        return Err((line.number, "the indentation does not fit".to_owned()));
    }
    interpret(&root)
}

struct Line<'a> {
    number: usize,
    indent: usize,
    text: &'a str,
}

/// Lines without comments and blank ones.
fn significant(text: &str) -> Vec<Line<'_>> {
    text.lines()
        .enumerate()
        .map(|(index, line)| {
            let bare = without_comment(line).trim_end();
            let indent = bare.len() - bare.trim_start_matches(' ').len();
            Line { number: index + 1, indent, text: bare.trim_start_matches(' ') }
        })
        .filter(|line| !line.text.is_empty() && line.text != "---")
        .collect()
}

fn without_comment(line: &str) -> &str {
    let mut quote: Option<char> = None;
    let mut before = ' ';
    for (at, character) in line.char_indices() {
        match quote {
            Some(open) if character == open => quote = None,
            None if matches!(character, '"' | '\'') => quote = Some(character),
            None if character == '#' && before.is_whitespace() => return &line[..at],
            _ => {}
        }
        before = character;
    }
    line
}

fn map(
    lines: &[Line<'_>],
    position: &mut usize,
    indent: usize,
) -> Result<BTreeMap<String, Node>, Problem> {
    let mut entries = BTreeMap::new();
    while let Some(line) = lines.get(*position).filter(|line| line.indent == indent) {
        let Some((key, rest)) = line.text.split_once(':') else {
            return Err((line.number, format!("no colon in {:?}", line.text)));
        };
        *position += 1;
        let rest = rest.trim();
        let node = if rest.is_empty() {
            nested(lines, position, line)?
        } else {
            inline(rest, line.number)?
        };
        entries.insert(scalar(key.trim(), line.number)?, node);
    }
    Ok(entries)
}

/// What stands below `key`: a list, which may be as far left as the key, or a mapping.
fn nested(lines: &[Line<'_>], position: &mut usize, key: &Line<'_>) -> Result<Node, Problem> {
    let Some(first) = lines.get(*position) else { return Ok(Node::List(Vec::new())) };
    let is_item = |line: &Line<'_>| line.text == "-" || line.text.starts_with("- ");
    if is_item(first) && first.indent >= key.indent {
        let indent = first.indent;
        let mut items = Vec::new();
        while let Some(line) =
            lines.get(*position).filter(|line| line.indent == indent && is_item(line))
        {
            items.push((line.number, scalar(line.text[1..].trim(), line.number)?));
            *position += 1;
        }
        return Ok(Node::List(items));
    }
    if first.indent > key.indent {
        let indent = first.indent;
        return map(lines, position, indent).map(Node::Map);
    }
    Ok(Node::List(Vec::new()))
}

fn inline(text: &str, number: usize) -> Result<Node, Problem> {
    if let Some(inner) = text.strip_prefix('[') {
        let inner = inner
            .strip_suffix(']')
            .ok_or_else(|| (number, "a list has to end in its line".to_owned()))?;
        let items = inner.split(',').map(str::trim).filter(|item| !item.is_empty());
        let items: Result<Vec<_>, _> =
            items.map(|item| scalar(item, number).map(|item| (number, item))).collect();
        return items.map(Node::List);
    }
    scalar(text, number).map(|text| Node::Scalar(number, text))
}

fn scalar(text: &str, number: usize) -> Result<String, Problem> {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return Ok(inner.to_owned());
        }
    }
    match text.chars().next() {
        Some('&' | '*' | '!' | '|' | '>' | '{' | '"' | '\'' | '%' | '@' | '`') => {
            Err((number, format!("{text:?} is not understood here")))
        }
        _ => Ok(text.to_owned()),
    }
}

fn interpret(root: &BTreeMap<String, Node>) -> Result<(Settings, Option<Level>), Problem> {
    let mut settings = Settings::default();
    let mut fail_on = None;
    for (key, node) in root {
        match key.as_str() {
            "ignored" => settings.ignore.extend(list(node)?.into_iter().map(|(_, name)| name)),
            "trustedRegistries" => {
                settings.trusted_registries =
                    list(node)?.into_iter().map(|(_, name)| name).collect();
            }
            "override" => overrides(&mut settings, node)?,
            "label-schema" => labels(&mut settings, node)?,
            "strict-labels" => settings.strict_labels = is_true(node)?,
            "disable-ignore-pragma" => settings.forbids_inline_ignores = is_true(node)?,
            "failure-threshold" => {
                let (line, name) = single(node)?;
                fail_on = Some(level(&name).ok_or((line, format!("{name:?} is no level")))?);
            }
            // How hadolint prints and exits is asked for on our own command line.
            "format" | "no-color" | "no-fail" | "verbose" => {}
            other => return Err((0, format!("{other:?} is no key of hadolint's configuration"))),
        }
    }
    Ok((settings, fail_on))
}

fn overrides(settings: &mut Settings, node: &Node) -> Result<(), Problem> {
    let Node::Map(levels) = node else { return Err((0, "override holds levels".to_owned())) };
    for (name, rules) in levels {
        let level = level(name).ok_or_else(|| (0, format!("{name:?} is no level")))?;
        settings.levels.extend(list(rules)?.into_iter().map(|(_, rule)| (rule, level)));
    }
    Ok(())
}

fn labels(settings: &mut Settings, node: &Node) -> Result<(), Problem> {
    let Node::Map(labels) = node else { return Err((0, "label-schema holds labels".to_owned())) };
    for (name, kind) in labels {
        let (line, kind) = single(kind)?;
        let kind = label_kind(&kind).ok_or((line, format!("{kind:?} is no kind of label")))?;
        settings.label_schema.insert(name.clone(), kind);
    }
    Ok(())
}

fn level(name: &str) -> Option<Level> {
    Level::parse(name)
}

fn list(node: &Node) -> Result<Vec<(usize, String)>, Problem> {
    match node {
        Node::List(items) => Ok(items.clone()),
        Node::Scalar(line, text) => Ok(vec![(*line, text.clone())]),
        Node::Map(_) => Err((0, "a list is needed here".to_owned())),
    }
}

fn single(node: &Node) -> Result<(usize, String), Problem> {
    match node {
        Node::Scalar(line, text) => Ok((*line, text.clone())),
        Node::List(_) | Node::Map(_) => Err((0, "one value is needed here".to_owned())),
    }
}

fn is_true(node: &Node) -> Result<bool, Problem> {
    let (line, text) = single(node)?;
    match text.as_str() {
        "true" | "True" | "yes" => Ok(true),
        "false" | "False" | "no" => Ok(false),
        other => Err((line, format!("{other:?} is neither true nor false"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::LabelKind;

    #[test]
    fn all_keys_are_read() {
        let text = "# c\nfailure-threshold: info\nformat: tty\nignored: [DL3000, 'SC1010']\n\
            trustedRegistries:\n- docker.io\n- \"*.gcr.io\"\nlabel-schema:\n  author: text\n  \
            version: semver # c\nstrict-labels: true\noverride:\n  error:\n    - DL3001\n  info:\n    \
            - DL3032\n";
        let (settings, fail_on) = parse(text).expect("it is understood");
        assert_eq!(fail_on, Some(Level::Info));
        assert_eq!(settings.ignore.len(), 2);
        assert_eq!(settings.trusted_registries, ["docker.io", "*.gcr.io"]);
        assert_eq!(settings.label_schema.get("version"), Some(&LabelKind::Semver));
        assert!(settings.strict_labels);
        assert_eq!(settings.levels.get("DL3001"), Some(&Level::Error));
        assert_eq!(settings.levels.get("DL3032"), Some(&Level::Info));
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_line() {
        let cases = [
            ("ignored: *x\n", 1),
            ("a\n", 1),
            ("ignored:\n  - |\n", 2),
            ("ignored: [A\n", 1),
            ("strict-labels: maybe\n", 1),
            ("failure-threshold: loud\n", 1),
            ("ignored:\n    - A\n  - B\n", 3),
        ];
        for (text, line) in cases {
            assert_eq!(parse(text).map_err(|(line, _)| line).err(), Some(line), "{text}");
        }
        assert_eq!(parse("").expect("nothing is fine").0, Settings::default());
    }
}
