//! A Dockerfile and everything in it.

use std::ops::Range;

use crate::{
    instruction::Instruction,
    problem::Problem,
    reader,
    source::{LineIndex, same_length_text},
    token::Token,
};

/// A parser directive: `# syntax=`, `# escape=` or `# check=` before anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// The name in lower case.
    pub name: String,
    /// The text after the equals sign.
    pub value: String,
    /// Zero-based line.
    pub line: usize,
    /// The line without indentation and line end, source bytes.
    pub span: Range<usize>,
}

/// A comment line, on its own or between continued lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Zero-based line.
    pub line: usize,
    /// From `#` to the end of the line, source bytes.
    pub span: Range<usize>,
}

/// A parsed file.
#[derive(Clone, Debug)]
pub struct Dockerfile {
    bytes: Vec<u8>,
    text: String,
    lines: LineIndex,
    /// All bytes as tokens.
    pub tokens: Vec<Token>,
    /// Instructions in order.
    pub instructions: Vec<Instruction>,
    /// Parser directives.
    pub directives: Vec<Directive>,
    /// Comments that are no directives.
    pub comments: Vec<Comment>,
    /// What BuildKit would refuse, by place.
    pub problems: Vec<Problem>,
    /// The escape character that applies.
    pub escape: char,
}

impl Dockerfile {
    /// The file as it is.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The file as text of the same length: bytes that are not UTF-8 are question marks.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line starts, for positions.
    pub fn lines(&self) -> &LineIndex {
        &self.lines
    }

    /// The value of the directive called `name`.
    pub fn directive(&self, name: &str) -> Option<&str> {
        self.directives.iter().find(|one| one.name == name).map(|one| one.value.as_str())
    }

    /// The line end that the file uses first; a line feed when it has only one line.
    pub fn line_end(&self) -> &'static str {
        match self.text.find('\n') {
            Some(at) if self.text[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }
}

/// Reads a Dockerfile. Total: every input yields a tree and the list of its problems.
pub fn parse(source: &[u8]) -> Dockerfile {
    let text = same_length_text(source);
    let lines = LineIndex::new(&text);
    let reading = reader::read(&text, &lines);
    Dockerfile {
        bytes: source.to_vec(),
        text,
        lines,
        tokens: reading.tokens,
        instructions: reading.instructions,
        directives: reading.directives,
        comments: reading.comments,
        problems: reading.problems,
        escape: reading.escape,
    }
}
