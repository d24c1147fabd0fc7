//! Findings, or how many there are of each rule.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal},
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use jettison_lint::{Baseline, Colour, Diagnostic, Images, Language, Style, Writer, rule};
use jettison_slim::artifacts::write_file;

use super::{Args, look::look};
use crate::{
    failure::{Failure, Kind},
    terminal::Terminal,
};

/// Bytes that a form which tells its files in order keeps in memory. More go into a temporary file.
const MAX_KEPT: usize = 4 << 20;

/// Looks at every file, and prints what is found in the form that was asked for, file by file.
pub(super) fn findings(
    args: &Args,
    bases: &Arc<dyn Images>,
    language: Language,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    if args.statistics {
        return statistics(args, bases, language, terminal);
    }
    let is_terminal = io::stdout().is_terminal();
    let colour = if terminal.has_colour() && is_terminal { Colour::Ansi } else { Colour::Never };
    let width = is_terminal.then(Terminal::width);
    let style = Style { format: args.format, language, colour, width };
    let (mut out, mut aside) = (terminal.results(), tempfile::spooled_tempfile(MAX_KEPT));
    let mut writer = Writer::new(style, &mut out, &mut aside);
    let mut is_heard = true;
    let looked = look(args, bases, terminal, &mut |file: &str, found: Vec<Diagnostic>| {
        is_heard = is_heard && heard(writer.add(file, &found))?;
        Ok(())
    })?;
    if looked.files > 0 && is_heard {
        heard(writer.finish())?;
    }
    Ok(looked.code)
}

/// Whether anybody reads what is written. A reader that went away (`| head`) is no reason to fail.
pub(super) fn heard(written: io::Result<()>) -> Result<bool, Failure> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => {
            let text = format!("the findings cannot be written: {error}");
            Err(Failure::new(Kind::Operation, text)
                .hint("make room where they are written to, and in the directory for temporary files (TMPDIR)"))
        }
    }
}

/// Writes down all findings for `--baseline`; nothing when a file could not be looked at.
pub(super) fn baseline(
    args: &Args,
    file: &Path,
    bases: &Arc<dyn Images>,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let mut baseline = Baseline::default();
    let looked = look(args, bases, terminal, &mut |_: &str, found: Vec<Diagnostic>| {
        baseline.add(&found);
        Ok(())
    })?;
    if looked.is_incomplete {
        return Ok(looked.code);
    }
    write_file(file, baseline.to_json().as_bytes())
        .map_err(|error| Failure::from_error(Kind::Operation, &error))?;
    Ok(ExitCode::SUCCESS)
}

fn statistics(
    args: &Args,
    bases: &Arc<dyn Images>,
    language: Language,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let looked = look(args, bases, terminal, &mut |_: &str, found: Vec<Diagnostic>| {
        for one in found {
            *counts.entry(one.finding.rule).or_default() += 1;
        }
        Ok(())
    })?;
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0)));
    for (id, count) in counts {
        let title = rule(id).map(|rule| rule.page.title.in_language(language)).unwrap_or_default();
        terminal.line(&format!("{count:>6}  {id}  {title}"));
    }
    Ok(looked.code)
}
