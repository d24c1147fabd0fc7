//! What fixes promise, for one file: tried on our own files by a test, on a collection by a bench.

use jettison_dockerfile::{Edit, apply, parse};
use jettison_lint::{Finding, Neighbours, Overlay, Safety, Settings, fix, lint};

/// What is not kept for `source`, whose surroundings are `around`; each fix that was applied is
/// told to `count` by its rule.
///
/// For each finding with a fix, applied alone: nothing outside of its edits changes, the file is
/// still read without new problems, and the finding is gone. All fixes together: the file is still
/// read, and doing it again changes nothing.
pub(crate) fn broken(
    source: &[u8],
    around: &dyn Neighbours,
    settings: &Settings,
    mut count: impl FnMut(&'static str),
) -> Vec<String> {
    let linted = lint(source, around, settings);
    let problems = linted.file.problems.len();
    let subject = Subject { source, around, settings, findings: &linted.findings, problems };
    let mut faults = Vec::new();
    for finding in linted.findings.iter().filter(|finding| finding.fix.is_some()) {
        count(finding.rule);
        let fault = fault_of(&subject, finding);
        faults
            .extend(fault.map(|fault| format!("{} at {:?}: {fault}", finding.rule, finding.span)));
    }
    for safety in [Safety::Safe, Safety::Unsafe] {
        let once = fix(source, around, settings, safety);
        let beside = Overlay { below: around, texts: once.beside };
        let twice = fix(&once.source, &beside, settings, safety);
        if once.source != twice.source || !twice.beside.is_empty() {
            faults.push(format!("fixing a second time changes something ({safety:?})"));
        }
        if parse(&once.source).problems.len() > problems {
            faults.push(format!("the file cannot be read after all fixes ({safety:?})"));
        }
    }
    faults
}

/// A file as it was before any fix.
struct Subject<'a> {
    source: &'a [u8],
    around: &'a dyn Neighbours,
    settings: &'a Settings,
    findings: &'a [Finding],
    /// Problems of reading it.
    problems: usize,
}

/// What is wrong with `finding`'s fix.
fn fault_of(subject: &Subject<'_>, finding: &Finding) -> Option<String> {
    let Subject { source, around, settings, .. } = *subject;
    let fix = finding.fix.as_ref()?;
    let (mut dockerfile, mut beside) =
        (source.to_vec(), Overlay { below: around, texts: [].into() });
    let before = match &fix.file {
        None => source.to_vec(),
        Some(file) => around.text(file).unwrap_or_default().into_bytes(),
    };
    let fixed = match apply(&before, &fix.edits) {
        Ok(fixed) => fixed,
        Err(error) => return Some(error.to_string()),
    };
    if !keeps_the_rest(&before, &fixed, &fix.edits) {
        return Some("something outside of the edits changed".to_owned());
    }
    match &fix.file {
        None => dockerfile = fixed,
        Some(file) => {
            let Ok(text) = String::from_utf8(fixed) else { return Some("no text".to_owned()) };
            beside.texts.insert(file.clone(), text);
        }
    }
    let after = lint(&dockerfile, &beside, settings);
    if after.file.problems.len() > subject.problems {
        return Some("the file cannot be read afterwards".to_owned());
    }
    let of_rule =
        |findings: &[Finding]| findings.iter().filter(|one| one.rule == finding.rule).count();
    (of_rule(&after.findings) >= of_rule(subject.findings))
        .then(|| "the rule is not silent afterwards".to_owned())
}

/// Whether `after` is `before` byte for byte around the edits.
fn keeps_the_rest(before: &[u8], after: &[u8], edits: &[Edit]) -> bool {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort();
    let (mut old, mut new) = (0, 0);
    for edit in edits {
        let kept = &before[old..edit.start];
        if !after[new..].starts_with(kept)
            || !after[new + kept.len()..].starts_with(edit.text.as_bytes())
        {
            return false;
        }
        new += kept.len() + edit.text.len();
        old = edit.end;
    }
    before[old..] == after[new..]
}
