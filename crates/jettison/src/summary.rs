//! The result of a slimming, as a person reads it.

use std::collections::BTreeMap;

use jettison_slim::report::{ImageFacts, Report, Risk};

use crate::{
    messages::{Language, Text},
    terminal::Terminal,
};

/// Dropped things that are shown.
const BIGGEST: usize = 10;
/// Rules that are shown.
const RULES: usize = 8;
/// Warnings of which the whole text is shown.
const WARNINGS: usize = 10;

/// Prints before and after, what went, what it cost, and what to look at.
pub(crate) fn render(report: &Report, terminal: &Terminal) {
    figures(report, terminal);
    biggest(report, terminal);
    rules(report, terminal);
    times(report, terminal);
    risks(report, terminal);
    warnings(report, terminal);
    verdict(report, terminal);
}

fn figures(report: &Report, terminal: &Terminal) {
    let word = |text| terminal.language.text(text);
    let row = |name: &str, facts: &ImageFacts| {
        format!(
            "{name}  {:>10}  {:>8} {}  {:>3} {}",
            bytes(facts.bytes),
            facts.files,
            word(Text::Files),
            facts.layers,
            word(Text::Layers),
        )
    };
    terminal.line(&row(&pad(word(Text::Before)), &report.source));
    #[expect(clippy::cast_precision_loss, reason = "a ratio with one digit")]
    let ratio = report.source.bytes as f64 / report.slim.bytes.max(1) as f64;
    let smaller = terminal.language.say(Text::Smaller, &[&format!("{ratio:.1}")]);
    terminal.line(&format!(
        "{}  {}",
        row(&pad(word(Text::After)), &report.slim),
        terminal.bold(&smaller)
    ));
}

fn pad(word: &str) -> String {
    format!("{word:<7}")
}

fn biggest(report: &Report, terminal: &Terminal) {
    let mut dropped: Vec<_> = report.dropped.iter().filter(|dropped| dropped.bytes > 0).collect();
    dropped
        .sort_by(|one, other| other.bytes.cmp(&one.bytes).then_with(|| one.path.cmp(&other.path)));
    if dropped.is_empty() {
        return;
    }
    heading(Text::BiggestDropped, terminal);
    for entry in dropped.into_iter().take(BIGGEST) {
        terminal.line(&format!("  {:>10}  {}", bytes(entry.bytes), entry.path));
    }
}

fn rules(report: &Report, terminal: &Terminal) {
    let mut rules: Vec<_> = report.rules.iter().filter(|(_, cost)| cost.bytes > 0).collect();
    rules.sort_by(|one, other| other.1.bytes.cmp(&one.1.bytes).then_with(|| one.0.cmp(other.0)));
    heading(Text::Cost, terminal);
    for (rule, cost) in rules.into_iter().take(RULES) {
        terminal.line(&format!("  {:>10}  {rule}", bytes(cost.bytes)));
    }
}

fn times(report: &Report, terminal: &Terminal) {
    heading(Text::Time, terminal);
    for stage in &report.stages {
        terminal.line(&format!("  {:>7.0} ms  {}", stage.wall_ms, stage.name));
    }
    let (wall, cpu) = report
        .stages
        .iter()
        .fold((0.0, 0.0), |(wall, cpu), stage| (wall + stage.wall_ms, cpu + stage.cpu_ms));
    terminal.line(&format!("  {wall:>7.0} ms  ({cpu:.0} ms CPU)"));
}

/// What rules wanted that were switched off, and paths that were excluded: a line for each rule.
fn risks(report: &Report, terminal: &Terminal) {
    let mut by_rule: BTreeMap<&str, Vec<&Risk>> = BTreeMap::new();
    for risk in &report.risks {
        by_rule.entry(&risk.rule).or_default().push(risk);
    }
    if by_rule.is_empty() {
        return;
    }
    heading(Text::Risks, terminal);
    for (rule, risks) in by_rule {
        let (count, first) = (risks.len().to_string(), risks[0]);
        let line = terminal.language.say(Text::Risk, &[rule, &count, &first.path, &first.because]);
        terminal.line(&format!("  {line}"));
    }
}

fn warnings(report: &Report, terminal: &Terminal) {
    if report.warnings.is_empty() {
        return;
    }
    heading(Text::Warnings, terminal);
    for warning in report.warnings.iter().take(WARNINGS) {
        terminal.line(&format!("  {} ({})", warning.text, warning.code));
    }
}

fn verdict(report: &Report, terminal: &Terminal) {
    terminal.line("");
    let text = if report.verdict.equal { Text::Equal } else { Text::NotEqual };
    let compared = compared(report, terminal.language);
    terminal.line(&terminal.bold(&terminal.language.say(text, &[&compared])));
    for difference in report.verdict.differences.iter().take(WARNINGS) {
        terminal.line(&format!("  {difference}"));
    }
    if report.written.is_empty() {
        terminal.line(terminal.language.text(Text::NotWritten));
        return;
    }
    for written in &report.written {
        let tags = report.slim.tags.join(", ");
        let named = if tags.is_empty() { written.clone() } else { format!("{written} ({tags})") };
        terminal.line(&terminal.language.say(Text::Written, &[&named]));
    }
    for written in report.rest.iter().flat_map(|rest| &rest.written) {
        terminal.line(&terminal.language.say(Text::RestWritten, &[written]));
    }
}

/// How much was compared and what came of it: `214 requests, 3 commands, 1 health check: equal`.
fn compared(report: &Report, language: Language) -> String {
    let counts = report.verdict.compared;
    let parts: Vec<String> = [
        (counts.requests, Text::Requests(counts.requests)),
        (counts.commands, Text::Commands(counts.commands)),
        (counts.health_checks, Text::HealthChecks(counts.health_checks)),
        (counts.sockets, Text::Sockets(counts.sockets)),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, text)| language.say(text, &[&count.to_string()]))
    .collect();
    let list = match parts.as_slice() {
        [] => language.text(Text::Nothing).to_owned(),
        parts => parts.join(language.text(Text::ListComma)),
    };
    match report.verdict.differences.len() {
        0 => language.say(Text::AllEqual, &[&list]),
        count => language.say(Text::Differences(count), &[&list, &count.to_string()]),
    }
}

fn heading(text: Text, terminal: &Terminal) {
    terminal.line(&format!("\n{}", terminal.bold(terminal.language.text(text))));
}

/// Bytes in decimal units, as `docker images` shows them.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [(&str, u64); 4] =
        [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000), ("B", 1)];
    let (unit, size) = UNITS.into_iter().find(|&(_, size)| count >= size).unwrap_or(("B", 1));
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let value = count as f64 / size as f64;
    if size == 1 || value >= 100.0 {
        format!("{value:.0} {unit}")
    } else {
        format!("{value:.1} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_have_three_digits() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1500, "1.5 kB"),
            (27_300_000, "27.3 MB"),
            (1_432_000_000, "1.4 GB"),
            (250_000_000, "250 MB"),
        ];
        for (count, expected) in cases {
            assert_eq!(bytes(count), expected);
        }
    }
}
