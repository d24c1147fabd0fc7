//! The comparison for a pull request: a short table, and the rest folded away.

use jettison_diff::{Difference, overview};

use super::{
    By, View,
    lines::{self, by_weight, counts, grown, growth, package_counts, pull, sign, versions},
};
use crate::{
    messages::{DiffText as Text, Language},
    summary::bytes,
};

/// The comparison as Markdown that GitHub, GitLab and Gitea show alike.
pub(super) fn render(difference: &Difference, view: View, language: Language) -> String {
    let mut page = Page { text: String::new(), language, limit: view.limit };
    page.summary(difference);
    if difference.is_empty() {
        page.line(&format!("\n{}", language.text(Text::Equal)));
        return page.text;
    }
    let wants = |by| view.by == By::Summary || view.by == by;
    if view.by == By::Summary {
        page.config(difference);
    }
    if wants(By::Package) {
        page.packages(difference);
    }
    if wants(By::Directory) {
        page.directories(difference);
    }
    if view.by == By::File {
        page.files(difference);
    }
    page.text
}

struct Page {
    text: String,
    language: Language,
    limit: usize,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn word(&self, text: Text) -> &'static str {
        self.language.text(text)
    }

    fn summary(&mut self, difference: &Difference) {
        let (old, new) = (&difference.old, &difference.new);
        self.line(&format!("### {} → {}\n", inline(&old.name), inline(&new.name)));
        let columns =
            [Text::Image, Text::Bytes, Text::Files, Text::Layers].map(|text| self.word(text));
        self.head(&columns);
        for (name, facts) in [(Text::Old, old), (Text::New, new)] {
            let cells = [
                self.word(name).to_owned(),
                bytes(facts.bytes),
                facts.files.to_string(),
                facts.layers.to_string(),
            ];
            self.row(&cells);
        }
        let signed = |one: u64, other: u64| match other.cmp(&one) {
            std::cmp::Ordering::Less => format!("-{}", one - other),
            _ => format!("+{}", other - one),
        };
        let cells = [
            "Δ".to_owned(),
            format!("**{}**", grown(old.bytes, new.bytes)),
            signed(old.files, new.files),
            signed(old.layers as u64, new.layers as u64),
        ];
        self.row(&cells);
        self.line(&format!("\n{}", pull(difference, self.language)));
    }

    fn head(&mut self, columns: &[&str]) {
        self.row(columns);
        self.line(&format!("|{}", "---|".repeat(columns.len())));
    }

    fn row(&mut self, cells: &[impl AsRef<str>]) {
        let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
        self.line(&format!("| {} |", cells.join(" | ")));
    }

    /// A table behind a line that unfolds it.
    fn fold(&mut self, title: &str, columns: &[&str], rows: Vec<Vec<String>>, all: usize) {
        self.line(&format!("\n<details><summary>{}</summary>\n", escaped(title)));
        self.head(columns);
        for row in rows {
            self.row(&row);
        }
        if all > self.limit {
            let left = (all - self.limit).to_string();
            self.line(&format!("\n{}", self.language.say(Text::More, &[&left])));
        }
        self.line("\n</details>");
    }

    fn config(&mut self, difference: &Difference) {
        if difference.config.is_empty() {
            return;
        }
        let value = |value: &Option<String>| value.as_deref().map_or_else(String::new, inline);
        let rows = difference.config.iter().take(self.limit).map(|change| {
            let (sign, _) = lines::config(change);
            vec![
                format!("{sign} {}", inline(&change.field)),
                value(&change.before),
                value(&change.after),
            ]
        });
        let columns = [Text::Field, Text::Before, Text::After].map(|text| self.word(text));
        let title = self.word(Text::Configuration);
        self.fold(title, &columns, rows.collect(), difference.config.len());
    }

    fn packages(&mut self, difference: &Difference) {
        if difference.packages.is_empty() {
            return;
        }
        let packages = by_weight(difference);
        let rows = packages.iter().take(self.limit).map(|package| {
            vec![
                format!(
                    "{} {}",
                    sign(package.status),
                    inline(&format!("{}/{}", package.manager, package.name))
                ),
                escaped(&versions(package)),
                growth(package.files),
            ]
        });
        let columns = [self.word(Text::Package), "", self.word(Text::Bytes)];
        let title = package_counts(difference, self.language);
        self.fold(&title, &columns, rows.collect(), packages.len());
    }

    fn directories(&mut self, difference: &Difference) {
        if difference.files.is_empty() {
            return;
        }
        let rows = overview(&difference.directories, self.limit).into_iter().map(|row| {
            let path = inline(&row.path);
            let path = if row.is_rest { self.language.say(Text::RestOf, &[&path]) } else { path };
            vec![path, counts(row.tally, self.language), growth(row.tally)]
        });
        let columns = [self.word(Text::Path), "", self.word(Text::Bytes)];
        let title =
            self.language.say(Text::FileCounts, &[&counts(difference.total, self.language)]);
        self.fold(&title, &columns, rows.collect(), 0);
    }

    fn files(&mut self, difference: &Difference) {
        let rows = difference.files.iter().take(self.limit).map(|file| {
            let fields: Vec<&str> = file.details.keys().copied().collect();
            let path = format!("{} {}", sign(file.status), inline(&file.path));
            vec![path, fields.join(", "), grown(file.bytes_before, file.bytes_after)]
        });
        let columns = [self.word(Text::Path), "", self.word(Text::Bytes)];
        let title =
            self.language.say(Text::FileCounts, &[&counts(difference.total, self.language)]);
        self.fold(&title, &columns, rows.collect(), difference.files.len());
    }
}

/// Any text as code in a table: no backtick, bar or line break of it can end the cell.
fn inline(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let text: String =
        text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect();
    let text = text.replace('|', "\\|");
    if longest == 0 { format!("{fence}{text}{fence}") } else { format!("{fence} {text} {fence}") }
}

/// Any text as text: what Markdown and HTML would take for theirs is escaped.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            letter if letter.is_control() => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_cell_can_end_it() {
        assert_eq!(inline("/usr/bin"), "`/usr/bin`");
        assert_eq!(inline("a|b\nc"), "`a\\|b\u{fffd}c`");
        assert_eq!(inline("a``b"), "``` a``b ```");
        assert_eq!(escaped("1.0~rc_1 <b>|*"), "1.0\\~rc\\_1 &lt;b>\\|\\*");
    }
}
