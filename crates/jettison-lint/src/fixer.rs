//! Applies fixes until nothing is left to fix.

use jettison_dockerfile::{Edit, apply};

use crate::{
    finding::{Finding, Safety},
    lint::lint,
    neighbours::Neighbours,
    settings::Settings,
};

/// Rounds after which fixing stops: each round applies what does not overlap, so that the number
/// needed is that of fixes in one place. More than this means that two rules undo each other.
const MAX_ROUNDS: usize = 20;

/// What fixing made of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// The file afterwards.
    pub source: Vec<u8>,
    /// Findings whose fix was applied, as they were when it was.
    pub applied: Vec<Finding>,
}

/// Applies the fixes of `source`'s findings that are at most `safety`, again and again until none
/// is left. A fix that overlaps an earlier one waits for the next round; one that would make the
/// file unreadable where it was readable is not applied.
pub fn fix(
    source: &[u8],
    neighbours: &dyn Neighbours,
    settings: &Settings,
    safety: Safety,
) -> Fixed {
    let mut fixed = Fixed { source: source.to_vec(), applied: Vec::new() };
    for _ in 0..MAX_ROUNDS {
        let linted = lint(&fixed.source, neighbours, settings);
        let problems = linted.file.problems.len();
        let chosen = choose(&linted.findings, safety);
        let Some(next) = apply_all(&fixed.source, &chosen, problems) else { break };
        fixed.source = next;
        fixed.applied.extend(chosen.into_iter().cloned());
    }
    fixed
}

/// Findings with applicable fixes that do not touch each other, first come first served.
fn choose(findings: &[Finding], safety: Safety) -> Vec<&Finding> {
    let mut taken: Vec<&Edit> = Vec::new();
    let mut chosen = Vec::new();
    for finding in findings.iter().filter(|finding| finding.file.is_none()) {
        let Some(fix) = finding.fix.as_ref().filter(|fix| fix.safety <= safety) else { continue };
        let is_free =
            fix.edits.iter().all(|edit| !taken.iter().any(|one| one.conflicts_with(edit)));
        if is_free && !fix.edits.is_empty() {
            taken.extend(&fix.edits);
            chosen.push(finding);
        }
    }
    chosen
}

fn apply_all(source: &[u8], chosen: &[&Finding], problems: usize) -> Option<Vec<u8>> {
    let edits: Vec<Edit> = chosen
        .iter()
        .filter_map(|finding| finding.fix.as_ref())
        .flat_map(|fix| fix.edits.iter().cloned())
        .collect();
    let next = apply(source, &edits).ok()?;
    let is_better = jettison_dockerfile::parse(&next).problems.len() <= problems;
    (next != source && is_better).then_some(next)
}
