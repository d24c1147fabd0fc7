//! Comments that silence rules.
//!
//! `# jettison ignore=ID[,ID] reason` and `# hadolint ignore=ID[,ID]` hold for the next
//! instruction, or for the one they stand in; `global ignore=` holds for the file, as does the
//! directive `# check=skip=ID[,ID]`.

use std::{cell::Cell, ops::Range};

use jettison_dockerfile::Dockerfile;

use crate::finding::Finding;

/// One name in a comment.
#[derive(Clone, Debug)]
pub(crate) struct Ignore {
    /// The name as written.
    pub(crate) name: String,
    /// Its place in the file.
    pub(crate) span: Range<usize>,
    /// Bytes of the file that it holds for.
    holds: Range<usize>,
    /// Whether it silenced a finding.
    pub(crate) is_used: Cell<bool>,
}

/// All comments that silence rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ignores(pub(crate) Vec<Ignore>);

impl Ignores {
    /// The ones in `file`.
    pub(crate) fn of(file: &Dockerfile) -> Self {
        let mut ignores = Vec::new();
        let whole = 0..file.bytes().len() + 1;
        for comment in &file.comments {
            let text = &file.text()[comment.span.clone()];
            let Some((names, is_global)) = pragma(text) else { continue };
            let holds = if is_global { whole.clone() } else { instruction_at(file, comment.line) };
            let start = comment.span.start + (text.len() - names.len());
            push_names(&mut ignores, names, start, &holds);
        }
        for directive in file.directives.iter().filter(|one| one.name == "check") {
            let text = &file.text()[directive.span.clone()];
            let Some(at) = text.find("skip=") else { continue };
            let names = &text[at + 5..];
            let names = names.split(';').next().unwrap_or(names);
            push_names(&mut ignores, names, directive.span.start + at + 5, &whole);
        }
        Self(ignores)
    }

    /// Whether `finding` is silenced.
    pub(crate) fn silence(&self, finding: &Finding) -> bool {
        // A finding beside the Dockerfile is silenced where the Dockerfile leads to it.
        let place = match (&finding.file, &finding.related) {
            (None, _) => finding.span.start,
            (Some(_), Some(related)) => related.span.start,
            (Some(_), None) => return false,
        };
        let mut silenced = false;
        for ignore in &self.0 {
            let holds = ignore.holds.start <= place && place <= ignore.holds.end;
            if holds && names_match(&ignore.name, finding) {
                ignore.is_used.set(true);
                silenced = true;
            }
        }
        silenced
    }
}

fn names_match(name: &str, finding: &Finding) -> bool {
    name.eq_ignore_ascii_case("all")
        || name.eq_ignore_ascii_case(finding.rule)
        || finding.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
}

/// The text after `ignore=` of a comment, and whether it is a global one.
fn pragma(comment: &str) -> Option<(&str, bool)> {
    let text = comment.strip_prefix('#')?.trim_start();
    let rest = text.strip_prefix("jettison").or_else(|| text.strip_prefix("hadolint"))?;
    let rest = rest.strip_prefix(|c: char| c.is_whitespace())?.trim_start();
    let (rest, is_global) = match rest.strip_prefix("global") {
        Some(rest) => (rest.trim_start(), true),
        None => (rest, false),
    };
    let names = rest.strip_prefix("ignore")?.trim_start().strip_prefix('=')?;
    Some((names, is_global))
}

/// Reads names separated by commas; the first word that no comma precedes begins the reason.
fn push_names(ignores: &mut Vec<Ignore>, names: &str, start: usize, holds: &Range<usize>) {
    let mut offset = 0;
    for part in names.split_inclusive(',') {
        let bare = part.trim_end_matches(',');
        let indent = bare.len() - bare.trim_start().len();
        let name = bare.split_whitespace().next().unwrap_or_default();
        if !name.is_empty() {
            let at = start + offset + indent;
            ignores.push(Ignore {
                name: name.to_owned(),
                span: at..at + name.len(),
                holds: holds.clone(),
                is_used: Cell::new(false),
            });
        }
        let has_reason = bare.trim() != name;
        offset += part.len();
        if has_reason {
            break;
        }
    }
}

/// The instruction that `line` is in, or else the next one.
fn instruction_at(file: &Dockerfile, line: usize) -> Range<usize> {
    let found = file.instructions.iter().find(|one| one.last_line >= line);
    found.map_or(0..0, |instruction| instruction.span.clone())
}

#[cfg(test)]
mod tests {
    use jettison_dockerfile::parse;

    use super::*;

    fn names(source: &str) -> Vec<(String, Range<usize>)> {
        let file = parse(source.as_bytes());
        Ignores::of(&file).0.into_iter().map(|one| (one.name, one.holds)).collect()
    }

    #[test]
    fn comments_are_understood() {
        let source = "# check=skip=A,B;error=true\nFROM a\n# jettison ignore=C, D because of E\n\
            # a comment\nRUN b \\\n # hadolint ignore=F\n c\n# hadolint global ignore=G\nUSER x\n";
        let run = source.find("RUN").expect("it is there");
        let run = run..source.find("\n# hadolint global").expect("it is there");
        let whole = 0..source.len() + 1;
        let expected = [
            ("C", run.clone()),
            ("D", run.clone()),
            ("F", run),
            ("G", whole.clone()),
            ("A", whole.clone()),
            ("B", whole),
        ];
        let expected: Vec<_> =
            expected.into_iter().map(|(name, holds)| (name.to_owned(), holds)).collect();
        assert_eq!(names(source), expected);
    }

    #[test]
    fn other_comments_are_none() {
        for comment in ["# ignore=A", "# hadolint", "# jettisonignore=A", "# hadolint ignores=A"] {
            assert_eq!(names(&format!("FROM a\n{comment}\nRUN b\n")), [], "{comment}");
        }
    }
}
