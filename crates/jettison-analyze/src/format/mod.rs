//! Ways to write an analysis down.

mod advice_groups;
mod advice_text;
mod html;
mod json;
mod junit;
mod markdown;
mod places;
mod printable;
mod sarif;
mod sections;
mod text;
mod units;
mod words;

pub use advice_text::sentence as advice_sentence;
pub use units::{bytes, signed_bytes};

use printable::printable;

use crate::{analysis::Analysis, file_map::FileMap, language::Language};

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// The analysis as it is.
    Json,
    /// For a pull request.
    Markdown,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit XML.
    Junit,
    /// A page that needs no network.
    Html,
}

/// Every format with its name.
const FORMATS: &[(&str, Format)] = &[
    ("text", Format::Text),
    ("json", Format::Json),
    ("markdown", Format::Markdown),
    ("sarif", Format::Sarif),
    ("junit", Format::Junit),
    ("html", Format::Html),
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

/// Whether to colour text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Never,
    /// ANSI colours.
    Ansi,
}

/// How much of long lists is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What matters most.
    Short,
    /// Everything.
    Full,
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
    /// How much of long lists.
    pub detail: Detail,
    /// Columns of the terminal.
    pub width: usize,
}

/// Writes the analysis in `style`. `files` is asked for where a format shows them.
pub fn render(analysis: &Analysis, files: &dyn Fn() -> FileMap, style: &Style) -> String {
    match style.format {
        Format::Text => text::text(&printable(analysis), style),
        Format::Json => json::json(analysis),
        Format::Markdown => markdown::markdown(&printable(analysis), style.language),
        Format::Sarif => sarif::sarif(analysis, style.language),
        Format::Junit => junit::junit(analysis, style.language),
        Format::Html => html::html(analysis, &files(), style.language),
    }
}
