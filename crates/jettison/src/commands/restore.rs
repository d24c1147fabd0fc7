//! `jettison restore`: what slimming dropped, given back.

use std::{path::PathBuf, process::ExitCode};

use jettison_image::Reference;
use jettison_keep::Selection;
use jettison_restore::{GiveBack, RestoreError, Restored, Whole};
use jettison_rootfs::{Limits, PathId};
use jettison_transport::{Destination, Image, OpenOptions, Places, Source};

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    images::{self, CompressionArg, input},
    messages::RestoreText as Text,
    outputs,
    places::{self, PlaceArgs},
    summary::bytes,
    terminal::Terminal,
};

/// Give back what slimming dropped: single files, whole directories, or the fat image itself
///
/// Needs the slim image and the rest that `jettison slim --rest` wrote beside it. Without a path everything comes back: the
/// image is the fat one again, with the same layers and the same id. With paths, the slim image gets those, what links among
/// them lead to, and entries in its package databases for what is there again.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Slim image: a NAME (local store, Docker, registry), a file, or any source that `slim` takes
    #[arg(value_name = "SLIM")]
    slim: String,
    /// Absolute paths, or globs (`*` stays within a directory, `**` crosses them); a directory stands for what is in it
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// The rest: what `jettison slim --rest` wrote
    #[arg(long, value_name = "IMAGE")]
    rest: String,
    /// List what could be given back, one path a line, and write nothing
    #[arg(long, short, conflicts_with_all = ["destinations", "tags"])]
    list: bool,
    /// Tag of the image; without one the fat image's for all of it, else the slim image's with -restored
    #[arg(long = "tag", short = 't', value_name = "REF")]
    tags: Vec<String>,
    /// Where it goes, as for `slim`; without one, next to the slim image: FILE-restored.tar, or its name with -restored
    #[arg(long = "to", value_name = "DESTINATION")]
    destinations: Vec<String>,
    /// Compression of written layers; layers that are in the slim image whole stay as they are stored there
    #[arg(long, value_enum, default_value_t = CompressionArg::Gzip)]
    compression: CompressionArg,
    /// Which image of a multi-platform one
    #[arg(long, value_name = "OS/ARCH")]
    platform: Option<String>,
    /// Where temporary files go
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
    #[command(flatten)]
    places: PlaceArgs,
}

/// Puts the two together, and writes or lists what was asked for.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let patterns = patterns(&args.paths)?;
    let tags = images::tags(&args.tags)?;
    let work_dir = images::work_dir(args.work_dir.as_deref());
    let mut options = images::open_options(&work_dir, args.platform.as_deref())?;
    options.cache = args.places.cache(environment);
    options.places = args.places.places(environment, terminal)?;
    let slim = places::source(&args.slim, &options.places, terminal)?;
    let rest = places::source(&args.rest, &options.places, terminal)?;
    let destinations = if args.list {
        Vec::new()
    } else {
        images::destinations(&args.destinations, &slim, "restored", &tags)?
    };
    outputs::check(&destinations, None, slim.path())?;
    outputs::check(&destinations, None, rest.path())?;

    let slim = open(&slim, &options, terminal)?;
    let rest = open(&rest, &options, terminal)?;
    say(terminal, Text::Joining, &[]);
    let whole = Whole::open(slim, &rest, &Limits::DEFAULT).map_err(|error| failure(&error))?;
    check_matches(&whole, &patterns)?;
    if args.list {
        terminal.clear();
        list(&whole, &patterns, terminal);
        return Ok(ExitCode::SUCCESS);
    }
    let how = GiveBack {
        tags: if tags.is_empty() { default_tags(&whole, args.paths.is_empty()) } else { tags },
        compression: args.compression.into(),
        work_dir,
        created_by: created_by(&args.paths),
    };
    say(terminal, Text::Writing, &[]);
    let wants = |path: &[u8]| patterns.iter().any(|(_, pattern)| pattern.includes(path));
    let restored = if args.paths.is_empty() {
        whole.give_back_all(&how)
    } else {
        whole.give_back(&wants, &how)
    };
    let restored = restored.map_err(|error| failure(&error))?;
    save(&restored, &destinations, &options.places, terminal)?;
    terminal.clear();
    render(&restored, args.paths.is_empty(), &destinations, terminal);
    Ok(ExitCode::SUCCESS)
}

fn say(terminal: &Terminal, text: Text, values: &[&str]) {
    terminal.progress(&terminal.language.say(text, values));
}

fn open(source: &Source, options: &OpenOptions, terminal: &Terminal) -> Result<Image, Failure> {
    say(terminal, Text::Opening, &[&source.to_string()]);
    jettison_transport::open(source, options).map_err(|error| places::not_opened(&error))
}

/// Each path as a pattern of its own, so that one that fits nothing is named.
fn patterns(paths: &[String]) -> Result<Vec<(&str, Selection)>, Failure> {
    let pattern = |path: &String| Selection::new(std::slice::from_ref(path), &[]);
    let patterns = paths.iter().map(|path| {
        let selection = pattern(path).map_err(|error| input(&error))?;
        Ok((path.as_str(), selection))
    });
    patterns.collect()
}

fn check_matches(whole: &Whole, patterns: &[(&str, Selection)]) -> Result<(), Failure> {
    let tree = whole.tree();
    for (text, pattern) in patterns {
        let fits = |path: PathId| pattern.includes(&tree.path(path));
        if whole.dropped().any(fits) {
            continue;
        }
        let is_there = tree.iter().any(fits);
        let what = if is_there { "is in the slim image already" } else { "was never in the image" };
        return Err(Failure::new(Kind::Input, format!("{text} {what}"))
            .hint("`jettison restore SLIM --rest REST --list` lists what can be given back"));
    }
    Ok(())
}

fn list(whole: &Whole, patterns: &[(&str, Selection)], terminal: &Terminal) {
    let tree = whole.tree();
    for path in whole.dropped() {
        let path = tree.path(path);
        if patterns.is_empty() || patterns.iter().any(|(_, pattern)| pattern.includes(&path)) {
            terminal.line(&String::from_utf8_lossy(&path));
        }
    }
}

fn default_tags(whole: &Whole, is_all: bool) -> Vec<Reference> {
    if is_all {
        return whole.tags().iter().filter_map(|tag| tag.parse().ok()).collect();
    }
    let restored = |tag: &Reference| {
        format!("{}:{}-restored", tag.repository(), tag.tag().unwrap_or("latest")).parse().ok()
    };
    whole.slim().tags.iter().filter_map(restored).collect()
}

/// The command as the history keeps it: with the paths, without names of files here.
fn created_by(paths: &[String]) -> String {
    let words = ["jettison", "restore"].into_iter().chain(paths.iter().map(String::as_str));
    words.collect::<Vec<_>>().join(" ")
}

fn save(
    restored: &Restored,
    destinations: &[Destination],
    places: &Places,
    terminal: &Terminal,
) -> Result<(), Failure> {
    for destination in destinations {
        say(terminal, Text::Saving, &[&destination.to_string()]);
        let written = restored.save(destination, places).map_err(|error| failure(&error))?;
        for warning in written.warnings {
            terminal.warning(&warning);
        }
    }
    Ok(())
}

fn render(restored: &Restored, is_all: bool, destinations: &[Destination], terminal: &Terminal) {
    let language = terminal.language;
    let (names, size) = (restored.names.to_string(), bytes(restored.bytes));
    if is_all {
        let id = restored.image_id().to_string();
        terminal.line(&terminal.bold(&language.say(Text::Whole, &[&names, &size, &id])));
    } else {
        terminal.line(&terminal.bold(&language.say(Text::Some, &[&names, &size])));
        terminal.line(language.text(Text::Untried));
    }
    for destination in destinations {
        let tags: Vec<String> = restored.image.tags.iter().map(Reference::familiar).collect();
        let name = if tags.is_empty() {
            destination.to_string()
        } else {
            format!("{destination} ({})", tags.join(", "))
        };
        terminal.line(&language.say(Text::Written, &[&name]));
    }
}

fn failure(error: &RestoreError) -> Failure {
    match error {
        RestoreError::Save(error) => places::not_written(error),
        RestoreError::Spool { .. } | RestoreError::Write(_) => {
            Failure::from_error(Kind::Operation, error)
        }
        RestoreError::OtherSlim { .. } => input(error)
            .hint("name the image that was written together with this rest, as it was written"),
        _ => input(error),
    }
}
