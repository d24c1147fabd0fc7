//! Findings with lines and columns, ready to be shown.

use std::{ops::Range, path::Path};

use jettison_dockerfile::{Column, LineIndex, Position};

use crate::{
    build_context::plain,
    finding::{Finding, Message},
    lint::Linted,
    neighbours::Neighbours,
};

/// A finding and where a person finds it. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file, as it was named to the program.
    pub path: String,
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// Column after the last character.
    pub end_column: usize,
    /// The lines from the first to the last, without the last one's end.
    pub excerpt: String,
    /// What was found.
    pub finding: Finding,
    /// Where the Dockerfile leads to it, when it is in a file beside it.
    pub related: Option<RelatedPlace>,
    /// The fix, when it is one change of the same file.
    pub suggestion: Option<Suggestion>,
}

/// A change of a part of a file. Lines and columns count from 1, columns in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Line and column of the first byte replaced.
    pub start: (usize, usize),
    /// Line and column after the last byte replaced.
    pub end: (usize, usize),
    /// What takes its place.
    pub text: String,
}

/// A place that has to do with a finding; lines and columns as there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedPlace {
    /// The file, as it was named to the program.
    pub path: String,
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// Column after the last character.
    pub end_column: usize,
    /// What is there.
    pub message: Message,
}

/// Places the findings of the Dockerfile called `path`, whose build context is called `context`. Findings in neighbouring files
/// are placed with their text; one whose file is gone is left at its beginning.
pub fn diagnostics(
    path: &str,
    context: &Path,
    linted: &Linted,
    neighbours: &dyn Neighbours,
) -> Vec<Diagnostic> {
    linted
        .findings
        .iter()
        .map(|finding| match &finding.file {
            None => place(path.to_owned(), linted.file.text(), linted.file.lines(), finding),
            Some(file) => {
                let text = neighbours.text(file).unwrap_or_default();
                let mut shown = context.join(file);
                if file.starts_with("../") {
                    shown = plain(&shown);
                }
                let shown = shown.display().to_string();
                let mut one = place(shown, &text, &LineIndex::new(&text), finding);
                one.related = finding.related.as_ref().map(|related| {
                    let (text, lines) = (linted.file.text(), linted.file.lines());
                    let [start, end] = ends(text, lines, &related.span);
                    RelatedPlace {
                        path: path.to_owned(),
                        line: start.line + 1,
                        column: start.column + 1,
                        end_line: end.line + 1,
                        end_column: end.column + 1,
                        message: related.message.clone(),
                    }
                });
                one
            }
        })
        .collect()
}

pub(crate) fn place(path: String, text: &str, lines: &LineIndex, finding: &Finding) -> Diagnostic {
    let [start, end] = ends(text, lines, &finding.span);
    let range = lines.line_range(start.line).start..lines.line_range(end.line).end;
    let excerpt = text.get(range).unwrap_or_default().trim_end_matches(['\r', '\n']);
    Diagnostic {
        path,
        line: start.line + 1,
        column: start.column + 1,
        end_line: end.line + 1,
        end_column: end.column + 1,
        excerpt: excerpt.to_owned(),
        finding: finding.clone(),
        related: None,
        suggestion: suggestion(text, lines, finding),
    }
}

fn suggestion(text: &str, lines: &LineIndex, finding: &Finding) -> Option<Suggestion> {
    let fix = finding.fix.as_ref().filter(|fix| fix.file == finding.file)?;
    let [edit] = fix.edits.as_slice() else { return None };
    let [start, end] = [edit.start, edit.end].map(|offset| {
        let place = lines.position(text, offset, Column::Bytes);
        (place.line + 1, place.column + 1)
    });
    Some(Suggestion { start, end, text: edit.text.clone() })
}

/// Where `span` begins and ends. One that ends with a line is shown up to that line's end.
fn ends(text: &str, lines: &LineIndex, span: &Range<usize>) -> [Position; 2] {
    let whole = text.get(span.clone()).unwrap_or_default();
    let end = span.start + whole.trim_end_matches(['\r', '\n']).len();
    [span.start, end].map(|offset| lines.position(text, offset, Column::Chars))
}

/// A number for a finding that stays the same when lines above it come or go: of its path, rule
/// and line text (64-bit FNV-1a).
pub(crate) fn fingerprint(diagnostic: &Diagnostic) -> u64 {
    let first = diagnostic.excerpt.lines().next().unwrap_or_default().trim();
    let parts = [diagnostic.path.as_str(), diagnostic.finding.rule, first];
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
