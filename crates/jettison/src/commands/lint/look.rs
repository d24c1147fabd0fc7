//! Looks at one file after the other, and hands on what is found: nothing is kept.

use std::{collections::BTreeSet, path::Path, process::ExitCode, sync::Arc};

use jettison_lint::{Baseline, Diagnostic, Images, Level, diagnostics, lint_parsed};

use super::{
    Args,
    contexts::from_here,
    fresh::NewLines,
    manifests,
    subjects::{Subject, Subjects},
};
use crate::{
    failure::{Failure, Kind},
    terminal::Terminal,
};

/// Takes what was found in a file: its name as it is shown, and the findings. A failure ends the look.
pub(super) type Tell<'t> = dyn FnMut(&str, Vec<Diagnostic>) -> Result<(), Failure> + 't;

/// How a look ended.
pub(super) struct Looked {
    /// Files that were looked at.
    pub(super) files: usize,
    /// Whether some could not be looked at.
    pub(super) is_incomplete: bool,
    /// The exit status.
    pub(super) code: ExitCode,
}

/// Looks at every file. One that cannot be looked at is told on stderr, and does not keep the others from being looked at.
pub(super) fn look(
    args: &Args,
    bases: &Arc<dyn Images>,
    terminal: &Terminal,
    tell: &mut Tell<'_>,
) -> Result<Looked, Failure> {
    let mut subjects = Subjects::new(args, bases)?;
    let mut known = Known::of(args)?;
    let mut failures = Failures::new(terminal);
    let mut files = 0;
    let mut worst: Option<Level> = None;
    let mut told = |shown: &str, found: Vec<Diagnostic>| {
        let found = known.hide(shown, found)?;
        worst = worst.max(found.iter().map(|one| one.finding.level).max());
        files += 1;
        tell(shown, found)
    };
    loop {
        match subjects.next() {
            Ok(None) => break,
            Ok(Some(subject)) => {
                let Subject { shown, file, context, shown_context, settings, .. } = subject;
                let linted = lint_parsed(file, &*context, &settings);
                let mut found = diagnostics(&shown, &shown_context, &linted, &*context);
                for one in found.iter_mut().filter(|one| one.path != shown) {
                    one.path = from_here(Path::new(&one.path)).display().to_string();
                }
                drop(linted);
                told(&shown, found)?;
            }
            Err(failure) => failures.take(failure),
        }
    }
    manifests::look(args, &mut subjects, &mut failures, &mut told)?;
    let is_failed = worst.is_some_and(|worst| worst >= subjects.fail_on());
    let code = if is_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    let failed = failures.code();
    Ok(Looked { files, is_incomplete: failed.is_some(), code: failed.unwrap_or(code) })
}

/// What a baseline or an earlier revision knows.
struct Known<'a> {
    revision: Option<(&'a str, NewLines)>,
    baseline: Option<Baseline>,
}

impl<'a> Known<'a> {
    /// What `args` name; a new baseline is of everything.
    fn of(args: &'a Args) -> Result<Self, Failure> {
        if args.write_baseline.is_some() {
            return Ok(Self { revision: None, baseline: None });
        }
        let revision = args.only_new.as_deref().map(|revision| (revision, NewLines::default()));
        let Some(file) = &args.baseline else { return Ok(Self { revision, baseline: None }) };
        let text = fs_err::read_to_string(file)
            .map_err(|error| Failure::from_error(Kind::Input, &error))?;
        let baseline = Baseline::parse(&text).map_err(|error| {
            Failure::new(Kind::Input, format!("{}: {error}", file.display()))
                .hint("name a file that --write-baseline wrote")
        })?;
        Ok(Self { revision, baseline: Some(baseline) })
    }

    /// Drops what is known of what was found in `file`, and beside it.
    fn hide(&mut self, file: &str, mut found: Vec<Diagnostic>) -> Result<Vec<Diagnostic>, Failure> {
        if let Some((revision, new)) = &mut self.revision {
            new.learn(revision, file)?;
            found.retain(|one| new.touches(one));
        }
        if let Some(baseline) = &mut self.baseline {
            baseline.hide(&mut found);
        }
        Ok(found)
    }
}

/// Why files could not be looked at, each reason told once.
pub(super) struct Failures<'t> {
    terminal: &'t Terminal,
    told: BTreeSet<String>,
    first: Option<Failure>,
}

impl<'t> Failures<'t> {
    pub(super) fn new(terminal: &'t Terminal) -> Self {
        Self { terminal, told: BTreeSet::new(), first: None }
    }

    /// Tells a failure.
    pub(super) fn take(&mut self, failure: Failure) {
        if self.told.insert(failure.to_string()) {
            self.terminal.failure(&failure);
        }
        self.first.get_or_insert(failure);
    }

    /// The exit status that they have.
    pub(super) fn code(&self) -> Option<ExitCode> {
        self.first.as_ref().map(Failure::code)
    }
}
