//! `jettison slim`: the main job.

mod args;
mod pause;
mod probes;
mod request;
mod surroundings;

use std::process::ExitCode;

use jettison_slim::{Error, Event, Outcome, RunError, artifacts, report::Report};

pub(crate) use args::Args;

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    messages::Text,
    report_store::{self, ReportStore},
    summary,
    terminal::Terminal,
};
use pause::Pause;
use request::request;

/// Slims, renders the result and writes what was asked for beside the image.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let request = request(args, environment, terminal)?;
    let mut pause = Pause::new(request.exercise.then)?;
    let outcome = jettison_slim::slim(&request, &mut |event| tell(event, &mut pause, terminal))
        .map_err(|error| failure(&error))?;
    terminal.clear();
    for note in &outcome.notes {
        terminal.warning(note);
    }
    keep_files(args, environment, terminal, &outcome)?;
    summary::render(&outcome.report, terminal);
    if outcome.report.verdict.equal {
        return Ok(ExitCode::SUCCESS);
    }
    Err(not_proven(&outcome.report))
}
fn tell(event: Event, pause: &mut Pause, terminal: &Terminal) {
    let say = |text, values: &[&str]| terminal.progress(&terminal.language.say(text, values));
    match event {
        Event::Opening(name) => say(Text::Opening, &[&name]),
        Event::Indexing(count) => say(Text::Indexing, &[&count.to_string()]),
        Event::RunningFat(1) => say(Text::RunningFat, &[]),
        Event::RunningFat(_) => say(Text::RunningAgain, &[]),
        Event::Probing(port) => say(Text::Probing, &[&port.to_string()]),
        Event::Deciding => say(Text::Deciding, &[]),
        Event::RunningGhosts => say(Text::RunningGhosts, &[]),
        Event::WritingRest => say(Text::WritingRest, &[]),
        Event::Writing => say(Text::Writing, &[]),
        Event::RunningSlim => say(Text::RunningStrict, &[]),
        Event::Saving(name) => say(Text::Saving, &[&name]),
        Event::StartingNeighbour(name) => say(Text::StartingNeighbour, &[&name]),
        Event::RunningOther(command) => say(Text::RunningOther, &[&command]),
        Event::RunningOutside(command) => say(Text::RunningOutside, &[&command]),
        Event::Waiting { then, urls } => pause.wait(then, &urls, terminal),
        _ => {}
    }
}

/// Writes report and artifacts, and keeps the report for `why`.
fn keep_files(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
    outcome: &Outcome,
) -> Result<(), Failure> {
    if let Some(file) = &args.output.report {
        report_store::write(file, &outcome.report)?;
    }
    if let Some(file) = &args.keep.evidence_out {
        artifacts::write_file(file, &outcome.evidence)
            .map_err(|error| Failure::from_error(Kind::Operation, &error))?;
    }
    if let (Some(file), Some(bill)) = (&args.output.sbom, &outcome.bill) {
        artifacts::write_file(file, bill)
            .map_err(|error| Failure::from_error(Kind::Operation, &error))?;
    }
    if let Some(directory) = &args.output.copy_meta_artifacts {
        artifacts::write_all(directory, outcome)
            .map_err(|error| Failure::from_error(Kind::Operation, &error))?;
    }
    if let Some(store) = ReportStore::of(environment).filter(|_| !outcome.report.written.is_empty())
    {
        // `why` is a convenience: an image that is written is not lost over a home that is read-only.
        if let Err(failure) = store.keep(&outcome.report) {
            terminal.warning(&format!("the report is not kept for `jettison why`: {failure}"));
        }
    }
    Ok(())
}

fn not_proven(report: &Report) -> Failure {
    let first = report.verdict.differences.first().map(String::as_str).unwrap_or_default();
    let failure = Failure::new(
        Kind::NotProven,
        format!("the slim image does not answer as the fat one: {first}"),
    );
    let missing = report.verdict.missing_in_slim.first();
    let failure = match missing {
        Some(path) => {
            failure.hint(format!("it asked for {path}, which was dropped: --include-path {path}"))
        }
        None => failure.hint(
            "keep more with --keep generous; if the answer varies by itself, choose other requests: --http-crawl-max-depth 0, \
             --http-probe-cmd REQUEST",
        ),
    };
    if report.written.is_empty() {
        failure.hint("look into it with --keep-failed")
    } else {
        failure
    }
}

fn failure(error: &Error) -> Failure {
    let kind = match error {
        Error::Host { .. } => Kind::Host,
        Error::Run(
            RunError::NotReady { .. }
            | RunError::EndedEarly { .. }
            | RunError::Neighbour { .. }
            | RunError::Outside { .. },
        ) => Kind::NotProven,
        Error::Run(RunError::NoNetwork) => Kind::Host,
        Error::Run(RunError::PortClash { .. }) => Kind::Input,
        Error::Run(RunError::Sandbox(jettison_sandbox::Error::Exec(_))) => Kind::NotProven,
        Error::Run(RunError::Sandbox(_)) => Kind::Host,
        Error::Layers(_) | Error::Save(_) | Error::Rest(_) | Error::Run(_) => Kind::Operation,
        _ => Kind::Input,
    };
    let failure = Failure::from_error(kind, error);
    match error {
        Error::Host { .. } => failure.hint("`jettison doctor` says what is missing and what to do"),
        Error::Run(RunError::NotReady { .. }) => failure
            .hint("give it longer with --start-timeout SECONDS")
            .hint("give it what it needs: --env-file FILE, --mount SOURCE:TARGET, or another command with --cmd"),
        Error::Run(RunError::EndedEarly { .. }) => {
            failure.hint("give it what it needs: --env-file FILE, --mount SOURCE:TARGET, or another command with --cmd")
        }
        Error::Run(RunError::Neighbour { .. }) => failure
            .hint("give it what it needs: --with-env NAME:VARIABLE=VALUE, or a Compose file")
            .hint("give it longer with --start-timeout SECONDS"),
        Error::Run(RunError::NoNetwork) => {
            failure.hint("`jettison doctor` says what is missing and what to do")
        }
        Error::Neighbour { name, .. } => failure.hint(format!(
            "name another image for it: --compose-image {name}=SOURCE, or --with SOURCE={name}"
        )),
        Error::Process(_) => failure.hint("for example: --cmd 'nginx -g \"daemon off;\"'"),
        _ => failure,
    }
}
