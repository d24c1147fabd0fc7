//! Reads physical lines into instructions and tokens.
//!
//! Behaviour: BuildKit `frontend/dockerfile/parser`; Dockerfile reference, "Format", "Parser
//! directives", "Here-Documents".

use std::{collections::BTreeSet, ops::Range};

use crate::{
    build,
    dockerfile::{Comment, Directive},
    heredoc::{self, Heredoc, Marker},
    instruction::Instruction,
    logical::LogicalText,
    problem::{Problem, ProblemKind},
    source::LineIndex,
    token::{Token, TokenKind},
    validate,
    view::Arguments,
};

/// BuildKit's scanner gives up at lines of this many bytes (Go's `bufio.MaxScanTokenSize`).
const MAX_LINE: usize = 64 * 1024;

/// What reading yields.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) tokens: Vec<Token>,
    pub(crate) instructions: Vec<Instruction>,
    pub(crate) directives: Vec<Directive>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) escape: char,
}

/// A logical line while it is put together.
#[derive(Debug, Default)]
struct Logical {
    text: LogicalText,
    blank_lines: Vec<Range<usize>>,
    first_line: usize,
    /// Tokens of its lines; [`TokenKind::Text`] ones are split once the instruction is known.
    tokens: Vec<Token>,
}

/// Reads `source`, whose lines `index` knows.
pub(crate) fn read(source: &str, index: &LineIndex) -> Reading {
    let mut reader = Reader {
        source,
        index,
        line: 0,
        directives_over: false,
        seen_directives: BTreeSet::new(),
        reading: Reading { escape: '\\', ..Reading::default() },
    };
    while reader.line < index.line_count() {
        reader.read_line();
    }
    if reader.reading.instructions.is_empty() {
        reader.problem(ProblemKind::Empty, 0..source.len());
    }
    validate::file(&mut reader.reading);
    reader.reading.problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    reader.reading
}

struct Reader<'a> {
    source: &'a str,
    index: &'a LineIndex,
    line: usize,
    directives_over: bool,
    seen_directives: BTreeSet<String>,
    reading: Reading,
}

impl<'a> Reader<'a> {
    fn problem(&mut self, kind: ProblemKind, span: Range<usize>) {
        self.reading.problems.push(Problem { kind, span });
    }

    fn token(&mut self, kind: TokenKind, span: Range<usize>) {
        push_token(&mut self.reading.tokens, kind, span);
    }

    /// Takes the next line: where its content is and where its line end is.
    fn take_line(&mut self) -> (Range<usize>, Range<usize>) {
        let whole = self.index.line_range(self.line);
        self.line += 1;
        if whole.len() >= MAX_LINE {
            self.problem(ProblemKind::LongLine, whole.clone());
        }
        let content = self.source[whole.clone()].trim_end_matches(['\r', '\n']).len();
        let end = whole.start + content;
        (whole.start..end, end..whole.end)
    }

    /// A line outside of any instruction.
    fn read_line(&mut self) {
        let first_line = self.line;
        let (mut content, end) = self.take_line();
        if first_line == 0 && self.source.starts_with('\u{feff}') {
            self.token(TokenKind::ByteOrderMark, 0..'\u{feff}'.len_utf8());
            content.start += '\u{feff}'.len_utf8();
        }
        let text = &self.source[content.clone()];
        let indent = text.len() - text.trim_start().len();
        let start = content.start + indent;
        let text = &text[indent..];
        if text.is_empty() || text.starts_with('#') {
            self.token(TokenKind::Whitespace, content.start..start);
            let kind = if self.read_directive(text, start, first_line) {
                TokenKind::Directive
            } else {
                self.comment(text, start, first_line);
                TokenKind::Comment
            };
            self.token(kind, start..content.end);
            self.token(TokenKind::Newline, end);
            return;
        }
        self.directives_over = true;
        self.token(TokenKind::Whitespace, content.start..start);
        self.read_instruction(first_line, start..content.end, end);
    }

    fn comment(&mut self, text: &str, start: usize, line: usize) {
        if !text.is_empty() {
            let span = start..start + text.len();
            self.reading.comments.push(Comment { line, span });
        }
    }

    /// Whether the comment line `text` is a parser directive where those count.
    fn read_directive(&mut self, text: &str, start: usize, line: usize) -> bool {
        if self.directives_over {
            return false;
        }
        let Some((name, value)) = split_directive(text) else {
            self.directives_over = true;
            return false;
        };
        let span = start..start + text.len();
        let lower = name.to_ascii_lowercase();
        if !self.seen_directives.insert(lower.clone()) {
            self.problem(ProblemKind::RepeatedDirective(lower.clone()), span.clone());
        } else if lower == "escape" {
            match value {
                "\\" => self.reading.escape = '\\',
                "`" => self.reading.escape = '`',
                other => {
                    self.problem(ProblemKind::InvalidEscape(other.to_owned()), span.clone());
                }
            }
        }
        let directive = Directive { name: lower, value: value.to_owned(), line, span };
        self.reading.directives.push(directive);
        true
    }

    fn read_instruction(&mut self, first_line: usize, content: Range<usize>, end: Range<usize>) {
        let mut logical = Logical { first_line, ..Logical::default() };
        let mut goes_on = self.push_line(&mut logical, content, end);
        while goes_on && self.line < self.index.line_count() {
            goes_on = self.continue_line(&mut logical);
        }
        let mut last_line = self.line - 1;
        let mut instruction = self.build(&logical);
        self.flush(&mut logical, &instruction);
        if instruction.innermost().keyword.takes_heredocs() && !instruction.innermost().is_json() {
            let heredocs = self.read_heredocs(logical.text.as_str(), &logical.text);
            last_line = self.line - 1;
            if let Some(heredoc) = heredocs.last() {
                instruction.span.end = heredoc.terminator.end;
            }
            build::attach_heredocs(&mut instruction, heredocs);
        }
        set_last_line(&mut instruction, last_line);
        validate::instruction(&instruction, &mut self.reading.problems);
        self.reading.instructions.push(instruction);
    }

    /// A line after a continuation. Returns whether a further one follows.
    fn continue_line(&mut self, logical: &mut Logical) -> bool {
        let line = self.line;
        let (content, end) = self.take_line();
        let text = &self.source[content.clone()];
        let indent = text.len() - text.trim_start().len();
        let rest = &text[indent..];
        if rest.starts_with('#') || rest.is_empty() {
            let start = content.start + indent;
            push_token(&mut logical.tokens, TokenKind::Whitespace, content.start..start);
            push_token(&mut logical.tokens, TokenKind::Comment, start..content.end);
            if rest.is_empty() {
                logical.blank_lines.push(content.start..end.end);
            }
            self.comment(rest, start, line);
            push_token(&mut logical.tokens, TokenKind::Newline, end);
            return true;
        }
        self.push_line(logical, content, end)
    }

    /// Adds a line's text. Returns whether it ends in a continuation.
    fn push_line(&self, logical: &mut Logical, content: Range<usize>, end: Range<usize>) -> bool {
        let text = &self.source[content.clone()];
        let Some(length) = continued(text, self.reading.escape) else {
            logical.text.push(text, content.start);
            push_token(&mut logical.tokens, TokenKind::Text, content);
            push_token(&mut logical.tokens, TokenKind::Newline, end);
            return false;
        };
        let cut = content.start + length;
        logical.text.push(&text[..length], content.start);
        push_token(&mut logical.tokens, TokenKind::Text, content.start..cut);
        push_token(&mut logical.tokens, TokenKind::Continuation, cut..end.end);
        true
    }

    fn build(&mut self, logical: &Logical) -> Instruction {
        let escape = self.reading.escape;
        let mut instruction = build::instruction(&logical.text, escape, &mut self.reading.problems);
        instruction.first_line = logical.first_line;
        instruction.blank_lines.clone_from(&logical.blank_lines);
        instruction
    }

    /// Splits the instruction's text tokens and appends them all.
    fn flush(&mut self, logical: &mut Logical, instruction: &Instruction) {
        let mut marks: Vec<(Range<usize>, TokenKind)> = Vec::new();
        let mut current = Some(instruction);
        while let Some(one) = current {
            marks.push((one.name.span.clone(), TokenKind::Keyword));
            marks.extend(one.flags.iter().map(|flag| (flag.span.clone(), TokenKind::Flag)));
            current = match &one.arguments {
                Arguments::Onbuild(inner) => Some(inner),
                _ => None,
            };
        }
        for token in std::mem::take(&mut logical.tokens) {
            if token.kind == TokenKind::Text {
                self.split_text(token.span, &marks);
            } else {
                self.token(token.kind, token.span);
            }
        }
    }

    fn split_text(&mut self, span: Range<usize>, marks: &[(Range<usize>, TokenKind)]) {
        let source: &'a str = self.source;
        let kind_at = |offset: usize, blank: bool| {
            let mark = marks.iter().find(|(range, _)| range.contains(&offset));
            let plain = if blank { TokenKind::Whitespace } else { TokenKind::Text };
            mark.map_or(plain, |&(_, kind)| kind)
        };
        let mut start = span.start;
        let mut kind = None;
        for (index, character) in source[span.clone()].char_indices() {
            let offset = span.start + index;
            let here = kind_at(offset, character.is_whitespace());
            if let Some(before) = kind
                && before != here
            {
                self.token(before, start..offset);
                start = offset;
            }
            kind = Some(here);
        }
        if let Some(kind) = kind {
            self.token(kind, start..span.end);
        }
    }

    fn read_heredocs(&mut self, line: &str, text: &LogicalText) -> Vec<Heredoc> {
        let markers = match heredoc::markers(line) {
            Ok(markers) => markers,
            Err(error) => {
                self.problem(ProblemKind::InvalidHeredoc(error), text.source_range(0..line.len()));
                return Vec::new();
            }
        };
        let mut heredocs = Vec::new();
        for marker in markers {
            let range = text.source_range(marker.range.clone());
            let Some(heredoc) = self.read_heredoc(&marker, range.clone()) else {
                self.problem(ProblemKind::UnterminatedHeredoc(marker.name), range);
                break;
            };
            heredocs.push(heredoc);
        }
        heredocs
    }

    /// Reads one body; leaves everything where it is when the body has no end, so that what
    /// follows is still read as instructions.
    fn read_heredoc(&mut self, marker: &Marker, range: Range<usize>) -> Option<Heredoc> {
        let first = self.line;
        let start = self.index.line_range(first).start;
        let (line, content) = (first..self.index.line_count()).find_map(|line| {
            let whole = self.index.line_range(line);
            let text = self.source[whole.clone()].trim_end_matches(['\r', '\n']);
            let bare = if marker.chomps { text.trim_start_matches('\t') } else { text };
            (bare == marker.name).then(|| (line, whole.start..whole.start + text.len()))
        })?;
        self.line = line + 1;
        self.token(TokenKind::HeredocBody, start..content.start);
        self.token(TokenKind::HeredocEnd, content.clone());
        self.token(TokenKind::Newline, content.end..self.index.line_range(line).end);
        Some(Heredoc {
            name: marker.name.clone(),
            expands: marker.expands,
            chomps: marker.chomps,
            descriptor: marker.descriptor,
            marker: range,
            body: start..content.start,
            terminator: content,
        })
    }
}

fn push_token(tokens: &mut Vec<Token>, kind: TokenKind, span: Range<usize>) {
    if !span.is_empty() {
        tokens.push(Token { kind, span });
    }
}

fn set_last_line(instruction: &mut Instruction, last_line: usize) {
    instruction.last_line = last_line;
    if let Arguments::Onbuild(inner) = &mut instruction.arguments {
        inner.first_line = instruction.first_line;
        inner.last_line = last_line;
        inner.span.end = instruction.span.end;
    }
}

/// `# name = value` with a known name.
fn split_directive(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix('#')?.trim_start();
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end();
    let value = value.trim();
    let known = ["syntax", "escape", "check"].iter().any(|known| known.eq_ignore_ascii_case(name));
    (known && !value.is_empty()).then_some((name, value))
}

/// Length of `line` without a continuation at its end, if it has one: the escape character, not
/// itself escaped, then blanks and tabs.
fn continued(line: &str, escape: char) -> Option<usize> {
    let bare = line.trim_end_matches([' ', '\t']).strip_suffix(escape)?;
    (!bare.ends_with(escape)).then_some(bare.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continuations() {
        let cases = [
            ("RUN a \\", Some(6)),
            ("RUN a \\ \t", Some(6)),
            ("RUN a \\\\", None),
            ("\\", Some(0)),
            ("RUN a", None),
            ("RUN a \\ b", None),
        ];
        for (line, length) in cases {
            assert_eq!(continued(line, '\\'), length, "{line}");
        }
        assert_eq!(continued("RUN a `", '`'), Some(6));
    }

    #[test]
    fn directives() {
        assert_eq!(split_directive("# Escape = `"), Some(("Escape", "`")));
        assert_eq!(
            split_directive("#syntax=docker/dockerfile:1 "),
            Some(("syntax", "docker/dockerfile:1"))
        );
        assert_eq!(split_directive("# other=1"), None);
        assert_eq!(split_directive("# escape="), None);
    }
}
