//! For people.

use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{self, Write},
    ops::Range,
};

use super::{Colour, Style, writer::Form};
use crate::{
    diagnostic::{Diagnostic, RelatedPlace},
    finding::Safety,
    rule::{Language, Level},
};

/// Lines of a finding that are shown; the rest of a long RUN is left out.
const MAX_LINES: usize = 6;

/// One line for each finding. Levels keep their names in every language, for programs that read it.
pub(super) struct Concise(pub(super) Style);

impl Form for Concise {
    fn add(&mut self, one: &Diagnostic, out: &mut dyn Write) -> io::Result<()> {
        let style = self.0;
        let Diagnostic { path, line, column, finding, .. } = one;
        let path = visible(path);
        let place = painted(style, "1", &format!("{path}:{line}:{column}:"));
        let level = painted(style, colour_of(finding.level), finding.level.name());
        let (rule, message) = (names(one), visible(finding.message.in_language(style.language)));
        writeln!(out, "{place} {level} {rule}: {message}")
    }

    fn finish(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// The rule's id with its other names.
fn names(one: &Diagnostic) -> String {
    if one.finding.aliases.is_empty() {
        return one.finding.rule.to_owned();
    }
    format!("{} ({})", one.finding.rule, one.finding.aliases.join(", "))
}

/// Findings with the lines they are in, and a summary.
pub(super) struct Full {
    style: Style,
    count: Count,
}

/// What the summary tells.
#[derive(Default)]
struct Count {
    files: usize,
    errors: usize,
    warnings: usize,
    others: usize,
    fixable: usize,
}

impl Full {
    pub(super) fn new(style: Style) -> Self {
        Self { style, count: Count::default() }
    }
}

impl Form for Full {
    fn add(&mut self, one: &Diagnostic, out: &mut dyn Write) -> io::Result<()> {
        let mut text = String::new();
        header(&mut text, one, self.style);
        excerpt(&mut text, one, self.style);
        related(&mut text, one, self.style);
        hint(&mut text, one, self.style);
        let count = match one.finding.level {
            Level::Error => &mut self.count.errors,
            Level::Warning => &mut self.count.warnings,
            Level::Info | Level::Style | Level::Off => &mut self.count.others,
        };
        *count += 1;
        self.count.fixable += usize::from(one.finding.fix.is_some());
        writeln!(out, "{text}")
    }

    fn looked_at(&mut self, _file: &str) {
        self.count.files += 1;
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", summary(&self.count, self.style.language))
    }
}

/// `text` with control characters made visible: a file or its name must not steer the terminal, or look like a line of ours.
fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let pictures = text.chars().map(|character| match u32::from(character) {
        code @ 0..0x20 => char::from_u32(0x2400 + code).unwrap_or('\u{fffd}'),
        0x7f => '\u{2421}',
        0x80..0xa0 => '\u{fffd}',
        _ => character,
    });
    Cow::Owned(pictures.collect())
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
        Level::Info => "1;94",
        Level::Style | Level::Off => "1;36",
    }
}

/// The level as people call it.
fn word_for(level: Level, language: Language) -> &'static str {
    match (language, level) {
        (Language::English, level) => level.name(),
        (Language::Chinese, Level::Error) => "错误",
        (Language::Chinese, Level::Warning) => "警告",
        (Language::Chinese, Level::Info) => "提示",
        (Language::Chinese, Level::Style | Level::Off) => "风格",
    }
}

fn header(text: &mut String, one: &Diagnostic, style: Style) {
    let level =
        painted(style, colour_of(one.finding.level), word_for(one.finding.level, style.language));
    let message = painted(style, "1", &visible(one.finding.message.in_language(style.language)));
    let names = painted(style, "2", &names(one));
    writeln!(text, "{level}: {message}  {names}").expect("writing to a string succeeds");
    let width = one.end_line.to_string().len();
    let arrow = painted(style, "1;94", "-->");
    let Diagnostic { path, line, column, .. } = one;
    let path = visible(path);
    writeln!(text, "{:width$}{arrow} {path}:{line}:{column}", "")
        .expect("writing to a string succeeds");
}

fn excerpt(text: &mut String, one: &Diagnostic, style: Style) {
    let width = one.end_line.to_string().len();
    let room = style.width.map_or(usize::MAX, |all| all.saturating_sub(width + " | ".len()));
    let colour = colour_of(one.finding.level);
    let lines: Vec<&str> = one.excerpt.lines().collect();
    let is_one = lines.len() <= 1;
    // A mark under each of several lines would be hard to read: those lines are marked in front.
    let (gutter, bar) =
        (if is_one { ("1;94", "|") } else { (colour, ">") }, painted(style, "1;94", "|"));
    let gutter = painted(style, gutter.0, gutter.1);
    for (index, line) in lines.iter().take(MAX_LINES).enumerate() {
        let shown = line.trim_end().replace('\t', " ");
        let shown = visible(&shown);
        let number = painted(style, "1;94", &format!("{:>width$}", one.line + index));
        let characters = shown.chars().count();
        let first = if is_one { one.column - 1 } else { 0 };
        let last = if is_one { one.end_column - 1 } else { 0 };
        let last = last.min(characters).max(first + 1);
        let clipped = clip(&shown, first..last, room);
        writeln!(text, "{number} {gutter} {}", clipped.text).expect("writing to a string succeeds");
        if is_one {
            let indent = clipped.indent;
            let mark = painted(style, colour, &"^".repeat(clipped.length));
            writeln!(text, "{:width$} {bar} {:indent$}{mark}", "", "")
                .expect("writing to a string succeeds");
        }
    }
    if lines.len() > MAX_LINES {
        writeln!(text, "{:width$} {gutter} …", "").expect("writing to a string succeeds");
    }
}

/// A line as it fits, and the mark under it in columns of the terminal.
struct Clipped {
    text: String,
    indent: usize,
    length: usize,
}

/// Cuts `line` to `room` columns so that the characters in `mark` can be seen, or their beginning.
fn clip(line: &str, mark: Range<usize>, room: usize) -> Clipped {
    let wide = |range: Range<usize>| -> usize {
        line.chars().skip(range.start).take(range.len()).map(columns).sum()
    };
    let count = line.chars().count();
    let (mut from, mut to) = (0, count);
    if wide(0..count) > room {
        // The end of the mark is to be seen if it can be, and some of what stands before it.
        let is_seen = |from: usize| wide(from..mark.end.min(count)) + 2 <= room;
        let before = room / 4;
        while from < mark.start && !is_seen(from) && wide(from..mark.start) > before {
            from += 1;
        }
        let used = usize::from(from > 0);
        while to > from + 1 && used + wide(from..to) + usize::from(to < count) > room {
            to -= 1;
        }
    }
    let kept: String = line.chars().skip(from).take(to - from).collect();
    let (start, end) = (if from > 0 { "…" } else { "" }, if to < count { "…" } else { "" });
    let first = mark.start.min(to.max(from));
    Clipped {
        text: format!("{start}{kept}{end}"),
        indent: usize::from(from > 0) + wide(from..first),
        length: wide(first..mark.end.min(to).max(first)).max(1),
    }
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
    let equals = painted(style, "1;94", "=");
    let RelatedPlace { path, line, column, message, .. } = place;
    let (path, message) = (visible(path), visible(message.in_language(style.language)));
    writeln!(text, "{:width$} {equals} {path}:{line}:{column}: {message}", "")
        .expect("writing to a string succeeds");
}

fn hint(text: &mut String, one: &Diagnostic, style: Style) {
    let Some(fix) = &one.finding.fix else { return };
    let title = visible(fix.title.in_language(style.language));
    let option = match fix.safety {
        Safety::Safe => "--fix",
        Safety::Unsafe => "--fix --unsafe-fixes",
    };
    let width = one.end_line.to_string().len();
    let equals = painted(style, "1;94", "=");
    writeln!(text, "{:width$} {equals} {title} ({option})", "")
        .expect("writing to a string succeeds");
}

fn summary(count: &Count, language: Language) -> String {
    let Count { files, errors, warnings, others, fixable } = count;
    match language {
        Language::English => {
            let of = |count: &usize, noun: &str| {
                format!("{count} {noun}{}", if *count == 1 { "" } else { "s" })
            };
            let (errors, warnings) = (of(errors, "error"), of(warnings, "warning"));
            let (files, others) = (of(files, "file"), of(others, "hint"));
            format!("{files}: {errors}, {warnings}, {others}; {fixable} can be fixed")
        }
        Language::Chinese => format!(
            "{files} 个文件：{errors} 个错误，{warnings} 个警告，{others} 个提示；其中 {fixable} 个可以修复"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let line = "abcdefghij中文klmnopqrst";
        let cases = [
            (0..2, 80, line, 0, 2),
            (0..2, 10, "abcdefghi…", 0, 2),
            (10..12, 12, "…efghij中文…", 7, 4),
            (0..22, 10, "abcdefghi…", 0, 9),
            (20..22, 10, "…mnopqrst", 7, 2),
        ];
        for (mark, room, text, indent, length) in cases {
            let clipped = clip(line, mark.clone(), room);
            let found = (clipped.text.as_str(), clipped.indent, clipped.length);
            assert_eq!(found, (text, indent, length), "{mark:?} in {room}");
        }
    }
}
