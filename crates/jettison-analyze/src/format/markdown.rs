//! Markdown for a pull request.

use std::fmt::Write as _;

use super::{
    advice_groups::groups,
    places,
    sections::difference,
    units::{bytes, nth, signed_bytes},
    words::Word,
};
use crate::{
    analysis::{Analysis, BudgetLine, RiskFinding},
    language::{Language, Level},
    risks::risk_check,
    secrets::secret_rule,
};

/// Rows of tables: a comment is to be read.
const ROWS: usize = 10;

pub(super) fn markdown(analysis: &Analysis, language: Language) -> String {
    let mut page = Markdown { analysis, language, text: String::new() };
    page.head();
    page.budget();
    page.growth();
    page.secrets();
    page.advice();
    page.causes();
    page.layers();
    page.risks();
    page.text
}

struct Markdown<'a> {
    analysis: &'a Analysis,
    language: Language,
    text: String,
}

impl Markdown<'_> {
    fn say(&self, word: Word) -> &'static str {
        word.say(self.language)
    }

    fn line(&mut self, text: &str) {
        writeln!(self.text, "{text}").expect("writing to a string succeeds");
    }

    fn table(&mut self, header: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        self.line(&format!("| {} |", header.join(" | ")));
        self.line(&format!("|{}", "---|".repeat(header.len())));
        for row in rows {
            self.line(&format!("| {} |", row.join(" | ")));
        }
        self.line("");
    }

    fn head(&mut self) {
        let size = &self.analysis.size;
        let mut text =
            format!("## {}\n\n**{}**", escaped(&self.analysis.image.name), bytes(size.now));
        if let Some(growth) = &self.analysis.growth {
            let grown = difference(size.now, growth.bytes);
            write!(
                text,
                " ({} {} {})",
                signed_bytes(grown),
                self.say(Word::Against),
                escaped(&growth.baseline)
            )
            .expect("writing to a string succeeds");
        }
        write!(
            text,
            " · {} {} · {}: {} · {}: {} · {}: {}",
            bytes(size.wasted),
            self.say(Word::Waste),
            self.say(Word::Layers).to_lowercase(),
            self.analysis.layers.len(),
            self.say(Word::Secrets).to_lowercase(),
            self.analysis.secrets.len(),
            self.say(Word::Risks).to_lowercase(),
            self.serious_risks().count(),
        )
        .expect("writing to a string succeeds");
        self.line(&text);
        self.line("");
    }

    fn budget(&mut self) {
        if self.analysis.budget.is_empty() {
            return;
        }
        self.line(&format!("### {}\n", self.say(Word::Budget)));
        let row = |line: &BudgetLine| {
            let mark = if line.is_broken { "❌" } else { "✅" };
            vec![
                mark.to_owned(),
                format!("`{}`", line.name),
                line.actual.clone(),
                line.limit.clone(),
                format!("`{}`", line.origin),
            ]
        };
        let rows: Vec<_> = self.analysis.budget.iter().map(row).collect();
        let header = [
            "",
            self.say(Word::Budget),
            self.say(Word::Actual),
            self.say(Word::Allowed),
            self.say(Word::Place),
        ];
        self.table(&header, rows.into_iter());
    }

    fn growth(&mut self) {
        let Some(growth) = &self.analysis.growth else { return };
        if growth.packages.is_empty() {
            return;
        }
        self.line(&format!("### {}\n", self.say(Word::Growth)));
        let rows: Vec<Vec<String>> = growth
            .packages
            .iter()
            .take(ROWS)
            .map(|change| {
                let version =
                    |version: &Option<String>| version.clone().unwrap_or_else(|| "–".to_owned());
                vec![
                    escaped(&format!("{} {}", change.kind, change.name)),
                    escaped(&version(&change.from)),
                    escaped(&version(&change.to)),
                    signed_bytes(change.bytes),
                ]
            })
            .collect();
        let header = [
            self.say(Word::Packages),
            self.say(Word::Gone),
            self.say(Word::New),
            self.say(Word::Size),
        ];
        self.table(&header, rows.into_iter());
    }

    fn secrets(&mut self) {
        if self.analysis.secrets.is_empty() {
            return;
        }
        self.line(&format!("### {}\n", self.say(Word::Secrets)));
        let rows: Vec<Vec<String>> = self
            .analysis
            .secrets
            .iter()
            .take(ROWS * 2)
            .map(|secret| {
                let title = secret_rule(&secret.rule)
                    .map_or(secret.rule.as_str(), |rule| rule.title.in_language(self.language));
                let place = secret.places.first().map(|place| places::secret(place, self.language));
                vec![
                    secret.level.text().in_language(self.language).to_owned(),
                    format!("{} `{}`", escaped(title), secret.rule),
                    format!("`{}`", secret.masked),
                    escaped(&place.unwrap_or_default()),
                ]
            })
            .collect();
        let header = [self.say(Word::Level), self.say(Word::Finding), "", self.say(Word::Place)];
        self.table(&header, rows.into_iter());
    }

    fn advice(&mut self) {
        if self.analysis.advice.is_empty() {
            return;
        }
        self.line(&format!("### {}\n", self.say(Word::WhatToDo)));
        for advice in groups(&self.analysis.advice).iter().take(ROWS) {
            let places = advice.places().join(", ");
            let places = if places.is_empty() { places } else { format!(" (`{places}`)") };
            self.line(&format!(
                "* **{}** {}{places}: {}",
                bytes(advice.bytes()),
                advice.causes(self.language),
                escaped(&advice.sentence(self.language))
            ));
            if !advice.code().is_empty() {
                self.line(&format!("  ```dockerfile\n  {}\n  ```", advice.code().join("\n  ")));
            }
        }
        self.line("");
    }

    fn causes(&mut self) {
        if self.analysis.causes.is_empty() {
            return;
        }
        self.line(&format!("<details><summary>{}</summary>\n", self.say(Word::WasteByCause)));
        let rows: Vec<Vec<String>> = self
            .analysis
            .causes
            .iter()
            .map(|facts| {
                vec![
                    facts.cause.title().in_language(self.language).to_owned(),
                    bytes(facts.bytes),
                    facts.files.to_string(),
                ]
            })
            .collect();
        self.table(
            &[self.say(Word::Cause), self.say(Word::Size), self.say(Word::Files)],
            rows.into_iter(),
        );
        self.line("</details>\n");
    }

    fn layers(&mut self) {
        self.line(&format!("<details><summary>{}</summary>\n", self.say(Word::Layers)));
        let rows: Vec<Vec<String>> = self
            .analysis
            .layers
            .iter()
            .map(|layer| {
                let text = layer
                    .step
                    .as_ref()
                    .map(|step| super::units::cut(&step.text, 90))
                    .unwrap_or_default();
                vec![
                    nth(layer.index).to_string(),
                    bytes(layer.bytes),
                    bytes(layer.wasted),
                    format!("`{}`", text.replace('`', "'").replace('|', "\\|")),
                ]
            })
            .collect();
        self.table(
            &["#", self.say(Word::Size), self.say(Word::Waste), self.say(Word::Instruction)],
            rows.into_iter(),
        );
        self.line("</details>\n");
    }

    /// Those that a comment tells: remarks are for the whole report.
    fn serious_risks(&self) -> impl Iterator<Item = &RiskFinding> {
        self.analysis.risks.iter().filter(|risk| risk.level > Level::Info)
    }

    fn risks(&mut self) {
        let rows: Vec<Vec<String>> = self
            .serious_risks()
            .map(|risk| {
                let title = risk_check(&risk.id)
                    .map_or(risk.id.as_str(), |check| check.title.in_language(self.language));
                let names = std::iter::once(&risk.id)
                    .chain(&risk.aliases)
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(", ");
                let subject = risk
                    .subjects
                    .first()
                    .map(|subject| super::units::cut(subject, 60))
                    .unwrap_or_default();
                let count =
                    if risk.count > 1 { format!(" (+{})", risk.count - 1) } else { String::new() };
                vec![
                    risk.level.text().in_language(self.language).to_owned(),
                    format!("{} `{names}`", escaped(title)),
                    format!("{}{count}", escaped(&subject)),
                ]
            })
            .collect();
        if rows.is_empty() {
            return;
        }
        self.line(&format!(
            "<details><summary>{} ({})</summary>\n",
            self.say(Word::Risks),
            rows.len()
        ));
        self.table(
            &[self.say(Word::Level), self.say(Word::Finding), self.say(Word::Place)],
            rows.into_iter(),
        );
        self.line("</details>");
    }
}

/// Text from an image, so that it is shown and not obeyed.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' => {
                shown.push('\\');
                shown.push(letter);
            }
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            // A mention would send somebody a message.
            '@' => shown.push_str("@\u{200b}"),
            control if control.is_control() => shown.push(' '),
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_images_are_not_obeyed() {
        assert_eq!(escaped("a|b<img>@joe`x`\n"), "a\\|b&lt;img&gt;@\u{200b}joe\\`x\\` ");
    }
}
