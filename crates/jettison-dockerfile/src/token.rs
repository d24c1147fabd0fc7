//! Tokens: every byte of the source belongs to exactly one.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenKind {
    /// A byte order mark at the very start.
    ByteOrderMark,
    /// Blanks within a line.
    Whitespace,
    /// A line end (`\n`, `\r\n`) that is no continuation.
    Newline,
    /// `# text`, on its own line or between continued lines; without its line end.
    Comment,
    /// `# syntax=`, `# escape=` or `# check=` where it counts; without its line end.
    Directive,
    /// An instruction's name, or what stands in its place.
    Keyword,
    /// A builder flag such as `--from=build`.
    Flag,
    /// Any other run of an instruction's text.
    Text,
    /// The escape character, blanks after it and the line end.
    Continuation,
    /// The lines of a here-document.
    HeredocBody,
    /// The line that ends a here-document, without its line end.
    HeredocEnd,
}

/// A piece of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it is, in bytes. Tokens follow each other without gaps.
    pub span: Range<usize>,
}
