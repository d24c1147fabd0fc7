//! JUnit and Checkstyle.

use std::collections::BTreeMap;
use std::io::{self, SeekFrom, Write};

use super::writer::{Aside, Form};
use crate::{
    diagnostic::Diagnostic,
    rule::{Language, Level},
};

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// Elements by file: both forms keep together what was found in a file, and tell files in the order of their names. Findings in
/// a file beside several Dockerfiles come with each of those.
struct ByFile<'w> {
    aside: &'w mut dyn Aside,
    files: BTreeMap<String, Part>,
    /// Bytes aside.
    length: u64,
}

/// What was found in one file.
#[derive(Default)]
struct Part {
    findings: usize,
    /// Where its elements lie aside: offset and length.
    pieces: Vec<(u64, u64)>,
}

impl<'w> ByFile<'w> {
    fn new(aside: &'w mut dyn Aside) -> Self {
        Self { aside, files: BTreeMap::new(), length: 0 }
    }

    fn looked_at(&mut self, file: &str) {
        if !self.files.contains_key(file) {
            self.files.insert(file.to_owned(), Part::default());
        }
    }

    fn add(&mut self, file: &str, element: &str) -> io::Result<()> {
        self.looked_at(file);
        let part = self.files.get_mut(file).expect("it was just looked at");
        self.aside.write_all(element.as_bytes())?;
        let length = element.len() as u64;
        match part.pieces.last_mut() {
            Some(last) if last.0 + last.1 == self.length => last.1 += length,
            _ => part.pieces.push((self.length, length)),
        }
        part.findings += 1;
        self.length += length;
        Ok(())
    }

    /// Takes out the file whose name comes first.
    fn pop(&mut self) -> Option<(String, Part)> {
        self.files.pop_first()
    }

    fn copy(&mut self, part: &Part, out: &mut dyn Write) -> io::Result<()> {
        for &(offset, length) in &part.pieces {
            self.aside.seek(SeekFrom::Start(offset))?;
            let copied = io::copy(&mut io::Read::take(&mut *self.aside, length), out)?;
            if copied < length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }
}

/// One test suite for each file; a file without findings is one test that passed.
pub(super) struct Junit<'w> {
    language: Language,
    found: ByFile<'w>,
}

impl<'w> Junit<'w> {
    pub(super) fn new(language: Language, aside: &'w mut dyn Aside) -> Self {
        Self { language, found: ByFile::new(aside) }
    }
}

impl Form for Junit<'_> {
    fn add(&mut self, one: &Diagnostic, _out: &mut dyn Write) -> io::Result<()> {
        self.found.add(&one.path, &junit_case(one, self.language))
    }

    fn looked_at(&mut self, file: &str) {
        self.found.looked_at(file);
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let counts = self.found.files.values().map(|part| part.findings);
        let (tests, failures) =
            counts.fold((0, 0), |(tests, all), count| (tests + count.max(1), all + count));
        writeln!(
            out,
            "{DECLARATION}\n<testsuites name=\"jettison\" tests=\"{tests}\" failures=\"{failures}\">"
        )?;
        while let Some((file, part)) = self.found.pop() {
            let file = escaped(&file);
            let (tests, failures) = (part.findings.max(1), part.findings);
            writeln!(
                out,
                "  <testsuite name=\"{file}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">"
            )?;
            if part.findings == 0 {
                writeln!(out, "    <testcase name=\"lint\" classname=\"{file}\"/>")?;
            }
            self.found.copy(&part, out)?;
            writeln!(out, "  </testsuite>")?;
        }
        writeln!(out, "</testsuites>")
    }
}

fn junit_case(one: &Diagnostic, language: Language) -> String {
    let (file, message) = (escaped(&one.path), escaped(one.finding.message.in_language(language)));
    let Diagnostic { line, column, .. } = one;
    let (rule, level) = (one.finding.rule, one.finding.level.name());
    format!(
        "    <testcase name=\"{rule} {line}:{column}\" classname=\"{file}\">\n      \
         <failure type=\"{level}\" message=\"{message}\">{file}:{line}:{column}: {message}</failure>\n    \
         </testcase>\n"
    )
}

/// Checkstyle 4.3's format, which most readers take.
pub(super) struct Checkstyle<'w> {
    language: Language,
    found: ByFile<'w>,
}

impl<'w> Checkstyle<'w> {
    pub(super) fn new(language: Language, aside: &'w mut dyn Aside) -> Self {
        Self { language, found: ByFile::new(aside) }
    }
}

impl Form for Checkstyle<'_> {
    fn add(&mut self, one: &Diagnostic, _out: &mut dyn Write) -> io::Result<()> {
        let severity = match one.finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Info | Level::Style | Level::Off => "info",
        };
        let message = escaped(one.finding.message.in_language(self.language));
        let Diagnostic { line, column, .. } = one;
        let rule = one.finding.rule;
        let element = format!(
            "    <error line=\"{line}\" column=\"{column}\" severity=\"{severity}\" \
             message=\"{message}\" source=\"{rule}\"/>\n"
        );
        self.found.add(&one.path, &element)
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{DECLARATION}\n<checkstyle version=\"4.3\">")?;
        while let Some((file, part)) = self.found.pop() {
            writeln!(out, "  <file name=\"{}\">", escaped(&file))?;
            self.found.copy(&part, out)?;
            writeln!(out, "  </file>")?;
        }
        writeln!(out, "</checkstyle>")
    }
}

/// `text` for attributes and content. Characters that XML 1.0 cannot hold become U+FFFD.
fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\'' => result.push_str("&apos;"),
            // As they are, readers of attributes make blanks of them.
            '\t' => result.push_str("&#9;"),
            '\n' => result.push_str("&#10;"),
            '\r' => result.push_str("&#13;"),
            control if control < ' ' || matches!(control, '\u{fffe}' | '\u{ffff}') => {
                result.push('\u{fffd}');
            }
            other => result.push(other),
        }
    }
    result
}
