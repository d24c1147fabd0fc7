//! `--fix` and `--diff`.

use std::process::ExitCode;

use jettison_lint::{Finding, Language, Safety, fix, fix_manifests, unified_diff};

use super::{Args, hide_known, look, manifests, show, subjects::Subjects};
use crate::{
    failure::{Failure, Kind},
    terminal::Terminal,
};

/// Fixes every file, or prints the patch that would.
pub(super) fn run(
    args: &Args,
    language: Language,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let safety = if args.unsafe_fixes { Safety::Unsafe } else { Safety::Safe };
    let mut subjects = Subjects::new(args)?;
    let mut is_patched = false;
    let mut has_files = !args.k8s.is_empty();
    while let Some(subject) = subjects.next()? {
        has_files |= subject.path.is_some();
        let fixed = fix(&subject.source, &*subject.context, &subject.settings, safety);
        let (old, new) = (&subject.source, &fixed.source);
        // Standard input has no file to change: the fixed text is the result, changed or not.
        if subject.path.is_none() && args.fix {
            terminal.text(&String::from_utf8_lossy(new));
            continue;
        }
        if old == new {
            continue;
        }
        is_patched = true;
        match &subject.path {
            Some(path) if args.fix => {
                write(path, new)?;
                tell(&subject.shown, &fixed.applied, language, terminal);
            }
            _ => terminal.text(&unified_diff(
                &subject.shown,
                &String::from_utf8_lossy(old),
                &String::from_utf8_lossy(new),
            )),
        }
    }
    for path in manifests::files(&args.k8s)? {
        let old = manifests::read(&path)?;
        let (settings, _) = subjects.settings_for(Some(&path))?;
        let (new, applied) = fix_manifests(&old, &settings, safety);
        if old == new {
            continue;
        }
        is_patched = true;
        let shown = path.display().to_string();
        if args.fix {
            write(&path, new.as_bytes())?;
            tell(&shown, &applied, language, terminal);
        } else {
            terminal.text(&unified_diff(&shown, &old, &new));
        }
    }
    if args.diff {
        return Ok(if is_patched { ExitCode::FAILURE } else { ExitCode::SUCCESS });
    }
    if !has_files {
        return Ok(ExitCode::SUCCESS);
    }
    let mut left = look(args)?;
    hide_known(args, &mut left)?;
    show::findings(args, &left, language, terminal);
    Ok(left.code())
}

fn write(path: &std::path::Path, bytes: &[u8]) -> Result<(), Failure> {
    jettison_slim::artifacts::write_file(path, bytes)
        .map_err(|error| Failure::from_error(Kind::Operation, &error))
}

fn tell(shown: &str, applied: &[Finding], language: Language, terminal: &Terminal) {
    for finding in applied {
        let title = finding.fix.as_ref().map(|fix| fix.title.in_language(language));
        terminal.note(&format!("{shown}: {} ({})", title.unwrap_or_default(), finding.rule));
    }
}
