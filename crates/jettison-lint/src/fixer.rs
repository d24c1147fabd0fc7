//! Applies fixes until nothing is left to fix.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use jettison_dockerfile::{Edit, apply};

use crate::{
    finding::{Finding, Fix, Safety},
    lint::lint,
    neighbours::{Neighbours, Overlay},
    settings::Settings,
};

/// Rounds after which fixing stops: each round applies what does not overlap, so that the number
/// needed is that of fixes in one place. More than this means that two rules undo each other.
const MAX_ROUNDS: usize = 20;

/// What fixing made of a file and of those beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// The file afterwards.
    pub source: Vec<u8>,
    /// Files beside it that changed, or are new: path within the context, and text.
    pub beside: BTreeMap<String, String>,
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
    // What is written is no guess.
    let settings = &Settings { patience: None, ..settings.clone() };
    let mut fixed = Fixed { source: source.to_vec(), beside: BTreeMap::new(), applied: Vec::new() };
    for _ in 0..MAX_ROUNDS {
        let around = Overlay { below: neighbours, texts: fixed.beside.clone() };
        let linted = lint(&fixed.source, &around, settings);
        let problems = linted.file.problems.len();
        let chosen = choose(&linted.findings, safety, &no_text(&fixed.source));
        let source = apply_all(&fixed.source, &edits(&chosen, None), problems);
        let beside = apply_beside(&chosen, &around);
        if source.is_none() && beside.is_empty() {
            break;
        }
        let has_changed = |fix: &Fix| match &fix.file {
            None => source.is_some(),
            Some(file) => beside.contains_key(file),
        };
        let applied = chosen.into_iter().filter(|one| one.fix.as_ref().is_some_and(has_changed));
        fixed.applied.extend(applied.cloned());
        fixed.source = source.unwrap_or(fixed.source);
        fixed.beside.extend(beside);
    }
    fixed
}

/// Findings with applicable fixes that do not touch each other, first come first served.
/// None touches `no_text`: what is written there in place of it could only be a guess.
fn choose<'f>(
    findings: &'f [Finding],
    safety: Safety,
    no_text: &[Range<usize>],
) -> Vec<&'f Finding> {
    let mut taken: Vec<(Option<&str>, &Edit)> = Vec::new();
    let mut chosen = Vec::new();
    for finding in findings {
        let Some(fix) = finding.fix.as_ref().filter(|fix| fix.safety <= safety) else { continue };
        let file = fix.file.as_deref();
        let is_text = |edit: &Edit| {
            file.is_some()
                || !no_text.iter().any(|bytes| edit.start < bytes.end && bytes.start < edit.end)
        };
        let is_free = fix.edits.iter().all(|edit| {
            is_text(edit)
                && !taken.iter().any(|(other, one)| *other == file && one.conflicts_with(edit))
        });
        if is_free && !fix.edits.is_empty() {
            taken.extend(fix.edits.iter().map(|edit| (file, edit)));
            chosen.push(finding);
        }
    }
    chosen
}

/// The bytes of `source` that are no UTF-8: rules see question marks there.
fn no_text(source: &[u8]) -> Vec<Range<usize>> {
    let mut offset = 0;
    let chunks = source.utf8_chunks().map(|chunk| {
        let start = offset + chunk.valid().len();
        offset = start + chunk.invalid().len();
        start..offset
    });
    chunks.filter(|bytes| !bytes.is_empty()).collect()
}

/// The edits of `chosen` in `file`.
fn edits(chosen: &[&Finding], file: Option<&str>) -> Vec<Edit> {
    let fixes = chosen.iter().filter_map(|finding| finding.fix.as_ref());
    let here = fixes.filter(|fix| fix.file.as_deref() == file);
    here.flat_map(|fix| fix.edits.iter().cloned()).collect()
}

fn apply_all(source: &[u8], edits: &[Edit], problems: usize) -> Option<Vec<u8>> {
    let next = apply(source, edits).ok()?;
    let is_better = jettison_dockerfile::parse(&next).problems.len() <= problems;
    (next != source && is_better).then_some(next)
}

/// The files beside the Dockerfile that `chosen` change. One that is not there begins empty.
fn apply_beside(chosen: &[&Finding], around: &dyn Neighbours) -> BTreeMap<String, String> {
    let fixes = chosen.iter().filter_map(|finding| finding.fix.as_ref());
    let files: BTreeSet<&str> = fixes.filter_map(|fix| fix.file.as_deref()).collect();
    let changed = files.into_iter().filter_map(|file| {
        let text = around.text(file).unwrap_or_default();
        let next = apply(text.as_bytes(), &edits(chosen, Some(file))).ok()?;
        let next = String::from_utf8(next).ok()?;
        (next != text).then(|| (file.to_owned(), next))
    });
    changed.collect()
}
