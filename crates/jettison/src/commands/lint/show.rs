//! Findings, or how many there are of each rule.

use std::{collections::BTreeMap, io::IsTerminal};

use jettison_lint::{Colour, Language, Style, render, rule};

use super::{Args, Found};
use crate::terminal::Terminal;

/// Prints them in the form that was asked for.
pub(super) fn findings(args: &Args, found: &Found, language: Language, terminal: &Terminal) {
    if args.statistics {
        return statistics(found, language, terminal);
    }
    let is_terminal = std::io::stdout().is_terminal();
    let colour = if terminal.has_colour() && is_terminal { Colour::Ansi } else { Colour::Never };
    let width = is_terminal.then(Terminal::width);
    let style = Style { format: args.format, language, colour, width };
    terminal.text(&render(&found.diagnostics, &found.files, style));
}

fn statistics(found: &Found, language: Language, terminal: &Terminal) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &found.diagnostics {
        *counts.entry(one.finding.rule).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0)));
    for (id, count) in counts {
        let title = rule(id).map(|rule| rule.page.title.in_language(language)).unwrap_or_default();
        terminal.line(&format!("{count:>6}  {id}  {title}"));
    }
}
