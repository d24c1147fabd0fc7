//! The report, where the arguments say.

use std::path::Path;

use jettison_analyze::{
    Analysis, FileMap, Language,
    format::{Colour, Detail, Format, Style, render},
};

use super::args::OutputArgs;
use crate::{
    failure::{Failure, Kind},
    terminal::Terminal,
};

/// Columns that lines fill: longer ones are hard to read.
const MAX_WIDTH: usize = 120;

/// What is reported.
pub(super) struct Shown<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) files: &'a dyn Fn() -> FileMap,
    pub(super) language: Language,
}

impl Shown<'_> {
    /// The report, on the terminal or in a file.
    pub(super) fn report(&self, output: &OutputArgs, terminal: &Terminal) -> Result<(), Failure> {
        let to_terminal = output.output.is_none() && terminal.has_colour();
        let style = Style {
            format: output.format,
            language: self.language,
            colour: if to_terminal { Colour::Ansi } else { Colour::Never },
            detail: if output.all { Detail::Full } else { Detail::Short },
            width: Terminal::width().min(MAX_WIDTH),
        };
        let text = render(self.analysis, self.files, &style);
        let Some(file) = &output.output else {
            terminal.text(&text);
            return Ok(());
        };
        write(file, &text)?;
        if output.format == Format::Text {
            terminal.note(&file.display().to_string());
        }
        Ok(())
    }

    /// The page beside it, if one is wanted.
    pub(super) fn page(&self, output: &OutputArgs) -> Result<(), Failure> {
        let Some(file) = &output.html else { return Ok(()) };
        let style = Style {
            format: Format::Html,
            language: self.language,
            colour: Colour::Never,
            detail: Detail::Full,
            width: MAX_WIDTH,
        };
        write(file, &render(self.analysis, self.files, &style))
    }
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    jettison_slim::artifacts::write_file(file, text.as_bytes())
        .map_err(|error| Failure::from_error(Kind::Operation, &error))
}
