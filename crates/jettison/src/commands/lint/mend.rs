//! `--fix` and `--diff`.

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use jettison_lint::{
    ContextDirectory, Finding, Images, Language, Neighbours as _, Overlay, Safety, fix,
    fix_manifests, unified_diff,
};
use jettison_slim::artifacts::write_file;

use rustix::{
    fs::{Access, access},
    io::Errno,
};

use super::{
    Args,
    contexts::from_here,
    look::Failures,
    manifests, show,
    subjects::{Subject, Subjects},
};
use crate::{
    failure::{Failure, Kind},
    terminal::Terminal,
};

/// Fixes every file, or prints the patch that would. What cannot be done is told, and keeps nothing else from being done.
pub(super) fn run(
    args: &Args,
    bases: &Arc<dyn Images>,
    language: Language,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let safety = if args.unsafe_fixes { Safety::Unsafe } else { Safety::Safe };
    let mut subjects = Subjects::new(args, bases)?;
    let mut failures = Failures::new(terminal);
    let mut changes =
        Changes { is_written: args.fix, language, terminal, pending: BTreeMap::new() };
    let mut has_files = !args.k8s.is_empty();
    loop {
        let mended = match subjects.next() {
            Ok(None) => break,
            Ok(Some(subject)) => {
                has_files |= subject.path.is_some();
                mend(&subject, safety, &mut changes)
            }
            Err(failure) => Err(failure),
        };
        mended.unwrap_or_else(|failure| failures.take(failure));
    }
    for path in manifests::files(&args.k8s)? {
        let mended = mend_manifest(&path, &mut subjects, safety, &mut changes);
        mended.unwrap_or_else(|failure| failures.take(failure));
    }
    if args.diff {
        let is_patched = !changes.pending.is_empty();
        let code = if is_patched { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        return Ok(failures.code().unwrap_or(code));
    }
    let left = if has_files {
        show::findings(args, bases, language, terminal)?
    } else {
        ExitCode::SUCCESS
    };
    Ok(failures.code().unwrap_or(left))
}

fn mend(subject: &Subject, safety: Safety, changes: &mut Changes<'_>) -> Result<(), Failure> {
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
        if changes.is_written {
            let mut out = changes.terminal.results();
            return show::heard(out.write_all(new).and_then(|()| out.flush())).map(|_| ());
        }
        return changes.make(Path::new("-"), &subject.shown, (old, new), &applied(None));
    };
    changes.make(path, &subject.shown, (old, new), &applied(None))?;
    for (file, new) in &fixed.beside {
        let old = around.text(file).unwrap_or_default();
        let Some(context) = subject.context.path() else { continue };
        let shown = from_here(&subject.shown_context.join(file)).display().to_string();
        let path = context.join(file);
        let change = (old.as_bytes(), new.as_bytes());
        changes.make(&path, &shown, change, &applied(Some(file)))?;
    }
    Ok(())
}

fn mend_manifest(
    path: &Path,
    subjects: &mut Subjects<'_>,
    safety: Safety,
    changes: &mut Changes<'_>,
) -> Result<(), Failure> {
    let old = manifests::read(path)?;
    let settings = subjects.settings_for(path)?;
    let (new, applied) = fix_manifests(&old, &settings, safety);
    let shown = path.display().to_string();
    let applied: Vec<&Finding> = applied.iter().collect();
    changes.make(path, &shown, (old.as_bytes(), new.as_bytes()), &applied)
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
            let inside = path.strip_prefix(context.path()?).ok()?;
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
            refuse_protected(path)?;
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

/// A file is replaced by name, which its own permissions would not forbid: but they say that it is to stay as it is.
fn refuse_protected(path: &Path) -> Result<(), Failure> {
    let Ok(metadata) = fs_err::metadata(path) else { return Ok(()) };
    let is_protected = metadata.permissions().readonly()
        || access(path, Access::WRITE_OK).is_err_and(|error| error != Errno::NOSYS);
    if is_protected {
        let text = format!("{} may not be written to, and is left as it is", path.display());
        return Err(Failure::new(Kind::Operation, text)
            .hint("make it writable (chmod u+w), or use --diff to see what --fix would change"));
    }
    Ok(())
}

fn tell(shown: &str, applied: &[&Finding], language: Language, terminal: &Terminal) {
    for finding in applied {
        let title = finding.fix.as_ref().map(|fix| fix.title.in_language(language));
        terminal.note(&format!("{shown}: {} ({})", title.unwrap_or_default(), finding.rule));
    }
}
