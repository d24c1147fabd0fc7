//! `--fix` and `--diff`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use jettison_lint::{
    ContextDirectory, Finding, Images, Language, Neighbours as _, Overlay, Safety, fix,
    fix_manifests, unified_diff,
};
use jettison_slim::artifacts::write_file;

use super::{Args, hide_known, look, manifests, show, subjects::Subjects};
use crate::{
    failure::{Failure, Kind},
    terminal::Terminal,
};

/// Fixes every file, or prints the patch that would.
pub(super) fn run(
    args: &Args,
    bases: &Arc<dyn Images>,
    language: Language,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let safety = if args.unsafe_fixes { Safety::Unsafe } else { Safety::Safe };
    let mut subjects = Subjects::new(args, bases)?;
    let mut changes =
        Changes { is_written: args.fix, language, terminal, pending: BTreeMap::new() };
    let mut has_files = !args.k8s.is_empty();
    while let Some(subject) = subjects.next()? {
        has_files |= subject.path.is_some();
        let around = changes.around(&subject.context);
        let fixed = fix(&subject.source, &around, &subject.settings, safety);
        let (old, new) = (&subject.source, &fixed.source);
        let applied = |file: Option<&str>| -> Vec<&Finding> {
            let is_there =
                |one: &&Finding| one.fix.as_ref().is_some_and(|fix| fix.file.as_deref() == file);
            fixed.applied.iter().filter(is_there).collect()
        };
        // Standard input has no file to change: the fixed text is the result, changed or not.
        // What stands beside it is left alone, since its name is only borrowed.
        let Some(path) = &subject.path else {
            if args.fix {
                terminal.text(&String::from_utf8_lossy(new));
            } else {
                changes.make(Path::new("-"), &subject.shown, (old, new), &applied(None))?;
            }
            continue;
        };
        changes.make(path, &subject.shown, (old, new), &applied(None))?;
        for (file, new) in &fixed.beside {
            let old = around.text(file).unwrap_or_default();
            let shown = path.with_file_name(file).display().to_string();
            let path = subject.context.path().join(file);
            let change = (old.as_bytes(), new.as_bytes());
            changes.make(&path, &shown, change, &applied(Some(file)))?;
        }
    }
    for path in manifests::files(&args.k8s)? {
        let old = manifests::read(&path)?;
        let (settings, _) = subjects.settings_for(Some(&path))?;
        let (new, applied) = fix_manifests(&old, &settings, safety);
        let shown = path.display().to_string();
        let applied: Vec<&Finding> = applied.iter().collect();
        changes.make(&path, &shown, (old.as_bytes(), new.as_bytes()), &applied)?;
    }
    if args.diff {
        let is_patched = !changes.pending.is_empty();
        return Ok(if is_patched { ExitCode::FAILURE } else { ExitCode::SUCCESS });
    }
    if !has_files {
        return Ok(ExitCode::SUCCESS);
    }
    let mut left = look(args, bases)?;
    hide_known(args, &mut left)?;
    show::findings(args, &left, language, terminal);
    Ok(left.code())
}

/// Where changes go: into the files, or onto the screen as a patch.
struct Changes<'a> {
    is_written: bool,
    language: Language,
    terminal: &'a Terminal,
    /// What files would hold, by their path: two Dockerfiles may want the same change beside them.
    pending: BTreeMap<PathBuf, String>,
}

impl Changes<'_> {
    /// `context` with the changes that were only shown so far.
    fn around<'c>(&self, context: &'c ContextDirectory) -> Overlay<'c> {
        let pending = self.pending.iter().filter_map(|(path, text)| {
            let inside = path.strip_prefix(context.path()).ok()?;
            Some((inside.to_string_lossy().into_owned(), text.clone()))
        });
        Overlay { below: context, texts: pending.collect() }
    }

    fn make(
        &mut self,
        path: &Path,
        shown: &str,
        (old, new): (&[u8], &[u8]),
        applied: &[&Finding],
    ) -> Result<(), Failure> {
        if old == new {
            return Ok(());
        }
        if self.is_written {
            write_file(path, new).map_err(|error| Failure::from_error(Kind::Operation, &error))?;
            tell(shown, applied, self.language, self.terminal);
            return Ok(());
        }
        let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
        self.terminal.text(&unified_diff(shown, &old, &new));
        self.pending.insert(path.to_owned(), new.into_owned());
        Ok(())
    }
}

fn tell(shown: &str, applied: &[&Finding], language: Language, terminal: &Terminal) {
    for finding in applied {
        let title = finding.fix.as_ref().map(|fix| fix.title.in_language(language));
        terminal.note(&format!("{shown}: {} ({})", title.unwrap_or_default(), finding.rule));
    }
}
