//! `jettison tag`: further names for an image, and names that move with its version.

use std::process::ExitCode;

use jettison_image::{ContractChange, Impact, Reference, VersionTag};
use jettison_transport::{
    Destination, OpenOptions, Places, Source, TransferOptions,
    copy::{CopyOptions, Platforms},
    tagging::{Identity, Latest, TagMove, TagPlace, TaggingError, Verdict},
    transfer,
};

use crate::{
    commands::copy,
    environment::Environment,
    failure::{Failure, Kind},
    images::input,
    messages::ImageText,
    places::{self, StoreArg},
    registries::RegistryArgs,
    terminal::Terminal,
    transfers::Transfers,
};

/// Give an image further names, or the tags that its version leads
///
/// With --series, app:1.4.2 becomes app:1.4 and app:1 too, app:1.4.2-slim becomes app:1.4-slim and app:1-slim; latest moves with
/// --latest only. A tag that promises compatibility does not move onto an image that breaks it: ports, volumes, command line,
/// user, environment and platforms of the image that has the tag now are compared with the new one's.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The image: a name, id or digest in the local store, docker-daemon:NAME, containers-storage:NAME, docker://NAME
    source: String,
    /// Names that it gets
    #[arg(value_name = "NAME", required_unless_present = "series")]
    names: Vec<Reference>,
    /// Derive the tags from the version: that of the first NAME, or of SOURCE
    #[arg(long)]
    series: bool,
    /// Push the version and its series to this repository
    #[arg(long, value_name = "REPOSITORY", requires = "series")]
    push: Option<Reference>,
    /// Move latest too; for a variant such as -slim, the tag of its name
    #[arg(long, requires = "series")]
    latest: bool,
    /// Move tags whatever breaks
    #[arg(long, requires = "series")]
    force: bool,
    /// Say what would move, and move nothing
    #[arg(long, requires = "series")]
    dry_run: bool,
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    registries: RegistryArgs,
}

/// Names it; exit status 1 when a tag must not move.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let mut places = args.store.places(environment);
    places.registries = Some(args.registries.client(environment, terminal)?);
    let source = places::source(&args.source, &places, terminal)?;
    if !args.series {
        name(&source, &args.names, &places, terminal)?;
        return Ok(ExitCode::SUCCESS);
    }
    Series::new(args, source, places)?.run(terminal)
}

/// Gives names where the image is.
fn name(
    source: &Source,
    names: &[Reference],
    places: &Places,
    terminal: &Terminal,
) -> Result<(), Failure> {
    match (source, place_of(source, places)?) {
        (Source::Store { name }, TagPlace::Store(store)) => {
            store.tag(name, names).map_err(|error| places::store_failed(&error))?;
        }
        (
            Source::DockerDaemon { name } | Source::ContainersStorage { name },
            TagPlace::Engine(engine),
        ) => {
            for new in names {
                engine.tag(name, new).map_err(|error| places::engine_failed(&error))?;
            }
        }
        _ => push(source, names, places, terminal)?,
    }
    for name in names {
        terminal.line(&name.familiar());
    }
    Ok(())
}

/// The place that an image is in, for its names.
fn place_of(source: &Source, places: &Places) -> Result<TagPlace, Failure> {
    let found = match source {
        Source::Store { .. } => places.store.clone().map(TagPlace::Store),
        Source::DockerDaemon { .. } => places.docker.clone().map(TagPlace::Engine),
        Source::ContainersStorage { .. } => places.podman.clone().map(TagPlace::Engine),
        Source::Registry { .. } => places.registries.clone().map(TagPlace::Registry),
        _ => None,
    };
    found.ok_or_else(|| {
        Failure::new(Kind::Input, format!("{source}: only images that are known by name get names"))
            .hint("bring it to the local store first: jettison copy SOURCE NAME")
    })
}

/// Gives names in a registry: all of one repository.
fn push(
    source: &Source,
    names: &[Reference],
    places: &Places,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let Some((first, more)) = names.split_first() else {
        return Ok(());
    };
    let transfers = Transfers::new(terminal);
    let mut open = OpenOptions::new(std::env::temp_dir());
    open.places = places.clone();
    let options = TransferOptions {
        open,
        copy: CopyOptions {
            platforms: Platforms::All,
            parallelism: None,
            progress: Some(transfers.listener()),
        },
        compression: None,
        more_names: more.to_vec(),
    };
    let destination = Destination::Registry { name: first.clone() };
    transfers.opening(source);
    let pushed = transfer(source, &destination, &options);
    transfers.finish();
    pushed.map_err(|error| copy::failure(&error))?;
    Ok(())
}

/// A version with the tags that it leads.
struct Series<'a> {
    args: &'a Args,
    source: Source,
    places: Places,
    /// The name that the version is of.
    name: Reference,
    version: VersionTag,
}

impl<'a> Series<'a> {
    fn new(args: &'a Args, source: Source, places: Places) -> Result<Self, Failure> {
        let own = source.name().and_then(|name| name.parse::<Reference>().ok());
        let name = args.names.first().cloned().or(own).ok_or_else(|| {
            Failure::new(Kind::Input, format!("{source}: --series needs a name with a version"))
                .hint("name it: jettison tag SOURCE NAME:1.4.2 --series")
        })?;
        let tag = name.tag().unwrap_or_default();
        let version = tag.parse().map_err(|error| input(&error))?;
        Ok(Self { args, source, places, name, version })
    }

    fn run(&self, terminal: &Terminal) -> Result<ExitCode, Failure> {
        let mut options = OpenOptions::new(std::env::temp_dir());
        options.places = self.places.clone();
        let image = Identity::of(&self.source, &options).map_err(|error| failed(&error))?;
        if self.version.is_prerelease() {
            let said = terminal.language.say(ImageText::NoSeries, &[&self.version.to_string()]);
            terminal.note(&said);
        }
        let here = place_of(&self.source, &self.places)?;
        let mut plans = vec![(here.clone(), self.plan(&here, &image, &self.name)?)];
        if let Some(repository) = &self.args.push {
            let client = self.places.registries.clone().ok_or_else(|| {
                Failure::new(Kind::Input, "registries cannot be reached from here")
            })?;
            let there = TagPlace::Registry(client);
            let moves = self.plan(&there, &image, repository)?;
            plans.push((there, moves));
        }
        let moves = || plans.iter().flat_map(|(_, moves)| moves);
        for one in moves() {
            tell(one, terminal);
        }
        let refused = moves().find(|one| one.is_refused());
        match refused {
            Some(refused) if !self.args.force => return Err(not_moved(refused)),
            _ if self.args.dry_run => return Ok(ExitCode::SUCCESS),
            _ => {}
        }
        for (place, moves) in &plans {
            let goes = |one: &&TagMove| one.happens() || (self.args.force && one.is_refused());
            let names: Vec<Reference> =
                moves.iter().filter(goes).map(|one| one.name.clone()).collect();
            match place {
                TagPlace::Registry(_) => push(&self.source, &names, &self.places, terminal)?,
                _ if names.is_empty() => {}
                _ => name(&self.source, &names, &self.places, terminal)?,
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn plan(
        &self,
        place: &TagPlace,
        image: &Identity,
        name: &Reference,
    ) -> Result<Vec<TagMove>, Failure> {
        let latest = if self.args.latest { Latest::Too } else { Latest::Not };
        place.plan_series(image, name, &self.version, latest).map_err(|error| failed(&error))
    }
}

/// One tag with what happens to it, and why.
fn tell(one: &TagMove, terminal: &Terminal) {
    let name = one.name.familiar();
    let say = |text, values: &[&str]| terminal.line(&terminal.language.say(text, values));
    match &one.verdict {
        Verdict::New => say(ImageText::TagNew, &[&name]),
        Verdict::Same => say(ImageText::TagSame, &[&name]),
        Verdict::Older { newer } => say(ImageText::TagOlder, &[&name, newer]),
        Verdict::Taken => say(ImageText::TagTaken, &[&name]),
        Verdict::Moves { changes, should_be } => {
            say(ImageText::TagMoves, &[&name]);
            tell_changes(changes, terminal);
            if let Some(version) = should_be {
                let said = terminal.language.say(ImageText::TagAdds, &[&name, version]);
                terminal.warning(&said);
            }
        }
        Verdict::Breaks { changes, should_be } => {
            say(ImageText::TagBreaks, &[&name, should_be]);
            tell_changes(changes, terminal);
        }
    }
}

fn tell_changes(changes: &[ContractChange], terminal: &Terminal) {
    for change in changes {
        let impact = terminal.language.text(match change.impact {
            Impact::Breaks => ImageText::Breaks,
            Impact::Adds => ImageText::Adds,
            Impact::Keeps => ImageText::Keeps,
        });
        let shown = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".to_owned());
        let platform =
            change.platform.as_ref().map(|platform| format!(" ({platform})")).unwrap_or_default();
        terminal.line(&format!(
            "  {impact} {}{platform}: {} -> {}: {}",
            change.field,
            shown(&change.before),
            shown(&change.after),
            change.because
        ));
    }
}

fn not_moved(refused: &TagMove) -> Failure {
    let name = refused.name.familiar();
    match &refused.verdict {
        Verdict::Breaks { should_be, .. } => Failure::new(
            Kind::NotProven,
            format!("{name} is not moved: the image breaks what the tag promises, its version should be {should_be}"),
        )
        .hint(format!("name it {should_be}, or move the tags all the same with --force")),
        _ => Failure::new(
            Kind::NotProven,
            format!("{name} is not moved: that version is another image already"),
        )
        .hint("give the image a version of its own, or replace the old one with --force"),
    }
}

fn failed(error: &TaggingError) -> Failure {
    match error {
        TaggingError::Open(error) => places::not_opened(error),
        TaggingError::Store(error) => places::store_failed(error),
        TaggingError::Engine(error) => places::engine_failed(error),
        TaggingError::Registry(_) | TaggingError::Documents { .. } => {
            Failure::from_error(Kind::Operation, error)
        }
    }
}
