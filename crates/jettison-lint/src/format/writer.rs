//! Writes findings as they come: memory holds those of one file.

use std::io::{self, Read, Seek, Write};

use super::{Format, Style, ci, json, sarif, terminal, xml};
use crate::diagnostic::Diagnostic;

/// Where a form that orders or counts findings before it tells them keeps what it has written so far: a file, or memory.
pub trait Aside: Read + Write + Seek {}

impl<T: Read + Write + Seek> Aside for T {}

/// A way to write findings down, one after the other.
pub(super) trait Form {
    /// Writes a finding, or what has to stand before it, too.
    fn add(&mut self, one: &Diagnostic, out: &mut dyn Write) -> io::Result<()>;

    /// Takes note of a file that was looked at.
    fn looked_at(&mut self, _file: &str) {}

    /// Writes what is left.
    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

/// Writes findings in one form.
#[expect(missing_debug_implementations, reason = "neither writers nor forms have one")]
pub struct Writer<'w> {
    form: Box<dyn Form + 'w>,
    out: &'w mut dyn Write,
}

impl<'w> Writer<'w> {
    /// A writer to `out` that keeps nothing in memory but counts, and names of files and of findings. `aside` is empty.
    pub fn new(style: Style, out: &'w mut dyn Write, aside: &'w mut dyn Aside) -> Self {
        let language = style.language;
        let form: Box<dyn Form + 'w> = match style.format {
            Format::Full => Box::new(terminal::Full::new(style)),
            Format::Concise => Box::new(terminal::Concise(style)),
            Format::Json => Box::new(json::own(language)),
            Format::Sarif => Box::new(sarif::sarif(language)),
            Format::Github => Box::new(ci::Github(language)),
            Format::Gitlab => Box::new(ci::gitlab(language)),
            Format::Junit => Box::new(xml::Junit::new(language, aside)),
            Format::Checkstyle => Box::new(xml::Checkstyle::new(language, aside)),
            Format::Rdjson => Box::new(json::rdjson(language)),
        };
        Self { form, out }
    }

    /// Writes what was found in `file`, and in files beside it.
    ///
    /// # Errors
    /// When `out` or `aside` take no more.
    pub fn add(&mut self, file: &str, diagnostics: &[Diagnostic]) -> io::Result<()> {
        self.form.looked_at(file);
        diagnostics.iter().try_for_each(|one| self.form.add(one, self.out))
    }

    /// Writes what comes at the end.
    ///
    /// # Errors
    /// When `out` takes no more, or `aside` does not give back what it took.
    pub fn finish(mut self) -> io::Result<()> {
        self.form.finish(self.out)?;
        self.out.flush()
    }
}
