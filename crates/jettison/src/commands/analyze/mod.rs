//! `jettison analyze`: what an image carries, wastes and leaks.

mod args;
mod bill;
mod previous;
mod request;
mod show;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use fs_err as fs;
use jettison_analyze::{
    AnalyzeOptions, Analyzed, DockerfileText, FileMap, Language,
    budget::{Bound, Budget, BudgetFile},
    growth,
};

pub(crate) use args::Args;

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    messages::{self, AnalyzeText as Text},
    outputs,
    terminal::Terminal,
};
use args::BudgetArgs;
use request::{Read, Reader};
use show::Shown;

/// Longest Dockerfile that is read, in bytes: BuildKit's own bound is lower.
const MAX_DOCKERFILE: u64 = 16 << 20;

/// Analyses and renders the result.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let language = language(args, environment);
    let files = [&args.output.output, &args.output.html, &args.output.sbom];
    outputs::check(&[], files.into_iter().flatten(), Some(Path::new(&args.source)))?;
    let options = AnalyzeOptions { dockerfile: dockerfile(args)?, purpose: args.known.purpose };
    let configured = configured(args)?;
    let reader = Reader::new(&args.place, environment, terminal)?;
    let read = reader.read(&args.source, &options)?;
    if let Some(file) = &args.output.sbom {
        bill::write(file, args.output.sbom_format, &read, reader.open(), environment)?;
    }
    let Read { source, index, analyzed: Analyzed { mut analysis, waste, .. }, .. } = read;
    if let Some(baseline) = baseline(args, &configured) {
        let (name, before) = reader.baseline(&baseline, &source)?;
        analysis.growth = Some(growth(&analysis, &before, &name));
    }
    let names: Vec<String> = args.known.ignore.iter().chain(&configured.ignore).cloned().collect();
    analysis.ignore(&names).map_err(|error| Failure::from_error(Kind::Input, &error))?;
    let budget = flags(&args.budget).or(configured.budget);
    analysis.budget = budget.check(&analysis);
    terminal.clear();
    let shown = Shown { analysis: &analysis, files: &|| FileMap::of(&index, &waste), language };
    shown.report(&args.output, terminal)?;
    shown.page(&args.output)?;
    let broken: Vec<_> = analysis.budget.iter().filter(|line| line.is_broken).collect();
    for line in &broken {
        let values = [line.name.as_str(), &line.actual, &line.limit, &line.origin];
        terminal.warning(&terminal.language.say(Text::OverBudget, &values));
    }
    Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn language(args: &Args, environment: &Environment) -> Language {
    let locale = args.output.lang.as_deref().map(messages::Language::of_locale);
    locale.unwrap_or(environment.language).into()
}

fn dockerfile(args: &Args) -> Result<Option<DockerfileText>, Failure> {
    let Some(path) = &args.known.dockerfile else { return Ok(None) };
    let failed = |error: std::io::Error| Failure::from_error(Kind::Input, &error);
    let len = fs::metadata(path).map_err(failed)?.len();
    if len > MAX_DOCKERFILE {
        let text = format!("{} has {len} bytes, which is no Dockerfile", path.display());
        return Err(Failure::new(Kind::Input, text));
    }
    let bytes = fs::read(path).map_err(failed)?;
    let name = path.display().to_string();
    Ok(Some(DockerfileText { name, bytes, target: args.known.target.clone() }))
}

/// The bounds of the nearest file: of the Dockerfile's directory, or of the current one.
fn configured(args: &Args) -> Result<BudgetFile, Failure> {
    let found = if let Some(file) = &args.budget.config {
        BudgetFile::load(file)
    } else {
        let parent = args.known.dockerfile.as_deref().and_then(Path::parent);
        let parent = parent.filter(|parent| !parent.as_os_str().is_empty());
        let directory = fs::canonicalize(parent.unwrap_or(Path::new(".")))
            .map_err(|error| Failure::from_error(Kind::Input, &error))?;
        BudgetFile::find(&directory)
    };
    found.map_err(|error| Failure::from_error(Kind::Input, &error))
}

/// What growth is measured against: as a flag says, or else a file, beside which paths are looked for first.
fn baseline(args: &Args, configured: &BudgetFile) -> Option<String> {
    let beside = || {
        let name = configured.baseline.as_ref()?;
        let path: PathBuf = configured.directory.join(name);
        Some(if path.exists() { path.display().to_string() } else { name.clone() })
    };
    args.known.baseline.clone().or_else(beside)
}

fn flags(args: &BudgetArgs) -> Budget {
    fn bound<T: Copy>(limit: Option<T>, flag: &str) -> Option<Bound<T>> {
        limit.map(|limit| Bound { limit, origin: flag.to_owned() })
    }
    Budget {
        max_size: bound(args.max_size, "--max-size"),
        max_growth: bound(args.max_growth, "--max-growth"),
        max_wasted: bound(args.max_wasted, "--max-wasted"),
        max_layers: bound(args.max_layers, "--max-layers"),
        max_secrets: bound(args.max_secrets, "--max-secrets"),
        max_risks: bound(args.max_risks, "--max-risks"),
        ..Budget::default()
    }
}
