//! `jettison squash`: several layers made into one.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use jettison_squash::{
    Base, Error, Event, KnownImage, Report, Request, Selection,
    report::{BaseFacts, ImageFacts, KnownFrom, RunFacts},
};
use jettison_transport::Places;

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    images::{self, CompressionArg, input},
    messages::SquashText as Text,
    outputs,
    places::{self, PlaceArgs},
    summary::bytes,
    terminal::Terminal,
};

/// Make several layers of an image into one; files and configuration stay as they are
///
/// By default all layers above the base image become one, and those of the base, which other images share, stay. What a higher
/// layer deleted or replaced is gone from the new one. The file trees before and after are compared, byte by byte, before
/// anything is written.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Image: a name (looked for in the local store, in Docker, in its registry), a path, or docker-archive:FILE[:REF],
    /// oci:DIR[:TAG], oci-archive:FILE[:TAG], dir:DIR, docker-daemon:NAME, containers-storage:NAME, docker://NAME
    #[arg(value_name = "SOURCE")]
    source: String,

    #[command(flatten, next_help_heading = "Which layers")]
    which: WhichArgs,
    #[command(flatten, next_help_heading = "Output")]
    output: OutputArgs,
}

#[derive(clap::Args, Debug)]
struct WhichArgs {
    /// All of them, the base image's too
    #[arg(long, group = "which")]
    all: bool,
    /// As docker-squash: a number means so many last steps of `docker history`; a digest, the layer below the first to squash
    #[arg(
        long = "from",
        short = 'f',
        visible_alias = "from-layer",
        value_name = "NUMBER|DIGEST",
        group = "which"
    )]
    from: Option<String>,
    /// From layer A to layer B, counted from 1 at the bottom, both included; `A..` goes to the top
    #[arg(long, value_name = "A..B", group = "which", value_parser = clap::builder::ValueParser::new(range))]
    range: Option<(usize, Option<usize>)>,
    /// Only where it saves: runs of layers in which one hides at least --min-saving bytes of another
    #[arg(long, group = "which")]
    auto: bool,
    /// What --auto thinks worth it: bytes, with kB, MB or GB if you like
    #[arg(long, value_name = "SIZE", default_value = "1MB", requires = "auto", value_parser = clap::builder::ValueParser::new(size))]
    min_saving: u64,
    /// The base image, whose layers stay; without it, it is looked for in the local store and in the history
    #[arg(long, value_name = "IMAGE", conflicts_with_all = ["all", "from", "range"])]
    base: Option<String>,
}

#[derive(clap::Args, Debug)]
struct OutputArgs {
    /// Tag of the new image; the image's tag with -squashed without one
    #[arg(long = "tag", short = 't', value_name = "REF")]
    tags: Vec<String>,
    /// What the history says of the new layer
    #[arg(long, short, value_name = "TEXT")]
    message: Option<String>,
    /// Where it goes: a NAME in the local store, docker-daemon:NAME, docker://NAME, docker-archive:FILE[:REF], oci:DIR[:TAG],
    /// oci-archive:FILE[:TAG], dir:DIR; without one, next to the source: FILE-squashed.tar, or its name with -squashed
    #[arg(long = "to", value_name = "DESTINATION")]
    destinations: Vec<String>,
    /// Compression of the new layer; layers that stay are not touched
    #[arg(long, value_enum, default_value_t = CompressionArg::Gzip)]
    compression: CompressionArg,
    /// Write nothing: tell what would be done
    #[arg(long, conflicts_with = "destinations")]
    dry_run: bool,
    /// Write everything that is known about the squashing as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Which image of a multi-platform one
    #[arg(long, value_name = "OS/ARCH")]
    platform: Option<String>,
    /// Where temporary files go
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
    #[command(flatten)]
    places: PlaceArgs,
}

fn range(text: &str) -> Result<(usize, Option<usize>), String> {
    let number = |text: &str| {
        text.parse::<usize>()
            .map_err(|_error| format!("{text:?} is no layer number; write A..B, such as 2..5"))
    };
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let last = last.strip_prefix('=').unwrap_or(last);
    Ok((number(first)?, if last.is_empty() { None } else { Some(number(last)?) }))
}

/// Decimal units, as `docker images` and jettison's own output have them.
fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no size; write 500kB, 1MB or 2GB");
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        _ => return Err(wrong()),
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(wrong)
}

/// Squashes and renders the result.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let request = request(args, environment, terminal)?;
    let report = jettison_squash::squash(&request, &mut |event| tell(event, terminal))
        .map_err(|error| failure(&error))?;
    terminal.clear();
    if let Some(file) = &args.output.report {
        write_report(file, &report)?;
    }
    for warning in &report.warnings {
        terminal.warning(warning);
    }
    render(&report, &request.selection, terminal);
    Ok(ExitCode::SUCCESS)
}

fn request(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Request, Failure> {
    let places = args.output.places.places(environment, terminal)?;
    let source = places::source(&args.source, &places, terminal)?;
    let tags = images::tags(&args.output.tags)?;
    let destinations = if args.output.dry_run {
        Vec::new()
    } else {
        images::destinations(&args.output.destinations, &source, "squashed", &tags)?
    };
    outputs::check(&destinations, &args.output.report, source.path())?;
    let work_dir = images::work_dir(args.output.work_dir.as_deref());
    let base = args.which.base.as_deref();
    let base = base.map(|base| places::source(base, &places, terminal)).transpose()?;
    let mut open = images::open_options(&work_dir, args.output.platform.as_deref())?;
    open.cache = args.output.places.cache(environment);
    let known = || known_images(&places, terminal);
    let base = base.map_or_else(|| Base::Recognise(known()), Base::Image);
    open.places = places;
    Ok(Request {
        open,
        selection: selection(&args.which),
        base,
        compression: args.output.compression.into(),
        message: args.output.message.clone(),
        tags,
        source,
        destinations,
        work_dir,
    })
}

/// Images of the local store: one of them may be the base. Without them the history is asked, so a store that cannot be
/// read is a warning.
fn known_images(places: &Places, terminal: &Terminal) -> Vec<KnownImage> {
    let Some(store) = places.store.as_ref().filter(|store| store.dir().is_dir()) else {
        return Vec::new();
    };
    let images = store.images().unwrap_or_else(|error| {
        terminal.warning(&error.to_string());
        Vec::new()
    });
    let known = images.iter().filter_map(|image| {
        let name = image.names.first()?.familiar();
        let configs = image.platforms.iter().filter_map(|platform| platform.config.as_ref());
        Some(configs.map(move |config| KnownImage {
            name: name.clone(),
            diff_ids: config.rootfs.diff_ids.clone(),
        }))
    });
    known.flatten().collect()
}

fn selection(args: &WhichArgs) -> Selection {
    match (&args.from, args.range) {
        (Some(from), _) => Selection::From(from.clone()),
        (None, Some((first, last))) => Selection::Range { first, last },
        (None, None) if args.all => Selection::All,
        (None, None) if args.auto => Selection::Saving { at_least: args.min_saving },
        (None, None) => Selection::AboveBase,
    }
}

fn tell(event: Event, terminal: &Terminal) {
    let say = |text, values: &[&str]| terminal.progress(&terminal.language.say(text, values));
    match event {
        Event::Opening(name) => say(Text::Opening, &[&name]),
        Event::Indexing(count) => say(Text::Indexing, &[&count.to_string()]),
        Event::Squashing { first, last } => {
            say(Text::Squashing, &[&first.to_string(), &last.to_string()]);
        }
        Event::Comparing => say(Text::Comparing, &[]),
        Event::Saving(name) => say(Text::Saving, &[&name]),
        _ => {}
    }
}

fn write_report(file: &Path, report: &Report) -> Result<(), Failure> {
    let failed = |error: &dyn std::error::Error| Failure::from_error(Kind::Operation, error);
    let json = serde_json::to_vec_pretty(report).map_err(|error| failed(&error))?;
    jettison_slim::artifacts::write_file(file, &json).map_err(|error| failed(&error))
}

fn render(report: &Report, selection: &Selection, terminal: &Terminal) {
    if matches!(selection, Selection::AboveBase | Selection::Saving { .. }) {
        render_base(report.base.as_ref(), terminal);
    }
    if report.runs.is_empty() {
        terminal.line(terminal.language.text(Text::NothingToDo));
    }
    for run in &report.runs {
        render_run(run, terminal);
    }
    let row = |name, facts: &ImageFacts| {
        format!(
            "{:<7}  {:>10}  {:>8} {}  {:>3} {}",
            terminal.language.text(name),
            bytes(facts.bytes),
            facts.entries,
            terminal.language.text(Text::Entries),
            facts.layers,
            terminal.language.text(Text::Layers),
        )
    };
    terminal.line(&row(Text::Before, &report.source));
    terminal.line(&row(Text::After, &report.squashed));
    terminal.line(&terminal.bold(terminal.language.text(Text::Same)));
    if report.written.is_empty() {
        terminal.line(terminal.language.text(Text::NotWritten));
    }
    for written in &report.written {
        let tags = report.squashed.tags.join(", ");
        let named = if tags.is_empty() { written.clone() } else { format!("{written} ({tags})") };
        terminal.line(&terminal.language.say(Text::Written, &[&named]));
    }
}

fn render_base(base: Option<&BaseFacts>, terminal: &Terminal) {
    let language = terminal.language;
    terminal.line(&match base {
        None => language.text(Text::NoBase).to_owned(),
        Some(base) => {
            let known = match base.known_from {
                KnownFrom::Argument => base.name.clone(),
                KnownFrom::Store => language.say(Text::KnownFromStore, &[&base.name]),
                KnownFrom::History => language.say(Text::KnownFromHistory, &[&base.name]),
            };
            language.say(Text::BaseStays, &[&base.layers.to_string(), &known])
        }
    });
}

fn render_run(run: &RunFacts, terminal: &Terminal) {
    let (first, last) = (run.first.to_string(), run.last.to_string());
    let text = if run.bytes_after == 0 { Text::NothingLeft } else { Text::Became };
    let values = [
        first.as_str(),
        &last,
        &run.entries_after.to_string(),
        &run.entries_before.to_string(),
        &bytes(run.bytes_after),
        &bytes(run.bytes_before),
    ];
    terminal.line(&terminal.language.say(text, &values));
}

fn failure(error: &Error) -> Failure {
    match error {
        Error::Open(_) | Error::Index(_) | Error::Merge(_) => input(error),
        Error::Selection(_) | Error::NotItsBase { .. } => input(error),
        _ => Failure::from_error(Kind::Operation, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_sizes_are_read() {
        assert_eq!(range("2..5"), Ok((2, Some(5))));
        assert_eq!(range("2..=5"), Ok((2, Some(5))));
        assert_eq!(range("3.."), Ok((3, None)));
        assert_eq!(range("3"), Ok((3, Some(3))));
        for wrong in ["", "..", "a..b", "..3", "1-2"] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
        assert_eq!(size("1MB"), Ok(1_000_000));
        assert_eq!(size("12 kB"), Ok(12_000));
        assert_eq!(size("7"), Ok(7));
        for wrong in ["", "MB", "1.5MB", "1TB", "99999999999GB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
