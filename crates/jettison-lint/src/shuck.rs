//! [`ShellLinter`] by way of the shuck toolchain.

use std::{
    fmt::{self, Write as _},
    ops::Range,
};

use jettison_dockerfile::Edit;
use shuck_linter::{
    AnalysisRequest, Applicability, LinterSettings, Rule, ShellCheckCodeMap, ShellDialect,
};
use shuck_parser::parser::Parser;

use crate::{
    finding::Safety,
    rules::shell::codes::numbered,
    shell_linter::{Dialect, ShellFinding, ShellLinter, ShellScript},
};

/// Codes whose fixes keep the meaning: they write the same in a newer form. All others may change
/// what the command does, if only where it did not do what it seems to.
const SAFE_FIXES: &[u32] = &[1001, 2004, 2007, 2267, 2321, 2323, 3014];

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
            codes.code_for_rule(*rule).is_some_and(|number| numbered(number).is_some())
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
        let parsed = Parser::with_dialect(&source, dialect.parser_dialect()).parse();
        let settings = LinterSettings::for_rules(self.rules.iter().copied())
            .with_shell(dialect)
            .with_resolve_source_closure(false);
        let request = AnalysisRequest::from_parse_result(&parsed, &source, &settings);
        let request = if script.text.contains("shellcheck") {
            request.with_shellcheck_map(&self.codes)
        } else {
            request.with_directives(&[])
        };
        let diagnostics = request.lint();
        let start = header.len();
        let found = diagnostics.into_iter().filter_map(|one| {
            let code = self.codes.code_for_rule(one.rule)?;
            let range = shifted(one.span.start.offset()..one.span.end.offset(), start)?;
            let fix = one.fix.as_ref().and_then(|fix| {
                let safety = match fix.applicability() {
                    Applicability::Safe if SAFE_FIXES.contains(&code) => Safety::Safe,
                    Applicability::Safe | Applicability::Unsafe => Safety::Unsafe,
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
            Some(ShellFinding { code, range, fix })
        });
        found.collect()
    }
}

/// The lines before the text: the shell, and the variables that are set.
fn header(script: &ShellScript<'_>) -> (String, ShellDialect) {
    let (name, dialect) = match script.dialect {
        Dialect::Sh | Dialect::Ash => ("sh", ShellDialect::Sh),
        Dialect::Bash => ("bash", ShellDialect::Bash),
        Dialect::Dash => ("dash", ShellDialect::Dash),
        Dialect::Ksh => ("ksh", ShellDialect::Ksh),
        Dialect::Zsh => ("zsh", ShellDialect::Zsh),
    };
    let mut header =
        if script.text.starts_with("#!") { String::new() } else { format!("#!/bin/{name}\n") };
    // Their values do not matter: a list of packages in a variable is meant to be split.
    for name in script.variables.iter().filter(|name| is_name(name)) {
        writeln!(header, "export {name}=1").expect("writing to a string succeeds");
    }
    (header, dialect)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn shifted(range: Range<usize>, by: usize) -> Option<Range<usize>> {
    Some(range.start.checked_sub(by)?..range.end.checked_sub(by)?)
}
