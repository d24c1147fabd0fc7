//! The parts of the report for people.

use super::{
    Detail,
    advice_groups::{AdviceGroup, groups},
    places,
    text::{BLUE, BOLD, CYAN, DIM, GREEN, Page, RED, YELLOW, bar, percent, right},
    units::{bytes, cut, cut_front, nth, pad, signed_bytes, width, wrap},
    words::Word,
};
use crate::{
    analysis::{RiskFinding, SecretFinding},
    language::Level,
    risks::risk_check,
    secrets::secret_rule,
};

/// Lines of long lists that are shown unless all are asked for.
const CAUSES: usize = 12;
const ADVICE: usize = 8;
const PACKAGES: usize = 12;
const SECRETS: usize = 20;
const SUBJECTS: usize = 4;

/// How many of `all` to show.
fn shown(page: &Page<'_>, all: usize, most: usize) -> usize {
    match page.style.detail {
        Detail::Short => all.min(most),
        Detail::Full => all,
    }
}

fn more(page: &mut Page<'_>, left: usize) {
    if left > 0 {
        let text = page.paint(DIM, &format!("{left} {}", page.say(Word::More)));
        page.line(&format!("  {text}"));
    }
}

pub(super) fn growth(page: &mut Page<'_>) {
    let Some(growth) = &page.analysis.growth else { return };
    let now = page.analysis.size.now;
    let grown = difference(now, growth.bytes);
    page.heading(Word::Growth, &format!("{} {}", page.say(Word::Against), growth.baseline));
    let colour = if grown > 0 { YELLOW } else { GREEN };
    let text = page.paint(colour, &signed_bytes(grown));
    let shared = format!(
        "{} {} ({})",
        growth.shared_layers,
        page.say(Word::SharedLayers),
        bytes(growth.shared_bytes)
    );
    let shared = page.paint(DIM, &shared);
    page.line(&format!("  {text}  {} → {}  {shared}", bytes(growth.bytes), bytes(now)));
    let count = shown(page, growth.packages.len(), PACKAGES);
    for change in &growth.packages[..count] {
        let versions = match (&change.from, &change.to) {
            (Some(from), Some(to)) if from == to => to.clone(),
            (Some(from), Some(to)) => format!("{from} → {to}"),
            (None, Some(to)) => format!("{} {to}", page.say(Word::New)),
            (from, None) => {
                format!("{} {}", from.as_deref().unwrap_or_default(), page.say(Word::Gone))
            }
        };
        let name = cut(&format!("{} {}", change.kind, change.name), 40);
        page.line(&format!(
            "  {}  {}  {versions}",
            right(&signed_bytes(change.bytes), 9),
            pad(&name, 40)
        ));
    }
    more(page, growth.packages.len() - count);
}

/// By how much the first is more than the second.
pub(super) fn difference(one: u64, other: u64) -> i64 {
    i64::try_from(i128::from(one) - i128::from(other)).unwrap_or(i64::MAX)
}

pub(super) fn layers(page: &mut Page<'_>) {
    page.heading(Word::Layers, "");
    let header = format!(
        "  {}  {}  {}  {}",
        right("#", 3),
        right(page.say(Word::Size), 9),
        right(page.say(Word::Waste), 9),
        page.say(Word::Instruction)
    );
    let header = page.paint(DIM, &header);
    page.line(&header);
    for layer in &page.analysis.layers {
        let waste = if layer.wasted == 0 { String::new() } else { bytes(layer.wasted) };
        let is_much = layer.wasted * 2 > layer.bytes && layer.wasted > 1_000_000;
        let waste = page.paint(if is_much { YELLOW } else { "0" }, &right(&waste, 9));
        let step = layer.step.as_ref();
        let place = step
            .and_then(|step| step.place.as_ref())
            .map(|place| format!("{} ", places::short(place)));
        let place = place.unwrap_or_default();
        let base =
            if layer.is_base { format!("[{}] ", page.say(Word::Base)) } else { String::new() };
        let text = step.map(|step| step.text.clone()).unwrap_or_default();
        let room = page.room(2 + 3 + 2 + 9 + 2 + 9 + 2 + width(&place) + width(&base));
        let text = cut(&text, room);
        let (place, base) = (page.paint(CYAN, &place), page.paint(DIM, &base));
        page.line(&format!(
            "  {:>3}  {}  {waste}  {place}{base}{text}",
            nth(layer.index),
            right(&bytes(layer.bytes), 9)
        ));
    }
}

pub(super) fn causes(page: &mut Page<'_>) {
    let analysis = page.analysis;
    let note = format!(
        "{} · {} {}",
        percent(analysis.size.wasted, analysis.size.now),
        bytes(analysis.size.hidden),
        page.say(Word::Hidden)
    );
    page.heading(Word::WasteByCause, &note);
    if analysis.causes.is_empty() {
        page.line(&format!("  {}", page.say(Word::NoWaste)));
        return;
    }
    let most = analysis.causes[0].bytes;
    let count = shown(page, analysis.causes.len(), CAUSES);
    for facts in &analysis.causes[..count] {
        let title = facts.cause.title().in_language(page.style.language);
        let bar = page.paint(YELLOW, &bar(facts.bytes, most, 20));
        let id = page.paint(DIM, facts.cause.id());
        page.line(&format!(
            "  {}  {bar}  {}  {} {}  {id}",
            right(&bytes(facts.bytes), 9),
            pad(title, 34),
            right(&super::units::number(facts.files), 6),
            page.say(Word::Files)
        ));
    }
    more(page, analysis.causes.len() - count);
}

pub(super) fn advice(page: &mut Page<'_>) {
    let analysis = page.analysis;
    if analysis.advice.is_empty() {
        return;
    }
    page.heading(Word::WhatToDo, "");
    let groups = groups(&analysis.advice);
    let count = shown(page, groups.len(), ADVICE);
    for group in &groups[..count] {
        piece_of_advice(page, group);
    }
    more(page, groups.len() - count);
}

fn piece_of_advice(page: &mut Page<'_>, advice: &AdviceGroup<'_>) {
    let language = page.style.language;
    let size = page.paint(GREEN, &right(&bytes(advice.bytes()), 9));
    let place = advice.places().join(", ");
    let text = format!("{place} {}: {}", advice.causes(language), advice.sentence(language));
    let indent = 2 + 9 + 2;
    let lines = wrap(text.trim_start(), page.room(indent));
    for (number, line) in lines.iter().enumerate() {
        if number == 0 {
            let (place, rest) =
                line.split_at(if line.starts_with(&place) { place.len() } else { 0 });
            let place = page.paint(CYAN, place);
            page.line(&format!("  {size}  {place}{rest}"));
        } else {
            page.line(&format!("{}{line}", " ".repeat(indent)));
        }
    }
    // Lines to be copied are not cut: terminals wrap them.
    for line in advice.code() {
        let line = page.paint(BLUE, line);
        page.line(&format!("{}  {line}", " ".repeat(indent)));
    }
}

pub(super) fn packages(page: &mut Page<'_>) {
    let packages = &page.analysis.packages;
    page.heading(Word::Packages, &packages.len().to_string());
    if packages.is_empty() {
        page.line(&format!("  {}", page.say(Word::NoPackages)));
        return;
    }
    let count = shown(page, packages.len(), PACKAGES);
    for package in &packages[..count] {
        let layer = package.layer.map(|layer| format!("{} {}", page.say(Word::Layer), nth(layer)));
        let layer = page.paint(DIM, &layer.unwrap_or_default());
        let name = cut(&format!("{} {}", package.kind, package.name), 40);
        let version = cut(&package.version, 28);
        page.line(&format!(
            "  {}  {}  {}  {layer}",
            right(&bytes(package.bytes), 9),
            pad(&name, 40),
            pad(&version, 28)
        ));
    }
    more(page, packages.len() - count);
}

pub(super) fn secrets(page: &mut Page<'_>) {
    let secrets = &page.analysis.secrets;
    page.heading(Word::Secrets, &secrets.len().to_string());
    if secrets.is_empty() {
        let text = page.paint(GREEN, page.say(Word::NoSecrets));
        page.line(&format!("  {text}"));
        return;
    }
    let count = shown(page, secrets.len(), SECRETS);
    for secret in &secrets[..count] {
        secret_lines(page, secret);
    }
    more(page, secrets.len() - count);
}

fn level(page: &Page<'_>, level: Level) -> String {
    let colour = match level {
        Level::High => RED,
        Level::Medium => YELLOW,
        Level::Low => BLUE,
        Level::Info => DIM,
    };
    let text = pad(level.text().in_language(page.style.language), 6);
    page.paint(colour, &text)
}

fn secret_lines(page: &mut Page<'_>, secret: &SecretFinding) {
    let title = secret_rule(&secret.rule)
        .map_or(secret.rule.as_str(), |rule| rule.title.in_language(page.style.language));
    let title = page.paint(BOLD, title);
    let id = page.paint(DIM, &secret.rule);
    page.line(&format!("  {}  {title}  {}  {id}", level(page, secret.level), secret.masked));
    let count = shown(page, secret.places.len(), SUBJECTS);
    for place in &secret.places[..count] {
        let at = places::secret_line(page.analysis, place)
            .map(|place| format!("{}  ", places::short(place)));
        let at = at.unwrap_or_default();
        let text =
            cut_front(&places::secret(place, page.style.language), page.room(10 + width(&at)));
        let at = page.paint(CYAN, &at);
        page.line(&format!("          {at}{text}"));
    }
    more_subjects(page, secret.places.len() - count);
}

fn more_subjects(page: &mut Page<'_>, left: usize) {
    if left > 0 {
        let text = page.paint(DIM, &format!("+ {left}"));
        page.line(&format!("          {text}"));
    }
}

pub(super) fn risks(page: &mut Page<'_>) {
    let risks = &page.analysis.risks;
    let ignored: usize = page.analysis.ignored.values().sum();
    let note = if ignored > 0 {
        format!("{} · {ignored} {}", risks.len(), page.say(Word::Ignored))
    } else {
        risks.len().to_string()
    };
    page.heading(Word::Risks, &note);
    if risks.is_empty() {
        let text = page.paint(GREEN, page.say(Word::NoRisks));
        page.line(&format!("  {text}"));
        return;
    }
    for risk in risks {
        risk_lines(page, risk);
    }
    let text = page.paint(DIM, page.say(Word::Explain));
    page.line(&format!("  {text}"));
}

fn risk_lines(page: &mut Page<'_>, risk: &RiskFinding) {
    let title = risk_check(&risk.id)
        .map_or(risk.id.as_str(), |check| check.title.in_language(page.style.language));
    let aliases = if risk.aliases.is_empty() {
        String::new()
    } else {
        format!(" ({})", risk.aliases.join(", "))
    };
    let place =
        risk.place.as_ref().map(|place| format!("{}  ", places::short(place))).unwrap_or_default();
    let id = page.paint(DIM, &format!("{}{aliases}", risk.id));
    let place = page.paint(CYAN, &place);
    page.line(&format!("  {}  {place}{title}  {id}", level(page, risk.level)));
    let most = if risk.level >= Level::Medium { SUBJECTS } else { 2 };
    let count = shown(page, risk.subjects.len(), most);
    for subject in &risk.subjects[..count] {
        let text = cut(subject, page.room(10));
        page.line(&format!("          {text}"));
    }
    more_subjects(page, risk.count.saturating_sub(count));
}

pub(super) fn budget(page: &mut Page<'_>) {
    let budget = &page.analysis.budget;
    if budget.is_empty() {
        return;
    }
    page.heading(Word::Budget, "");
    for line in budget {
        let (word, colour) = if line.is_broken { (Word::Over, RED) } else { (Word::Within, GREEN) };
        let verdict = page.paint(colour, &pad(page.say(word), 6));
        let origin = page.paint(DIM, &line.origin);
        page.line(&format!(
            "  {verdict}  {}  {} / {}  {origin}",
            pad(&line.name, 16),
            line.actual,
            line.limit
        ));
    }
}
