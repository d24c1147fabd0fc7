//! Collects findings while rules run.

use std::ops::Range;

use crate::{
    finding::{Finding, Message},
    rule::Rule,
};

/// Findings one rule adds to one file: a file made to be noisy must not fill memory.
const MAX_PER_RULE: usize = 1000;

/// Findings so far.
#[derive(Debug)]
pub(crate) struct Report {
    rule: &'static Rule,
    count: usize,
    findings: Vec<Finding>,
    /// Whether some of them are those of an earlier look.
    pub(crate) is_provisional: bool,
    /// Takes what exceeds the bound.
    overflow: Option<Finding>,
}

impl Report {
    pub(crate) fn new(rule: &'static Rule) -> Self {
        Self { rule, count: 0, findings: Vec::new(), is_provisional: false, overflow: None }
    }

    /// Findings that follow are `rule`'s.
    pub(crate) fn switch_to(&mut self, rule: &'static Rule) {
        self.rule = rule;
        self.count = 0;
    }

    /// Adds a finding at `span` of the Dockerfile.
    pub(crate) fn push(&mut self, span: Range<usize>, message: Message) -> &mut Finding {
        let finding = Finding {
            rule: self.rule.id,
            aliases: self.rule.aliases.iter().map(ToString::to_string).collect(),
            level: self.rule.level,
            file: None,
            span,
            message,
            related: None,
            fix: None,
        };
        self.count += 1;
        if self.count > MAX_PER_RULE {
            return self.overflow.insert(finding);
        }
        self.findings.push(finding);
        self.findings.last_mut().expect("one was just pushed")
    }

    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}
