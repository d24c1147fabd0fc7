//! `jettison slim`: the main job.

use std::{
    collections::BTreeMap,
    io::BufRead,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use jettison_image::{Platform, Reference};
use jettison_keep::{Level, Options as KeepOptions, Selection, rules};
use jettison_probe::{
    Command, FormPolicy, HttpCommand, HttpPlan, parse_exec, read_command_file, read_exec_file,
};
use jettison_sandbox::{Mount, Tier};
use jettison_slim::{
    ContinueAfter, Error, Event, Exercise, Layering, OnFailure, Outcome, Overrides, Request,
    RunError, RunOptions, artifacts, report::Report,
};
use jettison_transport::{Compression, Destination, OpenOptions, RootfsDescription, Source};
use signal_hook::{consts::SIGUSR1, iterator::Signals};

use crate::{
    commands::{sandbox_helper, sweeper},
    environment::Environment,
    failure::{Failure, Kind},
    messages::Text,
    outputs,
    report_store::{self, ReportStore},
    summary,
    terminal::Terminal,
};

/// Make a smaller image and prove that it answers as the fat one
///
/// Runs the image in a sandbox, watches which files it uses while it is probed, writes an image with only what it needs, runs
/// that one with the same probes and compares. Needs no Docker, no root and no privileged container.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Fat image: docker-archive:FILE[:REF], oci:DIR[:TAG], oci-archive:FILE[:TAG], rootfs:DIR-or-TAR, or a bare path
    #[arg(value_name = "SOURCE")]
    source: String,

    #[command(flatten, next_help_heading = "Output")]
    output: OutputArgs,
    #[command(flatten, next_help_heading = "What stays")]
    keep: KeepArgs,
    #[command(flatten, next_help_heading = "Probes")]
    probe: ProbeArgs,
    #[command(flatten, next_help_heading = "Image configuration")]
    config: ConfigArgs,
    #[command(flatten, next_help_heading = "Sandbox")]
    run: RunArgs,
}

#[derive(clap::Args, Debug)]
struct OutputArgs {
    /// Tag of the slim image; the fat image's tag with -slim without one
    #[arg(long = "tag", short = 't', value_name = "REF")]
    tags: Vec<String>,
    /// Where it goes: docker-archive:FILE[:REF], oci:DIR[:TAG], oci-archive:FILE[:TAG]; the source's name with -slim.tar
    /// without one
    #[arg(long = "to", value_name = "DESTINATION")]
    destinations: Vec<String>,
    /// Compression of written layers
    #[arg(long, value_enum, default_value_t = CompressionArg::Gzip)]
    compression: CompressionArg,
    /// Put everything into one layer
    #[arg(long)]
    flatten: bool,
    /// Write everything that is known about the slimming as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write report, seccomp profile and the Dockerfile told back into a directory
    #[arg(long, value_name = "DIR")]
    copy_meta_artifacts: Option<PathBuf>,
    /// Write the image even if it does not answer as the fat one (the exit status is 1 all the same)
    #[arg(long)]
    keep_failed: bool,
}

#[derive(clap::Args, Debug)]
struct KeepArgs {
    /// How much more than what was used stays
    #[arg(long, value_name = "LEVEL", default_value = "balanced", value_parser = clap::builder::ValueParser::new(level))]
    keep: Level,
    /// Keep this path and all below it; a glob (`*` stays within a directory, `**` crosses them)
    #[arg(long = "include-path", value_name = "GLOB")]
    include_paths: Vec<String>,
    /// Drop this path although something needs it
    #[arg(long = "exclude-path", value_name = "GLOB")]
    exclude_paths: Vec<String>,
    /// Keep this program with all it needs
    #[arg(long = "include-bin", value_name = "PROGRAM")]
    include_bins: Vec<String>,
    /// Keep a shell and everyday commands
    #[arg(long)]
    include_shell: bool,
    /// Also keep what earlier runs used: a file that --evidence-out wrote
    #[arg(long, value_name = "FILE")]
    evidence_in: Vec<PathBuf>,
    /// Write everything that was seen, for a later run's --evidence-in
    #[arg(long, value_name = "FILE")]
    evidence_out: Option<PathBuf>,
    /// Switch a rule off (see `jettison explain`)
    #[arg(long = "no-rule", value_name = "RULE")]
    no_rules: Vec<String>,
}

#[derive(clap::Args, Debug)]
struct ProbeArgs {
    /// Do not probe over HTTP
    #[arg(long)]
    http_probe_off: bool,
    /// Also send this request: "GET /path", "POST:/path", "/path", "crawl:/path"
    #[arg(long = "http-probe-cmd", value_name = "REQUEST")]
    http_probe_cmds: Vec<String>,
    /// Also send the requests of this file (docker-slim's JSON)
    #[arg(long, value_name = "FILE")]
    http_probe_cmd_file: Vec<PathBuf>,
    /// Probe only these ports, comma-separated
    #[arg(long, value_name = "PORTS", value_delimiter = ',')]
    http_probe_ports: Vec<u16>,
    /// Follow links this many steps from /
    #[arg(long, value_name = "STEPS", default_value_t = 3)]
    http_crawl_max_depth: u32,
    /// Request at most this many pages in a crawl
    #[arg(long, value_name = "PAGES", default_value_t = 1000)]
    http_max_crawl_pages: usize,
    /// Do not submit the forms that a crawl finds
    #[arg(long)]
    http_crawl_no_forms: bool,
    /// Run this in the container once it is ready: a shell line, or a JSON list of words
    #[arg(long = "exec", value_name = "COMMAND")]
    execs: Vec<String>,
    /// Run this script in the container once it is ready
    #[arg(long = "exec-file", value_name = "FILE")]
    exec_files: Vec<PathBuf>,
    /// Go on after: probe, exec, enter (a person presses Enter), a number of seconds, signal (SIGUSR1)
    #[arg(long, value_name = "WHEN", default_value = "probe", value_parser = clap::builder::ValueParser::new(continue_after))]
    continue_after: ContinueAfter,
}

#[derive(clap::Args, Debug)]
struct ConfigArgs {
    /// ENTRYPOINT of the slim image: a shell-like line or a JSON list; empty clears it
    #[arg(long, value_name = "COMMAND")]
    entrypoint: Option<String>,
    /// CMD of the slim image: a shell-like line or a JSON list
    #[arg(long, value_name = "COMMAND")]
    cmd: Option<String>,
    /// Set an environment variable in the slim image
    #[arg(long = "env", value_name = "NAME=VALUE")]
    envs: Vec<String>,
    /// Set a label on the slim image
    #[arg(long = "label", value_name = "NAME=VALUE")]
    labels: Vec<String>,
    /// Declare a port
    #[arg(long, value_name = "PORT[/udp]")]
    expose: Vec<String>,
    /// USER of the slim image
    #[arg(long, value_name = "USER[:GROUP]")]
    user: Option<String>,
    /// WORKDIR of the slim image
    #[arg(long, value_name = "DIR")]
    workdir: Option<String>,
    /// STOPSIGNAL of the slim image
    #[arg(long, value_name = "SIGNAL")]
    stop_signal: Option<String>,
    /// Which image of a multi-platform one
    #[arg(long, value_name = "OS/ARCH")]
    platform: Option<String>,
}

#[derive(clap::Args, Debug)]
struct RunArgs {
    /// Use this tier instead of the best one that works (see `jettison doctor`)
    #[arg(long, value_name = "1-3", value_parser = clap::value_parser!(u8).range(1..=3))]
    tier: Option<u8>,
    /// How long the image may take until it listens or ends, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    start_timeout: u64,
    /// How long it may take to end after its stop signal, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    stop_timeout: u64,
    /// Let the image see a directory of this machine while it runs: /here:/there[:ro]
    #[arg(long = "mount", value_name = "SOURCE:TARGET[:ro]")]
    mounts: Vec<String>,
    /// Environment for the runs alone, one NAME=VALUE a line; it does not get into the image
    #[arg(long = "env-file", value_name = "FILE")]
    env_files: Vec<PathBuf>,
    /// Where temporary files go
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum CompressionArg {
    Gzip,
    Zstd,
    None,
}

fn level(word: &str) -> Result<Level, String> {
    word.parse().map_err(|error: jettison_keep::UnknownLevel| error.to_string())
}

fn continue_after(word: &str) -> Result<ContinueAfter, String> {
    Ok(match word {
        "probe" => ContinueAfter::Probe,
        "exec" => ContinueAfter::Exec,
        "enter" => ContinueAfter::Enter,
        "signal" => ContinueAfter::Signal,
        number => {
            ContinueAfter::Elapsed(Duration::from_secs(number.parse().map_err(|_error| {
                "use probe, exec, enter, signal or a number of seconds".to_owned()
            })?))
        }
    })
}

/// Slims, renders the result and writes what was asked for beside the image.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let request = request(args, environment)?;
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

fn request(args: &Args, environment: &Environment) -> Result<Request, Failure> {
    let source: Source = args.source.parse().map_err(|error| input(&error))?;
    let destinations = destinations(&args.output.destinations, &source)?;
    outputs::check(&destinations, args.output.report.as_deref(), source.path())?;
    let tags = tags(&args.output.tags)?;
    let work_dir = args.run.work_dir.clone().unwrap_or_else(std::env::temp_dir);
    let mut open = OpenOptions::new(&work_dir);
    open.cache_dir = environment.cache.as_ref().map(|cache| cache.join("layers"));
    open.platform = args.config.platform.as_deref().map(platform).transpose()?;
    open.rootfs = RootfsDescription::default();
    for rule in &args.keep.no_rules {
        if rules::find(rule).is_none() {
            return Err(Failure::new(
                Kind::Input,
                format!("--no-rule {rule}: there is no such rule"),
            )
            .hint("`jettison explain` lists the rules"));
        }
    }
    Ok(Request {
        destinations,
        tags,
        compression: match args.output.compression {
            CompressionArg::Gzip => Compression::Gzip,
            CompressionArg::Zstd => Compression::Zstd,
            CompressionArg::None => Compression::None,
        },
        layering: if args.output.flatten { Layering::Flatten } else { Layering::Keep },
        overrides: overrides(&args.config)?,
        keep: KeepOptions { level: args.keep.keep, without: args.keep.no_rules.clone() },
        selection: selection(&args.keep)?,
        exercise: exercise(&args.probe)?,
        run: run_options(&args.run, work_dir)?,
        evidence: args.keep.evidence_in.clone(),
        on_failure: if args.output.keep_failed { OnFailure::Keep } else { OnFailure::Discard },
        source,
        open,
    })
}

fn tags(texts: &[String]) -> Result<Vec<Reference>, Failure> {
    texts.iter().map(|text| text.parse().map_err(|error| input(&error))).collect()
}

fn platform(text: &str) -> Result<Platform, Failure> {
    text.parse().map_err(|error| input(&error))
}

/// Without `--to` the image lands beside the caller, under the source's name with `-slim.tar`; an existing file is not
/// overwritten then, because nobody named it.
fn destinations(texts: &[String], source: &Source) -> Result<Vec<Destination>, Failure> {
    if !texts.is_empty() {
        return texts.iter().map(|text| text.parse().map_err(|error| input(&error))).collect();
    }
    let path = source.path();
    let name =
        path.file_name().map_or_else(|| "image".into(), |name| name.to_string_lossy().into_owned());
    let stem = [".tar.gz", ".tar.zst", ".tgz", ".tar"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(&name);
    let file = PathBuf::from(format!("{stem}-slim.tar"));
    if file.exists() {
        return Err(Failure::new(Kind::Input, format!("{} is there already", file.display()))
            .hint(format!("name the destination: --to docker-archive:{}", file.display())));
    }
    Ok(vec![Destination::DockerArchive { path: file, name: None }])
}

fn selection(args: &KeepArgs) -> Result<Selection, Failure> {
    let mut selection =
        Selection::new(&args.include_paths, &args.exclude_paths).map_err(|error| input(&error))?;
    selection.binaries.clone_from(&args.include_bins);
    selection.shell = args.include_shell;
    Ok(selection)
}

fn exercise(args: &ProbeArgs) -> Result<Exercise, Failure> {
    let mut http = HttpPlan {
        off: args.http_probe_off,
        ports: args.http_probe_ports.clone(),
        ..HttpPlan::default()
    };
    http.crawl.depth = args.http_crawl_max_depth;
    http.crawl.pages = args.http_max_crawl_pages;
    if args.http_crawl_no_forms {
        http.forms = FormPolicy::Off;
    }
    for text in &args.http_probe_cmds {
        http.commands.push(text.parse::<HttpCommand>().map_err(|error| input(&error))?);
    }
    for file in &args.http_probe_cmd_file {
        http.commands.extend(read_command_file(file).map_err(|error| input(&error))?);
    }
    let mut exec: Vec<Command> = args.execs.iter().map(|text| parse_exec(text, &[])).collect();
    for file in &args.exec_files {
        exec.push(read_exec_file(file, &[]).map_err(|error| input(&error))?);
    }
    Ok(Exercise { http, exec, then: args.continue_after })
}

fn overrides(args: &ConfigArgs) -> Result<Overrides, Failure> {
    for (flag, pairs) in [("--env", &args.envs), ("--label", &args.labels)] {
        if let Some(wrong) =
            pairs.iter().find(|pair| pair.split_once('=').is_none_or(|(name, _)| name.is_empty()))
        {
            // The value may be a secret: only the name is shown.
            let name = wrong.split('=').next().unwrap_or_default();
            return Err(Failure::new(Kind::Input, format!("{flag} {name}: expected NAME=VALUE")));
        }
    }
    Ok(Overrides {
        entrypoint: args
            .entrypoint
            .as_deref()
            .map(|text| words("--entrypoint", text))
            .transpose()?,
        cmd: args.cmd.as_deref().map(|text| words("--cmd", text)).transpose()?,
        env: args.envs.clone(),
        labels: args.labels.clone(),
        expose: args.expose.clone(),
        user: args.user.clone(),
        workdir: args.workdir.clone(),
        stop_signal: args.stop_signal.clone(),
    })
}

/// A JSON list as it stands; anything else split as a shell splits words (quotes and backslashes, no expansion).
fn words(flag: &str, text: &str) -> Result<Vec<String>, Failure> {
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text).map_err(|error| {
            Failure::new(Kind::Input, format!("{flag} {text}: no JSON list of words: {error}"))
        });
    }
    shlex::split(text)
        .ok_or_else(|| Failure::new(Kind::Input, format!("{flag} {text}: a quote is not closed")))
}

fn run_options(args: &RunArgs, work_dir: PathBuf) -> Result<RunOptions, Failure> {
    let tier =
        args.tier.and_then(|number| Tier::ALL.into_iter().find(|tier| tier.number() == number));
    Ok(RunOptions {
        helper: sandbox_helper(),
        sweeper: sweeper(),
        tier,
        start_timeout: Duration::from_secs(args.start_timeout),
        stop_grace: Duration::from_secs(args.stop_timeout),
        mounts: args.mounts.iter().map(|text| mount(text)).collect::<Result<_, _>>()?,
        env: env_files(&args.env_files)?,
        work_dir,
    })
}

fn mount(text: &str) -> Result<Mount, Failure> {
    let wrong = |what: &str| {
        Failure::new(Kind::Input, format!("--mount {text}: {what}"))
            .hint("--mount /here:/there[:ro]")
    };
    let (rest, read_only) = match text.strip_suffix(":ro") {
        Some(rest) => (rest, true),
        None => (text.strip_suffix(":rw").unwrap_or(text), false),
    };
    let (source, target) = rest.split_once(':').ok_or_else(|| wrong("the target is missing"))?;
    if !Path::new(target).is_absolute() {
        return Err(wrong("the target must be absolute"));
    }
    let source = fs_err::canonicalize(source).map_err(|error| wrong(&error.to_string()))?;
    Ok(Mount { source, target: target.into(), read_only })
}

/// Docker's format: `NAME=VALUE` lines, `#` comments (docker run --env-file).
fn env_files(files: &[PathBuf]) -> Result<BTreeMap<String, String>, Failure> {
    let mut pairs = BTreeMap::new();
    for file in files {
        let text = fs_err::read_to_string(file).map_err(|error| input(&error))?;
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) = line.split_once('=').ok_or_else(|| {
                Failure::new(
                    Kind::Input,
                    format!("{}:{}: expected NAME=VALUE", file.display(), number + 1),
                )
            })?;
            pairs.insert(name.trim_end().to_owned(), value.to_owned());
        }
    }
    Ok(pairs)
}

/// Waits for whoever uses the running image.
struct Pause {
    signals: Option<Signals>,
}

impl Pause {
    /// Prepares for the signal before the image runs, so that none is lost.
    fn new(then: ContinueAfter) -> Result<Self, Failure> {
        let signals = match then {
            ContinueAfter::Signal => Some(
                Signals::new([SIGUSR1]).map_err(|error| Failure::from_error(Kind::Host, &error))?,
            ),
            _ => None,
        };
        Ok(Self { signals })
    }

    fn wait(&mut self, then: ContinueAfter, terminal: &Terminal) {
        match then {
            ContinueAfter::Probe | ContinueAfter::Exec => {}
            ContinueAfter::Elapsed(time) => std::thread::sleep(time),
            ContinueAfter::Enter => {
                terminal.prompt(&terminal.language.say(Text::PressEnter, &[]));
                // The end of the input is as good as Enter.
                drop(std::io::stdin().lock().read_line(&mut String::new()));
            }
            ContinueAfter::Signal => {
                let pid = std::process::id().to_string();
                terminal.prompt(&terminal.language.say(Text::WaitingForSignal, &[&pid]));
                if let Some(signals) = &mut self.signals {
                    signals.wait().next();
                }
            }
        }
    }
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
        Event::Writing => say(Text::Writing, &[]),
        Event::RunningSlim => say(Text::RunningStrict, &[]),
        Event::Saving(name) => say(Text::Saving, &[&name]),
        Event::Waiting(then) => pause.wait(then, terminal),
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
        None => failure.hint("keep more with --keep generous, or name what varies on purpose"),
    };
    if report.written.is_empty() {
        failure.hint("look into it with --keep-failed")
    } else {
        failure
    }
}

fn input(error: &dyn std::error::Error) -> Failure {
    Failure::from_error(Kind::Input, error)
}

fn failure(error: &Error) -> Failure {
    let kind = match error {
        Error::Host { .. } => Kind::Host,
        Error::Run(RunError::NotReady { .. } | RunError::EndedEarly { .. }) => Kind::NotProven,
        Error::Run(RunError::Sandbox(jettison_sandbox::Error::Exec(_))) => Kind::NotProven,
        Error::Run(RunError::Sandbox(_)) => Kind::Host,
        Error::Layers(_) | Error::Save(_) | Error::Run(_) => Kind::Operation,
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
        Error::Process(_) => failure.hint("for example: --cmd 'nginx -g \"daemon off;\"'"),
        _ => failure,
    }
}
