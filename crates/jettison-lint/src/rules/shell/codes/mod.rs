//! ShellCheck's codes as rules: a page each, found by the engine or by the supplement.
//!
//! Numbers and meanings are ShellCheck's; the texts are our own. A code without a page here is not
//! reported: each was looked at in RUN instructions first.

mod commands;
mod conditions;
mod expansion;
mod flow;
mod portability;
mod quoting;
mod syntax;
mod variables;

use crate::{report::Report, rule::Rule, subject::Subject};

/// The codes by area.
static AREAS: &[&[Rule]] = &[
    syntax::CODES,
    quoting::CODES,
    expansion::CODES,
    variables::CODES,
    commands::CODES,
    conditions::CODES,
    flow::CODES,
    portability::CODES,
];

/// All codes.
pub(crate) fn all() -> impl Iterator<Item = &'static Rule> {
    AREAS.iter().flat_map(|area| area.iter())
}

/// The rule for ShellCheck's `number`, if it has a page.
pub(crate) fn numbered(number: u32) -> Option<&'static Rule> {
    all().find(|rule| rule.id.strip_prefix("SC").and_then(|text| text.parse().ok()) == Some(number))
}

/// Nothing: `shellcheck` looks for all codes at once.
fn found_together(_: &Subject<'_>, _: &mut Report) {}

/// One code: number, level, shell, title, why, shell text that has the fault, the same without it.
macro_rules! code {
    (@shell sh, $text:literal) => { concat!("FROM debian:12\nRUN ", $text) };
    (@shell bash, $text:literal) => {
        concat!("FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\nRUN ", $text)
    };
    ($number:literal, $level:ident, $shell:ident, [$en:literal, $zh:literal], [$why_en:literal, $why_zh:literal],
     $bad:literal, $good:literal) => {
        crate::rule::Rule {
            id: concat!("SC", $number),
            aliases: &["JT-shell"],
            level: crate::rule::Level::$level,
            page: crate::rule::Page {
                title: crate::rule::Text { en: $en, zh: $zh },
                why: crate::rule::Text { en: $why_en, zh: $why_zh },
                bad: $crate::rules::shell::codes::code!(@shell $shell, $bad),
                good: $crate::rules::shell::codes::code!(@shell $shell, $good),
                files: &[],
            },
            check: super::found_together,
        }
    };
}
pub(crate) use code;
