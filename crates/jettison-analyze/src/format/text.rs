//! For people.

use std::fmt::Write as _;

use super::{
    Colour, Style, sections,
    units::{bytes, cut, number, pad, width, wrap},
    words::Word,
};
use crate::analysis::{Analysis, Purpose};

/// What is written so far, and how.
pub(super) struct Page<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) style: &'a Style,
    text: String,
}

pub(super) fn text(analysis: &Analysis, style: &Style) -> String {
    let mut page = Page { analysis, style, text: String::new() };
    page.head();
    page.sizes();
    sections::growth(&mut page);
    sections::layers(&mut page);
    sections::causes(&mut page);
    sections::advice(&mut page);
    sections::packages(&mut page);
    sections::secrets(&mut page);
    sections::risks(&mut page);
    sections::budget(&mut page);
    page.text
}

/// ANSI codes.
pub(super) const BOLD: &str = "1";
pub(super) const DIM: &str = "2";
pub(super) const RED: &str = "1;31";
pub(super) const YELLOW: &str = "1;33";
pub(super) const BLUE: &str = "1;34";
pub(super) const GREEN: &str = "32";
pub(super) const CYAN: &str = "36";

impl Page<'_> {
    pub(super) fn say(&self, word: Word) -> &'static str {
        word.say(self.style.language)
    }

    pub(super) fn paint(&self, code: &str, text: &str) -> String {
        match self.style.colour {
            Colour::Never => text.to_owned(),
            Colour::Ansi => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }

    pub(super) fn line(&mut self, text: &str) {
        writeln!(self.text, "{}", text.trim_end()).expect("writing to a string succeeds");
    }

    /// A heading with its note, and an empty line before it.
    pub(super) fn heading(&mut self, word: Word, note: &str) {
        let title = self.paint(BOLD, self.say(word));
        let note =
            if note.is_empty() { String::new() } else { format!("  {}", self.paint(DIM, note)) };
        self.line("");
        self.line(&format!("{title}{note}"));
    }

    /// How many columns are left behind `used`.
    pub(super) fn room(&self, used: usize) -> usize {
        self.style.width.saturating_sub(used).max(20)
    }

    fn head(&mut self) {
        let image = &self.analysis.image;
        let title = self.paint(BOLD, &cut(&image.name, self.style.width));
        self.line(&title);
        let mut facts = vec![image.platform.clone()];
        facts.extend(image.distribution.clone());
        facts.push(match image.purpose {
            Purpose::Runtime => {
                format!("{} {}", self.say(Word::Runs), cut(&image.command.join(" "), 40))
            }
            Purpose::Toolbox => self.say(Word::BuildsOrShell).to_owned(),
        });
        let user = if image.user.is_empty() { self.say(Word::Root) } else { &image.user };
        facts.push(format!("{} {user}", self.say(Word::User)));
        if !image.exposed_ports.is_empty() {
            facts.push(format!("{} {}", self.say(Word::Ports), image.exposed_ports.join(" ")));
        }
        if !image.volumes.is_empty() {
            facts.push(format!("{} {}", self.say(Word::Volumes), image.volumes.join(" ")));
        }
        for line in wrap(&facts.join(" · "), self.style.width) {
            let line = self.paint(DIM, line.trim_end_matches(" ·"));
            self.line(&line);
        }
    }

    fn sizes(&mut self) {
        let analysis = self.analysis;
        let size = &analysis.size;
        self.line("");
        let now = format!("{} {}", self.paint(BOLD, &bytes(size.now)), self.say(Word::Now));
        let waste =
            format!("{} {}", self.paint(YELLOW, &bytes(size.wasted)), self.say(Word::Waste));
        let after = format!("{} {}", self.paint(GREEN, &bytes(size.after)), self.say(Word::After));
        let counts = format!(
            "{} {} · {} {}",
            analysis.layers.len(),
            self.say(Word::Layers).to_lowercase(),
            number(size.files),
            self.say(Word::Files),
        );
        self.line(&format!("  {now}   {waste}   {after}   {}", self.paint(DIM, &counts)));
        if let Some(base) = analysis.image.base.as_ref().filter(|base| base.layers > 0) {
            let name = base.name.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
            let share = percent(base.bytes, size.now);
            let text =
                format!("{} ({share}) {}{name}", bytes(base.bytes), self.say(Word::BaseShare));
            let text = self.paint(DIM, &text);
            self.line(&format!("  {text}"));
        }
        for warning in &analysis.warnings {
            let warning = self.paint(YELLOW, warning);
            self.line(&format!("  {warning}"));
        }
    }
}

/// A share, without decimals.
pub(super) fn percent(part: u64, whole: u64) -> String {
    let whole = u128::from(whole.max(1));
    format!("{}%", (u128::from(part) * 100 + whole / 2) / whole)
}

/// A text on the right of `columns`.
pub(super) fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Eighths of a column.
const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A bar of up to `columns` for a share.
pub(super) fn bar(part: u64, whole: u64, columns: usize) -> String {
    let most = u128::from(whole.max(1));
    let eighths = u128::from(part) * columns as u128 * 8 / most;
    let eighths = usize::try_from(eighths).unwrap_or(columns * 8).min(columns * 8);
    pad(&format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8]), columns)
}
