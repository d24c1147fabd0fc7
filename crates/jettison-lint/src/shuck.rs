//! [`ShellLinter`] by way of the shuck toolchain.

use std::{
    fmt::{self, Write as _},
    ops::Range,
};

use jettison_dockerfile::Edit;
use shuck_linter::{
    AnalysisRequest, Applicability, LinterSettings, Rule, ShellCheckCodeMap, ShellCheckLevel,
    ShellDialect, rule_metadata,
};
use shuck_parser::parser::Parser;

use crate::{
    finding::Safety,
    rule::Level,
    shell_linter::{Dialect, ShellFinding, ShellLinter, ShellScript},
};

/// Codes that say nothing about a RUN: sourced files that are not there while linting (1090,
/// 1091), a missing `#!` line (2148), a shell that ShellCheck does not know (2187).
const MEANINGLESS: &[u32] = &[1090, 1091, 2148, 2187];

/// Longest text that is looked at: half of what a Dockerfile's line can hold.
const MAX_SCRIPT: usize = 32 * 1024;

/// The rules that ShellCheck has, too.
pub(crate) struct Shuck {
    codes: ShellCheckCodeMap,
    rules: Vec<Rule>,
}

impl fmt::Debug for Shuck {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shuck").field("rules", &self.rules.len()).finish_non_exhaustive()
    }
}

impl Default for Shuck {
    fn default() -> Self {
        let codes = ShellCheckCodeMap::default();
        let is_wanted = |rule: &Rule| {
            codes.code_for_rule(*rule).is_some_and(|code| !MEANINGLESS.contains(&code))
                && rule_metadata(*rule).is_some_and(|data| data.shellcheck_level.is_some())
        };
        let rules = Rule::iter().filter(is_wanted).collect();
        Self { codes, rules }
    }
}

impl ShellLinter for Shuck {
    fn lint(&self, script: &ShellScript<'_>) -> Vec<ShellFinding> {
        if script.text.len() > MAX_SCRIPT {
            return Vec::new();
        }
        let (header, dialect) = header(script);
        let source = format!("{header}{}", script.text);
        let parsed = Parser::with_profile(&source, dialect.shell_profile()).parse();
        let settings = LinterSettings::for_rules(self.rules.iter().copied())
            .with_shell(dialect)
            .with_resolve_source_closure(false);
        let diagnostics = AnalysisRequest::from_parse_result(&parsed, &source, &settings)
            .with_shellcheck_map(&self.codes)
            .lint();
        let start = header.len();
        let found = diagnostics.into_iter().filter_map(|one| {
            let code = self.codes.code_for_rule(one.rule)?;
            let range = shifted(one.span.start.offset()..one.span.end.offset(), start)?;
            let fix = one.fix.as_ref().and_then(|fix| {
                let safety = match fix.applicability() {
                    Applicability::Safe => Safety::Safe,
                    Applicability::Unsafe => Safety::Unsafe,
                };
                let edits: Option<Vec<Edit>> = fix
                    .edits()
                    .iter()
                    .map(|edit| {
                        let range =
                            usize::from(edit.range().start())..usize::from(edit.range().end());
                        Some(Edit::replace(shifted(range, start)?, edit.content()))
                    })
                    .collect();
                Some((safety, edits?))
            });
            Some(ShellFinding { code, level: level(one.rule), range, message: one.message, fix })
        });
        found.collect()
    }
}

/// The lines before the text: the shell, and the variables that are set.
fn header(script: &ShellScript<'_>) -> (String, ShellDialect) {
    let (name, dialect) = match script.dialect {
        Dialect::Sh => ("sh", ShellDialect::Sh),
        Dialect::Bash => ("bash", ShellDialect::Bash),
        Dialect::Dash => ("dash", ShellDialect::Dash),
        Dialect::Ksh => ("ksh", ShellDialect::Ksh),
        Dialect::Zsh => ("zsh", ShellDialect::Zsh),
    };
    let mut header =
        if script.text.starts_with("#!") { String::new() } else { format!("#!/bin/{name}\n") };
    for (name, value) in script.variables.iter().filter(|(name, _)| is_name(name)) {
        let value = stand_in(value.as_deref());
        writeln!(header, "export {name}={value}").expect("writing to a string succeeds");
    }
    (header, dialect)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A value that behaves like `value` when it stands unquoted. One that is not known gets the
/// benefit of the doubt, as it does from hadolint.
fn stand_in(value: Option<&str>) -> &'static str {
    match value {
        Some(value) if value.contains([' ', '\t', '*', '?', '[']) => "'x y'",
        _ => "1",
    }
}

fn shifted(range: Range<usize>, by: usize) -> Option<Range<usize>> {
    Some(range.start.checked_sub(by)?..range.end.checked_sub(by)?)
}

fn level(rule: Rule) -> Level {
    match rule_metadata(rule).and_then(|data| data.shellcheck_level) {
        Some(ShellCheckLevel::Error) => Level::Error,
        Some(ShellCheckLevel::Warning) => Level::Warning,
        Some(ShellCheckLevel::Info) => Level::Info,
        Some(ShellCheckLevel::Style) | None => Level::Style,
    }
}
