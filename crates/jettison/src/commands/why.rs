//! `jettison why`: the reason for one path.

use std::{path::PathBuf, process::ExitCode};

use jettison_slim::report::{Answer, Report};
use jettison_transport::{OpenOptions, Source, SourceError};

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    messages::WhyText as Text,
    places::{self, StoreArg},
    report_store::{self, ReportStore},
    terminal::Terminal,
};

/// Tell why a path is in a slim image, or why it is not
///
/// Answers from the report of the slimming: the one kept for the image, or the file that --report names.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Slim image: a name, an archive or layout (as for `slim`), or an image id; leave it away with --report
    #[arg(required_unless_present = "report")]
    image: Option<String>,
    /// Absolute path inside the image
    path: Option<String>,
    /// Answer from this report instead of the one kept for the image
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    store: StoreArg,
}

/// Answers; exit status 1 when the path was never in the image.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let (report, path) = match (&args.report, &args.image, &args.path) {
        // With --report the only positional argument is the path.
        (Some(file), Some(path), None) => (report_store::read(file)?, path),
        (Some(file), _, Some(path)) => (report_store::read(file)?, path),
        (None, Some(image), Some(path)) => (find(image, args, environment)?, path),
        _ => {
            return Err(Failure::new(Kind::Input, "a path is missing")
                .hint("jettison why IMAGE PATH, or jettison why --report FILE PATH"));
        }
    };
    if !path.starts_with('/') {
        return Err(Failure::new(Kind::Input, format!("{path:?} is not an absolute path"))
            .hint("begin it with /"));
    }
    Ok(render(&report, path, terminal))
}

fn render(report: &Report, path: &str, terminal: &Terminal) -> ExitCode {
    let say = |text, values: &[&str]| terminal.line(&terminal.language.say(text, values));
    match report.why(path) {
        None => {
            say(Text::Unknown, &[path]);
            return ExitCode::FAILURE;
        }
        Some(Answer::Kept(kept)) => {
            say(Text::Kept, &[&kept.path, &kept.because, &kept.rule]);
            if let (Some(phase), Some(at)) = (&kept.phase, kept.at_ms) {
                say(Text::KeptFor, &[phase, &at.to_string()]);
            }
        }
        Some(Answer::Dropped { risk: Some(risk), .. }) => {
            say(Text::RiskOf, &[path, &risk.because, &risk.rule]);
            say_how_back(report, path, terminal);
        }
        Some(Answer::Dropped { under, risk: None }) => {
            if under.path == path {
                say(Text::Dropped, &[path]);
            } else {
                say(Text::DroppedWith, &[path, &under.path]);
            }
            say_how_back(report, path, terminal);
        }
    }
    ExitCode::SUCCESS
}

/// How a dropped path stays the next time, or comes back now if what was dropped was kept.
fn say_how_back(report: &Report, path: &str, terminal: &Terminal) {
    let say = |text, values: &[&str]| terminal.line(&terminal.language.say(text, values));
    say(Text::HowBack, &[path]);
    let rest = report.rest.as_ref().and_then(|rest| rest.written.first());
    match (report.written.first(), rest) {
        (Some(slim), Some(rest)) => say(Text::HowBackRest, &[slim, rest, path]),
        _ => say(Text::RestHint, &[]),
    }
}

/// The kept report of an image, named in whichever way.
fn find(image: &str, args: &Args, environment: &Environment) -> Result<Report, Failure> {
    let missing = || {
        Failure::new(Kind::Input, format!("there is no report for {image}"))
            .hint("`jettison slim` keeps a report of each image it writes; name one written elsewhere with --report FILE")
    };
    let store = ReportStore::of(environment).ok_or_else(missing)?;
    if let Some(report) = store.find(image)? {
        return Ok(report);
    }
    let source: Source = image.parse().map_err(|_error: SourceError| missing())?;
    let mut options = OpenOptions::new(std::env::temp_dir());
    // A report is kept of images that are here: a registry is not asked.
    options.places = args.store.places(environment);
    options.places.registries = None;
    let found = jettison_transport::locate(&source, &options)
        .map_err(|error| places::not_opened(&error))?;
    store.find(&found.config_digest.to_string())?.ok_or_else(missing)
}
