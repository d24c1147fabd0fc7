//! `jettison diff`: what two images differ in.

mod lines;
mod markdown;
mod text;

use std::{path::PathBuf, process::ExitCode};

use jettison_analyze::{IndexCache, IndexOptions};
use jettison_diff::{Difference, Error, Request, compare_images};
use jettison_rootfs::Field;

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    images::{self, input},
    messages::DiffText as Text,
    places::{self, PlaceArgs},
    terminal::Terminal,
};

/// Show what two images differ in: files by package and directory, packages, configuration, layers
///
/// Also what a pull of the new image moves for somebody who has the old one. Layers are read once; a later comparison reads only
/// their index.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Old image: a name (looked for in the local store, in Docker, in its registry), a path, or docker-archive:FILE[:REF],
    /// oci:DIR[:TAG], oci-archive:FILE[:TAG], dir:DIR, docker-daemon:NAME, containers-storage:NAME, docker://NAME, rootfs:PATH
    #[arg(value_name = "OLD")]
    old: String,
    /// New image, likewise
    #[arg(value_name = "NEW")]
    new: String,
    /// How files are grouped
    #[arg(long, value_enum, default_value_t = By::Summary)]
    by: By,
    /// How the result is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the result to a file instead
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Show at most so many lines of each list in text and Markdown; 0 shows all
    #[arg(long, value_name = "LINES", default_value_t = 20)]
    limit: usize,
    /// Do not count these differences of files that both images have
    #[arg(long, value_enum, value_name = "FIELD", value_delimiter = ',')]
    ignore: Vec<Ignored>,
    /// End with status 1 if files or configuration differ, as git diff does
    #[arg(long)]
    exit_code: bool,
    /// Which image of multi-platform ones
    #[arg(long, value_name = "OS/ARCH")]
    platform: Option<String>,
    /// Where temporary files go
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
    #[command(flatten)]
    places: PlaceArgs,
}

/// How files are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum By {
    /// Packages, and directories where most changed
    Summary,
    /// Packages alone
    Package,
    /// Directories alone, the largest changes in most detail
    Directory,
    /// Every file, with what changed
    File,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: everything (docs/diff.md)
    Json,
    /// For a pull request
    Markdown,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Ignored {
    /// Times of modification
    Mtime,
    /// Permissions
    Mode,
    /// Owners and groups
    Owner,
    /// Extended attributes
    Xattrs,
    /// Which names share a file
    Links,
}

impl From<Ignored> for Field {
    fn from(ignored: Ignored) -> Self {
        match ignored {
            Ignored::Mtime => Self::Mtime,
            Ignored::Mode => Self::Mode,
            Ignored::Owner => Self::Owner,
            Ignored::Xattrs => Self::Xattrs,
            Ignored::Links => Self::HardLinks,
        }
    }
}

/// How a comparison is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub(super) by: By,
    /// Lines of each list.
    pub(super) limit: usize,
}

/// Compares and renders the result.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let request = request(args, environment, terminal)?;
    let difference = compare_images(&request, &mut |source| {
        terminal.progress(&terminal.language.say(Text::Reading, &[&source.to_string()]));
    })
    .map_err(|error| failure(&error))?;
    terminal.clear();
    show(args, &difference, terminal)?;
    let differs = args.exit_code && !difference.is_empty();
    Ok(if differs { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn request(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Request, Failure> {
    let places = args.places.places(environment, terminal)?;
    let source = |text: &str| places::source(text, &places, terminal);
    let (old, new) = (source(&args.old)?, source(&args.new)?);
    let work_dir = images::work_dir(args.work_dir.as_deref());
    let cache = environment.cache.as_ref().map(|cache| IndexCache::open(&cache.join("index")));
    let cache = cache.transpose().map_err(|error| Failure::from_error(Kind::Operation, &error))?;
    let mut open = images::open_options(&work_dir, args.platform.as_deref())?;
    open.cache = args.places.cache(environment);
    open.places = places;
    Ok(Request {
        old,
        new,
        open,
        index: IndexOptions { cache, ..IndexOptions::default() },
        ignored: args.ignore.iter().map(|&ignored| ignored.into()).collect(),
    })
}

fn show(args: &Args, difference: &Difference, terminal: &Terminal) -> Result<(), Failure> {
    let limit = if args.limit == 0 { usize::MAX } else { args.limit };
    let view = View { by: args.by, limit };
    let to_file = args.output.is_some();
    let text = match args.format {
        Format::Json => {
            let json = serde_json::to_string_pretty(difference);
            json.map_err(|error| Failure::from_error(Kind::Operation, &error))? + "\n"
        }
        Format::Markdown => markdown::render(difference, view, terminal.language),
        Format::Text => {
            let has_colour = terminal.has_colour() && !to_file;
            text::render(difference, view, terminal.language, has_colour)
        }
    };
    match &args.output {
        None => terminal.text(&text),
        Some(file) => jettison_slim::artifacts::write_file(file, text.as_bytes())
            .map_err(|error| Failure::from_error(Kind::Operation, &error))?,
    }
    Ok(())
}

fn failure(error: &Error) -> Failure {
    match error {
        Error::Open(error) => places::not_opened(error),
        Error::Compare(_) => Failure::from_error(Kind::Operation, error),
        _ => input(error),
    }
}
