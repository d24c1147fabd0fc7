//! `jettison lint`: Dockerfiles and what stands beside them.

use std::{
    collections::BTreeMap,
    io::{IsTerminal, Read},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use fs_err as fs;
use jettison_lint::{
    Baseline, Colour, Configuration, ContextDirectory, Diagnostic, Format, Language, Level, Linted,
    MAX_FILE, Safety, Settings, Style, diagnostics, discover, fix, lint, render, rule,
    unified_diff,
};

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    messages,
    terminal::Terminal,
};

/// Find mistakes in Dockerfiles and in the files beside them, and fix them
///
/// Looks at the named files, or at every Dockerfile below the named directories (below this one without any). Rules have
/// pages: `jettison explain JT-...`, or by another tool's name (DL3008). Configuration comes from the nearest jettison.toml or
/// .hadolint.yaml; comments silence single findings: `# jettison ignore=ID reason`.
///
/// Exit status 1 when something at or above --fail-on is found.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Dockerfiles or directories; `-` reads one from standard input
    paths: Vec<PathBuf>,
    /// Apply fixes that keep the meaning
    #[arg(long)]
    fix: bool,
    /// With --fix or --diff: also fixes that may change the image
    #[arg(long)]
    unsafe_fixes: bool,
    /// Print what --fix would change as a patch; change nothing
    #[arg(long, conflicts_with = "fix")]
    diff: bool,
    /// Form of the findings: full, concise, json, sarif, github, gitlab, junit, checkstyle, rdjson
    #[arg(long, value_name = "FORMAT", default_value = "full", value_parser = clap::builder::ValueParser::new(format))]
    format: Format,
    /// Only these rules, by id or another tool's name, comma-separated
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    select: Vec<String>,
    /// Not these rules
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Use this configuration instead of the nearest one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Fail from this level on: style, info, warning, error; the configuration's, or warning, without it
    #[arg(long, value_name = "LEVEL", value_parser = clap::builder::ValueParser::new(level))]
    fail_on: Option<Level>,
    /// Leave out findings that this file knows
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all present findings to a file, for --baseline
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// Count findings by rule instead of showing them
    #[arg(long)]
    statistics: bool,
    /// Language of messages: en, zh; the locale's without it
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
}

fn format(name: &str) -> Result<Format, String> {
    Format::parse(name)
        .ok_or_else(|| format!("use one of: {}", Format::names().collect::<Vec<_>>().join(", ")))
}

fn level(name: &str) -> Result<Level, String> {
    Level::parse(name).ok_or_else(|| "use style, info, warning or error".to_owned())
}

/// A file to look at.
struct Subject {
    shown: String,
    path: Option<PathBuf>,
    source: Vec<u8>,
    context: ContextDirectory,
    settings: Settings,
}

/// Looks, fixes, renders.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let language = language(args, environment);
    for name in args.select.iter().chain(&args.ignore) {
        if rule(name).is_none() {
            return Err(Failure::new(Kind::Input, format!("there is no rule {name:?}"))
                .hint("`jettison explain --lint` lists the rules of the linter"));
        }
    }
    let mut subjects = Vec::new();
    let mut fail_on = args.fail_on;
    for path in files(&args.paths)? {
        let (subject, configured) = subject(args, path)?;
        fail_on = fail_on.or(configured);
        subjects.push(subject);
    }
    if args.diff || args.fix {
        return mend(args, &mut subjects, language, terminal);
    }
    let found = look(&subjects);
    if let Some(file) = &args.write_baseline {
        let json = Baseline::of(&found).to_json();
        jettison_slim::artifacts::write_file(file, json.as_bytes())
            .map_err(|error| Failure::from_error(Kind::Operation, &error))?;
        return Ok(ExitCode::SUCCESS);
    }
    let found = without_known(args, found)?;
    show(args, &found, &subjects, language, terminal);
    let threshold = fail_on.unwrap_or(Level::Warning);
    let is_failed = found.iter().any(|one| one.finding.level >= threshold);
    Ok(if is_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn language(args: &Args, environment: &Environment) -> Language {
    match (&args.lang, environment.language) {
        (Some(lang), _) => Language::of_locale(lang),
        (None, messages::Language::Chinese) => Language::Chinese,
        (None, messages::Language::English) => Language::English,
    }
}

/// The files to look at: `None` stands for standard input.
fn files(paths: &[PathBuf]) -> Result<Vec<Option<PathBuf>>, Failure> {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here[..] } else { paths };
    let mut found = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            found.push(None);
        } else if path.is_dir() {
            let below = discover(path).into_iter();
            // As people write it: without the leading dot.
            let plain =
                |path: PathBuf| path.strip_prefix("./").map_or(path.clone(), Path::to_owned);
            found.extend(below.map(plain).map(Some));
        } else {
            found.push(Some(path.clone()));
        }
    }
    if found.is_empty() {
        return Err(Failure::new(Kind::Input, "there is no Dockerfile here")
            .hint("name one, or a directory that holds some: jettison lint PATH"));
    }
    Ok(found)
}

fn subject(args: &Args, path: Option<PathBuf>) -> Result<(Subject, Option<Level>), Failure> {
    let failed = |error: std::io::Error| Failure::from_error(Kind::Input, &error);
    let mut source = Vec::new();
    if let Some(path) = &path {
        source = fs::read(path).map_err(failed)?;
    } else {
        std::io::stdin().take(MAX_FILE as u64 + 1).read_to_end(&mut source).map_err(failed)?;
    }
    let parent =
        path.as_deref().and_then(Path::parent).filter(|parent| !parent.as_os_str().is_empty());
    let directory = fs::canonicalize(parent.unwrap_or(Path::new(".")))
        .map_err(|error| Failure::from_error(Kind::Input, &error))?;
    let configuration = match &args.config {
        Some(file) => Configuration::load(file),
        None => Configuration::find(&directory),
    };
    let configuration = configuration.map_err(|error| Failure::from_error(Kind::Input, &error))?;
    let name = path.as_deref().and_then(Path::file_name).unwrap_or("Dockerfile".as_ref());
    let mut settings = configuration.settings_for(&directory.join(name));
    settings.select.extend(args.select.iter().cloned());
    settings.ignore.extend(args.ignore.iter().cloned());
    settings.today = today();
    let shown = path.as_ref().map_or("-".to_owned(), |path| path.display().to_string());
    let subject =
        Subject { shown, path, source, context: ContextDirectory::new(directory), settings };
    Ok((subject, configuration.fail_on))
}

/// Days since 1970-01-01.
fn today() -> Option<i64> {
    const DAY: u64 = 24 * 60 * 60;
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(elapsed.as_secs() / DAY).ok()
}

fn look(subjects: &[Subject]) -> Vec<Diagnostic> {
    subjects
        .iter()
        .flat_map(|subject| {
            let linted: Linted = lint(&subject.source, &subject.context, &subject.settings);
            diagnostics(&subject.shown, &linted, &subject.context)
        })
        .collect()
}

fn without_known(args: &Args, found: Vec<Diagnostic>) -> Result<Vec<Diagnostic>, Failure> {
    let Some(file) = &args.baseline else { return Ok(found) };
    let text =
        fs::read_to_string(file).map_err(|error| Failure::from_error(Kind::Input, &error))?;
    let baseline = Baseline::parse(&text).map_err(|error| {
        Failure::new(Kind::Input, format!("{}: {error}", file.display()))
            .hint("name a file that --write-baseline wrote")
    })?;
    Ok(baseline.filter(found))
}

/// Fixes every file, or prints the patch that would.
fn mend(
    args: &Args,
    subjects: &mut [Subject],
    language: Language,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let safety = if args.unsafe_fixes { Safety::Unsafe } else { Safety::Safe };
    let mut patched = 0;
    for subject in subjects.iter_mut() {
        let fixed = fix(&subject.source, &subject.context, &subject.settings, safety);
        if fixed.source == subject.source {
            continue;
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        patched += 1;
        match &subject.path {
            Some(path) if args.fix => {
                jettison_slim::artifacts::write_file(path, &fixed.source)
                    .map_err(|error| Failure::from_error(Kind::Operation, &error))?;
                for finding in &fixed.applied {
                    let title = finding.fix.as_ref().map(|fix| fix.title.in_language(language));
                    terminal.progress(&format!(
                        "{}: {} ({})",
                        subject.shown,
                        title.unwrap_or_default(),
                        finding.rule
                    ));
                }
            }
            // Standard input has no file to change: the fixed text is the result.
            None if args.fix => terminal.text(&text(&fixed.source)),
            _ => terminal.text(&unified_diff(
                &subject.shown,
                &text(&subject.source),
                &text(&fixed.source),
            )),
        }
        subject.source = fixed.source;
    }
    if args.diff {
        return Ok(if patched == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let left = look(subjects);
    if subjects.iter().any(|subject| subject.path.is_some()) {
        show(args, &left, subjects, language, terminal);
    }
    let threshold = args.fail_on.unwrap_or(Level::Warning);
    let is_failed = left.iter().any(|one| one.finding.level >= threshold);
    Ok(if is_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn show(
    args: &Args,
    found: &[Diagnostic],
    subjects: &[Subject],
    language: Language,
    terminal: &Terminal,
) {
    if args.statistics {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for one in found {
            *counts.entry(one.finding.rule).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0)));
        for (id, count) in counts {
            let title =
                rule(id).map(|rule| rule.page.title.in_language(language)).unwrap_or_default();
            terminal.line(&format!("{count:>6}  {id}  {title}"));
        }
        return;
    }
    let files: Vec<String> = subjects.iter().map(|subject| subject.shown.clone()).collect();
    let colour = if terminal.has_colour() && std::io::stdout().is_terminal() {
        Colour::Ansi
    } else {
        Colour::Never
    };
    terminal.text(&render(found, &files, Style { format: args.format, language, colour }));
}
