//! JUnit and Checkstyle.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    diagnostic::Diagnostic,
    rule::{Language, Level},
};

/// Findings by file.
fn by_file(diagnostics: &[Diagnostic]) -> BTreeMap<&str, Vec<&Diagnostic>> {
    let mut files: BTreeMap<&str, Vec<&Diagnostic>> = BTreeMap::new();
    for one in diagnostics {
        files.entry(&one.path).or_default().push(one);
    }
    files
}

/// One test suite for each file; a file without findings is one test that passed.
pub(super) fn junit(diagnostics: &[Diagnostic], files: &[String], language: Language) -> String {
    let mut found = by_file(diagnostics);
    for file in files {
        found.entry(file).or_default();
    }
    let (tests, failures) =
        (found.values().map(|list| list.len().max(1)).sum::<usize>(), diagnostics.len());
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    writeln!(text, "<testsuites name=\"jettison\" tests=\"{tests}\" failures=\"{failures}\">")
        .expect("writing to a string succeeds");
    for (file, list) in found {
        let file = escaped(file);
        let (tests, failures) = (list.len().max(1), list.len());
        writeln!(
            text,
            "  <testsuite name=\"{file}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">"
        )
        .expect("writing to a string succeeds");
        if list.is_empty() {
            writeln!(text, "    <testcase name=\"lint\" classname=\"{file}\"/>")
                .expect("writing to a string succeeds");
        }
        for one in list {
            junit_case(&mut text, one, &file, language);
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn junit_case(text: &mut String, one: &Diagnostic, file: &str, language: Language) {
    let message = escaped(one.finding.message.in_language(language));
    let Diagnostic { line, column, .. } = one;
    let (rule, level) = (one.finding.rule, one.finding.level.name());
    writeln!(
        text,
        "    <testcase name=\"{rule} {line}:{column}\" classname=\"{file}\">\n      \
         <failure type=\"{level}\" message=\"{message}\">{file}:{line}:{column}: {message}</failure>\n    \
         </testcase>"
    )
    .expect("writing to a string succeeds");
}

/// Checkstyle 4.3's format, which most readers take.
pub(super) fn checkstyle(diagnostics: &[Diagnostic], language: Language) -> String {
    let mut text =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n");
    for (file, list) in by_file(diagnostics) {
        writeln!(text, "  <file name=\"{}\">", escaped(file))
            .expect("writing to a string succeeds");
        for one in list {
            let severity = match one.finding.level {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Info | Level::Style | Level::Off => "info",
            };
            let message = escaped(one.finding.message.in_language(language));
            let Diagnostic { line, column, .. } = one;
            let rule = one.finding.rule;
            writeln!(
                text,
                "    <error line=\"{line}\" column=\"{column}\" severity=\"{severity}\" \
                 message=\"{message}\" source=\"{rule}\"/>"
            )
            .expect("writing to a string succeeds");
        }
        text.push_str("  </file>\n");
    }
    text.push_str("</checkstyle>\n");
    text
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
            '\t' | '\n' | '\r' => result.push(' '),
            control if control < ' ' || matches!(control, '\u{fffe}' | '\u{ffff}') => {
                result.push('\u{fffd}');
            }
            other => result.push(other),
        }
    }
    result
}
