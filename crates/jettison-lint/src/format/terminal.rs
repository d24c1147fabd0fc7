//! For people.

use std::fmt::Write as _;

use super::{Colour, Style};
use crate::{
    diagnostic::{Diagnostic, RelatedPlace},
    finding::Safety,
    rule::{Language, Level},
};

/// Lines of a finding that are shown; the rest of a long RUN is left out.
const MAX_LINES: usize = 6;

/// One line for each finding.
pub(super) fn concise(diagnostics: &[Diagnostic], language: Language) -> String {
    let mut text = String::new();
    for one in diagnostics {
        let Diagnostic { path, line, column, finding, .. } = one;
        let (level, rule) = (finding.level.name(), names(one));
        let message = finding.message.in_language(language);
        writeln!(text, "{path}:{line}:{column}: {level} {rule}: {message}")
            .expect("writing to a string succeeds");
    }
    text
}

/// The rule's id with its other names.
fn names(one: &Diagnostic) -> String {
    if one.finding.aliases.is_empty() {
        return one.finding.rule.to_owned();
    }
    format!("{} ({})", one.finding.rule, one.finding.aliases.join(", "))
}

/// Findings with the lines they are in, and a summary.
pub(super) fn full(diagnostics: &[Diagnostic], files: usize, style: Style) -> String {
    let mut text = String::new();
    for one in diagnostics {
        header(&mut text, one, style);
        excerpt(&mut text, one, style);
        related(&mut text, one, style);
        hint(&mut text, one, style);
        text.push('\n');
    }
    summary(&mut text, diagnostics, files, style);
    text
}

fn painted(style: Style, code: &str, text: &str) -> String {
    match style.colour {
        Colour::Never => text.to_owned(),
        Colour::Ansi => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
    }
}

fn colour_of(level: Level) -> &'static str {
    match level {
        Level::Error => "1;31",
        Level::Warning => "1;33",
        Level::Info => "1;34",
        Level::Style | Level::Off => "1;36",
    }
}

fn header(text: &mut String, one: &Diagnostic, style: Style) {
    let level = painted(style, colour_of(one.finding.level), one.finding.level.name());
    let message = painted(style, "1", one.finding.message.in_language(style.language));
    let names = painted(style, "2", &names(one));
    writeln!(text, "{level}: {message}  {names}").expect("writing to a string succeeds");
    let width = one.end_line.to_string().len();
    let arrow = painted(style, "1;34", "-->");
    let Diagnostic { path, line, column, .. } = one;
    writeln!(text, "{:width$}{arrow} {path}:{line}:{column}", "")
        .expect("writing to a string succeeds");
}

fn excerpt(text: &mut String, one: &Diagnostic, style: Style) {
    let width = one.end_line.to_string().len();
    let bar = painted(style, "1;34", "|");
    let lines: Vec<&str> = one.excerpt.lines().collect();
    for (index, line) in lines.iter().take(MAX_LINES).enumerate() {
        let shown = line.trim_end().replace('\t', " ");
        let number = painted(style, "1;34", &format!("{:>width$}", one.line + index));
        writeln!(text, "{number} {bar} {shown}").expect("writing to a string succeeds");
        let characters = shown.chars().count();
        let first = if index == 0 { one.column - 1 } else { leading_blanks(&shown) };
        let last = if one.line + index == one.end_line { one.end_column - 1 } else { characters };
        let last = last.min(characters).max(first + 1);
        // A wide character takes two columns of the terminal.
        let indent: usize = shown.chars().take(first).map(columns).sum();
        let length: usize = shown.chars().skip(first).take(last - first).map(columns).sum();
        let mark = painted(style, colour_of(one.finding.level), &"^".repeat(length.max(1)));
        writeln!(text, "{:width$} {bar} {:indent$}{mark}", "", "")
            .expect("writing to a string succeeds");
    }
    if lines.len() > MAX_LINES {
        writeln!(text, "{:width$} {bar} …", "").expect("writing to a string succeeds");
    }
}

fn leading_blanks(line: &str) -> usize {
    line.chars().take_while(|c| c.is_whitespace()).count()
}

/// Columns of a terminal that `character` takes (East Asian Width "wide", roughly).
fn columns(character: char) -> usize {
    let is_wide = matches!(u32::from(character),
        0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF | 0x20000..=0x3FFFD);
    if is_wide { 2 } else { 1 }
}

/// Where the Dockerfile leads to a finding beside it.
fn related(text: &mut String, one: &Diagnostic, style: Style) {
    let Some(place) = &one.related else { return };
    let width = one.end_line.to_string().len();
    let equals = painted(style, "1;34", "=");
    let RelatedPlace { path, line, column, message, .. } = place;
    let message = message.in_language(style.language);
    writeln!(text, "{:width$} {equals} {path}:{line}:{column}: {message}", "")
        .expect("writing to a string succeeds");
}

fn hint(text: &mut String, one: &Diagnostic, style: Style) {
    let Some(fix) = &one.finding.fix else { return };
    let title = fix.title.in_language(style.language);
    let option = match fix.safety {
        Safety::Safe => "--fix",
        Safety::Unsafe => "--fix --unsafe-fixes",
    };
    let width = one.end_line.to_string().len();
    let equals = painted(style, "1;34", "=");
    writeln!(text, "{:width$} {equals} {title} ({option})", "")
        .expect("writing to a string succeeds");
}

fn summary(text: &mut String, diagnostics: &[Diagnostic], files: usize, style: Style) {
    let count = |level| diagnostics.iter().filter(|one| one.finding.level == level).count();
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    let others = diagnostics.len() - errors - warnings;
    let fixable = diagnostics.iter().filter(|one| one.finding.fix.is_some()).count();
    let line = match style.language {
        Language::English => {
            let of = |count: usize, noun: &str| {
                format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
            };
            let (errors, warnings) = (of(errors, "error"), of(warnings, "warning"));
            let (files, others) = (of(files, "file"), of(others, "hint"));
            format!("{files}: {errors}, {warnings}, {others}; {fixable} can be fixed")
        }
        Language::Chinese => format!(
            "{files} 个文件：{errors} 个错误，{warnings} 个警告，{others} 个提示；其中 {fixable} 个可以修复"
        ),
    };
    writeln!(text, "{line}").expect("writing to a string succeeds");
}
