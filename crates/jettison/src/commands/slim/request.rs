//! From arguments to what the library is asked for.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

use jettison_keep::{Options as KeepOptions, Selection, rules};
use jettison_sandbox::{Mount, Tier};
use jettison_slim::{Bill, Layering, OnFailure, Overrides, Request, RunOptions};
use jettison_transport::Destination;

use super::{
    args::{Args, ConfigArgs, KeepArgs, OutputArgs, RunArgs},
    probes::exercise,
    surroundings::{find_images, ports, surroundings},
};
use crate::{
    commands::{sandbox_helper, sweeper},
    environment::Environment,
    failure::{Failure, Kind},
    images::{self, input},
    outputs, places,
    terminal::Terminal,
};

pub(super) fn request(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Request, Failure> {
    // What costs nothing to check comes first; finding the image may ask engines.
    check_rules(&args.keep)?;
    let overrides = overrides(&args.config)?;
    let selection = selection(&args.keep)?;
    let exercise = exercise(&args.probe)?;
    let bill = bill(&args.output, environment)?;
    let rest: Vec<_> = args
        .output
        .rests
        .iter()
        .map(|text| images::destination_or_file(text))
        .collect::<Result<_, _>>()?;
    let publish = ports(&args.beside)?;
    let mut surroundings = surroundings(&args.beside, environment)?;
    let tags = images::tags(&args.output.tags)?;
    let work_dir = images::work_dir(args.run.work_dir.as_deref());
    let mut open = images::open_options(&work_dir, args.config.platform.as_deref())?;
    open.cache = args.run.places.cache(environment);
    open.places = args.run.places.places(environment, terminal)?;
    let source = places::source(&args.source, &open.places, terminal)?;
    find_images(&mut surroundings, &open.places, terminal)?;
    let destinations = images::destinations(&args.output.destinations, &source, "slim", &tags)?;
    let files = [&args.output.report, &args.output.sbom];
    let images: Vec<_> = destinations.iter().chain(&rest).cloned().collect();
    outputs::check(&images, files.into_iter().flatten(), source.path())?;
    check_apart(&images)?;
    Ok(Request {
        destinations,
        rest,
        tags,
        compression: args.output.compression.into(),
        layering: if args.output.flatten { Layering::Flatten } else { Layering::Keep },
        overrides,
        keep: KeepOptions { level: args.keep.keep, without: args.keep.no_rules.clone() },
        selection,
        exercise,
        run: RunOptions { publish, ..run_options(&args.run, work_dir)? },
        surroundings,
        evidence: args.keep.evidence_in.clone(),
        bill,
        on_failure: if args.output.keep_failed { OnFailure::Keep } else { OnFailure::Discard },
        source,
        open,
    })
}

fn check_rules(args: &KeepArgs) -> Result<(), Failure> {
    match args.no_rules.iter().find(|rule| rules::find(rule).is_none()) {
        Some(rule) => {
            Err(Failure::new(Kind::Input, format!("--no-rule {rule}: there is no such rule"))
                .hint("`jettison explain` lists the rules"))
        }
        None => Ok(()),
    }
}

/// The rest must not replace the image that it belongs to. A layout holds both.
fn check_apart(destinations: &[Destination]) -> Result<(), Failure> {
    let is_layout = |it: &&Destination| matches!(it, Destination::OciLayout { .. });
    let mut seen = BTreeSet::new();
    for destination in destinations.iter().filter(|it| !is_layout(it)) {
        let path = destination.path().map(|path| path.display().to_string());
        let name = path.unwrap_or_else(|| destination.to_string());
        if let Some(twice) = seen.replace(name) {
            return Err(Failure::new(
                Kind::Input,
                format!("{twice} is named twice: one image would replace the other"),
            ));
        }
    }
    Ok(())
}

fn bill(args: &OutputArgs, environment: &Environment) -> Result<Option<Bill>, Failure> {
    if args.sbom.is_none() {
        return Ok(None);
    }
    let seconds = environment.source_date_epoch.as_deref().map(|text| {
        text.parse().map_err(|_error| {
            Failure::new(Kind::Input, format!("SOURCE_DATE_EPOCH={text}: no number of seconds"))
        })
    });
    Ok(Some(Bill { format: args.sbom_format, epoch: seconds.transpose()? }))
}

fn selection(args: &KeepArgs) -> Result<Selection, Failure> {
    let mut selection =
        Selection::new(&args.include_paths, &args.exclude_paths).map_err(|error| input(&error))?;
    selection.binaries.clone_from(&args.include_bins);
    selection.shell = args.include_shell;
    Ok(selection)
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
pub(super) fn words(flag: &str, text: &str) -> Result<Vec<String>, Failure> {
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
        publish: Vec::new(),
        work_dir,
        writes_to_disk: args.write_to_disk,
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
    Ok(Mount { source, target: target.into(), read_only, temporary: false })
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
