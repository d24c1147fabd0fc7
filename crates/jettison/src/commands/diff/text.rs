//! The comparison for people.

use std::fmt::Write as _;

use jettison_diff::{Difference, FileChange, ImageFacts, Row, Status, overview};

use super::{
    By, View,
    lines::{self, by_weight, counts, grown, growth, package_counts, pull, sign, versions, word},
};
use crate::{
    messages::{DiffText as Text, Language},
    summary::bytes,
};

/// The comparison as text that ends with a newline.
pub(super) fn render(
    difference: &Difference,
    view: View,
    language: Language,
    has_colour: bool,
) -> String {
    let mut page = Page { text: String::new(), language, has_colour, limit: view.limit };
    page.images(difference);
    if difference.is_empty() {
        page.line(language.text(Text::Equal));
        return page.text;
    }
    match view.by {
        By::Summary => {
            page.config(difference);
            if !difference.packages.is_empty() {
                page.packages(difference);
            }
            page.directories(difference);
        }
        By::Package => page.packages(difference),
        By::Directory => page.directories(difference),
        By::File => page.files(difference),
    }
    page.text
}

struct Page {
    text: String,
    language: Language,
    has_colour: bool,
    limit: usize,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn heading(&mut self, line: &str) {
        let line =
            if self.has_colour { format!("\u{1b}[1m{line}\u{1b}[0m") } else { line.to_owned() };
        self.text.push('\n');
        self.line(&line);
    }

    /// A line in the colour of what became of it.
    ///
    /// Names come from images: what would steer the terminal is shown as U+FFFD.
    fn signed(&mut self, sign: char, line: &str) {
        let line: String = line
            .chars()
            .map(|letter| if letter.is_control() { '\u{fffd}' } else { letter })
            .collect();
        let colour = match sign {
            '+' => "32",
            '-' => "31",
            _ => "33",
        };
        if self.has_colour {
            self.line(&format!("  \u{1b}[{colour}m{sign} {line}\u{1b}[0m"));
        } else {
            self.line(&format!("  {sign} {line}"));
        }
    }

    fn more(&mut self, all: usize) {
        if all > self.limit {
            let left = (all - self.limit).to_string();
            let line = format!("    {}", self.language.say(Text::More, &[&left]));
            self.line(&line);
        }
    }

    fn images(&mut self, difference: &Difference) {
        for (name, facts) in [(Text::Old, &difference.old), (Text::New, &difference.new)] {
            let line = self.image(name, facts);
            self.line(&line);
        }
        let line = pull(difference, self.language);
        self.line(&line);
    }

    fn image(&self, name: Text, facts: &ImageFacts) -> String {
        let word = |text| self.language.text(text);
        format!(
            "{:<4} {:>10}  {:>7} {}  {:>3} {}  {}",
            word(name),
            bytes(facts.bytes),
            facts.files,
            word(Text::Files),
            facts.layers,
            word(Text::Layers),
            facts.name,
        )
    }

    fn config(&mut self, difference: &Difference) {
        if difference.config.is_empty() {
            return;
        }
        self.heading(self.language.text(Text::Configuration));
        for change in difference.config.iter().take(self.limit) {
            let (sign, line) = lines::config(change);
            self.signed(sign, &line);
        }
        self.more(difference.config.len());
    }

    fn packages(&mut self, difference: &Difference) {
        let heading = package_counts(difference, self.language);
        self.heading(&heading);
        let packages = by_weight(difference);
        for package in packages.iter().take(self.limit) {
            let line = format!(
                "{:>10}  {}/{} {}",
                growth(package.files),
                package.manager,
                package.name,
                versions(package)
            );
            self.signed(sign(package.status), line.trim_end());
        }
        self.more(packages.len());
        if !difference.unowned.is_empty() {
            let name = self.language.text(Text::NoPackage);
            let counts = counts(difference.unowned, self.language);
            self.line(&format!("    {:>10}  {name}: {counts}", growth(difference.unowned)));
        }
    }

    fn directories(&mut self, difference: &Difference) {
        if difference.files.is_empty() {
            return;
        }
        let total = counts(difference.total, self.language);
        let heading = self.language.say(Text::FileCounts, &[&total]);
        self.heading(&format!("{heading} ({})", growth(difference.total)));
        for row in overview(&difference.directories, self.limit) {
            let line = self.directory(&row);
            self.signed(row_sign(&row), &line);
        }
    }

    fn directory(&self, row: &Row) -> String {
        let path = if row.is_rest {
            self.language.say(Text::RestOf, &[&row.path])
        } else {
            row.path.clone()
        };
        format!("{:>10}  {path}: {}", growth(row.tally), counts(row.tally, self.language))
    }

    fn files(&mut self, difference: &Difference) {
        let total = counts(difference.total, self.language);
        let heading = self.language.say(Text::FileCounts, &[&total]);
        self.heading(&format!("{heading} ({})", growth(difference.total)));
        for file in difference.files.iter().take(self.limit) {
            let line = self.file(file);
            self.signed(sign(file.status), &line);
        }
        self.more(difference.files.len());
    }

    fn file(&self, file: &FileChange) -> String {
        let size = grown(file.bytes_before, file.bytes_after);
        let mut line = format!("{size:>10}  {}", file.path);
        let mut details = file.details.iter().map(|(field, detail)| match *field {
            // The size says it already.
            "content" => (*field).to_owned(),
            _ => format!("{field} {} → {}", shown(&detail.before), shown(&detail.after)),
        });
        if let Some(first) = details.next() {
            let rest: String = details.fold(String::new(), |text, next| format!("{text}, {next}"));
            write!(line, " ({first}{rest})").expect("a string takes every write");
        } else {
            write!(line, " ({})", word(file.status, self.language))
                .expect("a string takes every write");
        }
        line
    }
}

/// Something to see where there is nothing.
fn shown(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// The sign of a directory: of itself if it came or went whole, else of what happened in it.
fn row_sign(row: &Row) -> char {
    let tally = row.tally;
    match row.whole {
        Some(status) => sign(status),
        None if tally.count() == tally.added => sign(Status::Added),
        None if tally.count() == tally.removed => sign(Status::Removed),
        None => sign(Status::Changed),
    }
}
