//! Runs the rules on a file.

use std::ops::Range;

use jettison_dockerfile::{Dockerfile, parse};

use crate::{
    finding::{Finding, message},
    ignore::Ignores,
    neighbours::Neighbours,
    registry,
    report::Report,
    rule::{Level, Rule},
    rules,
    settings::Settings,
    subject::Subject,
};

/// Largest Dockerfile that is read: the largest of 5,820 public ones has 66 KB.
pub const MAX_FILE: usize = 4 << 20;

/// A file and what was found in it.
#[derive(Clone, Debug)]
pub struct Linted {
    /// The file, for its positions.
    pub file: Dockerfile,
    /// Findings by place; those that comments silence are not among them.
    pub findings: Vec<Finding>,
    /// How many findings comments silenced.
    pub silenced: usize,
    /// Whether findings in some RUNs are those of an earlier look: looking again tells the right ones.
    pub is_provisional: bool,
}

/// Runs every rule that `settings` ask for on `source`, whose build context is `neighbours`.
///
/// Total: a file that BuildKit would refuse gets a finding for that, and is looked at as far as
/// it can be read. Of a file larger than [`MAX_FILE`] only the beginning is looked at.
pub fn lint(source: &[u8], neighbours: &dyn Neighbours, settings: &Settings) -> Linted {
    lint_parsed(parse(&source[..source.len().min(MAX_FILE)]), neighbours, settings)
}

/// The same for a file that was read already.
pub fn lint_parsed(file: Dockerfile, neighbours: &dyn Neighbours, settings: &Settings) -> Linted {
    let (mut findings, is_provisional) = run_rules(&file, neighbours, settings);
    findings.retain_mut(|finding| {
        if let Some(rule) = registry::by_id(finding.rule) {
            let level = settings.level_of(rule);
            let is_lowered = finding.level < rule.level && !settings.has_level_for(rule);
            finding.level = if is_lowered { finding.level } else { level };
        }
        finding.level != Level::Off
    });
    let before = findings.len();
    let mut silenced = 0;
    if !settings.forbids_inline_ignores {
        let ignores = Ignores::of(&file);
        findings.retain(|finding| !ignores.silence(finding));
        silenced = before - findings.len();
        push_unused(&ignores, settings, &mut findings);
    }
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    findings.dedup_by(|a, b| order(a) == order(b));
    Linted { file, findings, silenced, is_provisional }
}

fn order(finding: &Finding) -> (Option<&str>, usize, usize, &str, &str) {
    let Range { start, end } = finding.span;
    (finding.file.as_deref(), start, end, finding.rule, &finding.message.en)
}

/// The findings, and whether some are those of an earlier look.
fn run_rules(
    file: &Dockerfile,
    neighbours: &dyn Neighbours,
    settings: &Settings,
) -> (Vec<Finding>, bool) {
    let subject = Subject::new(file, neighbours, settings);
    let mut report = Report::new(&rules::file::syntax::RULE);
    for rule in registry::RULES {
        if is_wanted(rule, settings) {
            report.switch_to(rule);
            (rule.check)(&subject, &mut report);
        }
    }
    let is_provisional = report.is_provisional;
    (report.into_findings(), is_provisional)
}

/// Whether `rule` is to run. The one that asks for shell findings does when any code is wanted.
fn is_wanted(rule: &Rule, settings: &Settings) -> bool {
    settings.level_of(rule) != Level::Off
        || (rule.id == rules::shell::shellcheck::RULE.id
            && rules::shell::codes::all().any(|code| settings.level_of(code) != Level::Off))
}

/// Names of rules in comments that silenced nothing. Names that are not ours are left alone:
/// they may be another tool's.
fn push_unused(ignores: &Ignores, settings: &Settings, findings: &mut Vec<Finding>) {
    let rule = &rules::file::unused_ignore::RULE;
    let level = settings.level_of(rule);
    if level == Level::Off {
        return;
    }
    let mut report = Report::new(rule);
    for ignore in ignores.0.iter().filter(|ignore| !ignore.is_used.get()) {
        let is_ours = registry::rule(&ignore.name)
            .is_some_and(|named| settings.level_of(named) != Level::Off && named.id != rule.id);
        if is_ours {
            let name = &ignore.name;
            let text = message!(
                "{name} is silenced here, but finds nothing",
                "此处忽略了 {name}，但它并没有发现问题"
            );
            report.push(ignore.span.clone(), text).level = level;
        }
    }
    findings.extend(report.into_findings());
}
