//! Ways to write findings down.

mod ci;
mod document;
mod json;
mod sarif;
mod terminal;
mod writer;
mod xml;

pub use writer::{Aside, Writer};

use crate::rule::Language;

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// With the lines of the file, marks under them, and hints.
    Full,
    /// One line for each finding.
    Concise,
    /// JSON of our own.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit XML.
    Junit,
    /// Checkstyle XML.
    Checkstyle,
    /// Reviewdog's diagnostic format.
    Rdjson,
}

/// Every format with its name.
const FORMATS: &[(&str, Format)] = &[
    ("full", Format::Full),
    ("concise", Format::Concise),
    ("json", Format::Json),
    ("sarif", Format::Sarif),
    ("github", Format::Github),
    ("gitlab", Format::Gitlab),
    ("junit", Format::Junit),
    ("checkstyle", Format::Checkstyle),
    ("rdjson", Format::Rdjson),
];

impl Format {
    /// The format called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        FORMATS.iter().find(|(known, _)| *known == name).map(|&(_, format)| format)
    }

    /// Names of all formats.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FORMATS.iter().map(|&(name, _)| name)
    }
}

/// How to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// The format.
    pub format: Format,
    /// The language of messages.
    pub language: Language,
    /// Whether the terminal shows colours.
    pub colour: Colour,
    /// Columns of the terminal; longer lines of files are cut. None where there is no terminal.
    pub width: Option<usize>,
}

/// Whether to colour text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Never,
    /// ANSI colours.
    Ansi,
}
