//! `jettison push`: an image to a registry, under one name or several.

use std::{num::NonZero, path::PathBuf, process::ExitCode};

use jettison_image::{Compression, Platform, Reference};
use jettison_transport::{
    Destination, OpenOptions, Source, TransferOptions,
    copy::{Copied, CopyOptions, Platforms},
    transfer,
};

use crate::{
    commands::{copy, pull},
    environment::Environment,
    failure::{Failure, Kind},
    messages::RegistryText,
    places::{self, StoreArg},
    registries::RegistryArgs,
    terminal::Terminal,
    transfers::Transfers,
};

/// Push an image to a registry, under one name or several
///
/// `jettison push NAME` pushes what has that name in the local store or in Docker. `jettison push SOURCE NAME...` pushes from
/// anywhere (oci:DIR, docker-archive:FILE, ...). Every name is printed with the digest that the image has there.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The image: a name, or a place as for `copy`
    source: String,
    /// Its names in registries; without any, its own
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Push one image of a multi-platform one, not all of it
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
    /// Push all of a multi-platform image, which is what happens without --platform too
    #[arg(long, short, conflicts_with = "platform")]
    all: bool,
    /// Bring every layer into this form: gzip, zstd or none; the image keeps its id, not its digest
    #[arg(long, value_name = "FORMAT")]
    compression: Option<Compression>,
    /// How many layers move at once
    #[arg(long, value_name = "N")]
    parallel: Option<NonZero<usize>>,
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    registries: RegistryArgs,
    /// Where temporary files go
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
}

/// Pushes to the first name, and gives the others to what is there then.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let mut names: Vec<Reference> =
        args.names.iter().map(|text| pull::name(text)).collect::<Result<_, _>>()?;
    if names.is_empty() {
        names.push(own_name(&args.source)?);
    }
    let mut places = args.store.places(environment);
    places.registries = Some(args.registries.client(environment, terminal)?);
    let mut source = places::source(&args.source, &places, terminal)?;
    if let Source::Registry { name } = &source
        && names == [name.clone()]
    {
        let problem =
            format!("neither the local store nor Docker has an image {}", name.familiar());
        return Err(Failure::new(Kind::Input, problem)
            .hint("`jettison images` lists what is there; jettison push SOURCE NAME pushes from elsewhere"));
    }
    let work_dir = args.work_dir.clone().unwrap_or_else(std::env::temp_dir);
    let mut open = OpenOptions::new(work_dir);
    open.places = places;
    let mut compression = args.compression;
    for name in names {
        let copy = CopyOptions {
            platforms: platforms(args, &source, compression),
            parallelism: args.parallel,
            progress: None,
        };
        let options =
            TransferOptions { open: open.clone(), copy, compression, more_names: Vec::new() };
        let copied = push(&source, &name, options, terminal)?;
        let (moved, spared) =
            (crate::summary::bytes(copied.moved), crate::summary::bytes(copied.spared));
        let values = [args.source.clone(), name.familiar(), moved, spared];
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        terminal.note(&terminal.language.say(RegistryText::Pushed, &values));
        terminal.line(&format!("{}@{}", name.familiar_repository(), copied.root.digest));
        // An engine would have to export again, a layer to be compressed again: the registry has all of it now.
        let pushed = format!("{}@{}", name.repository(), copied.root.digest);
        source = Source::Registry { name: pull::name(&pushed)? };
        compression = None;
    }
    Ok(ExitCode::SUCCESS)
}

/// What the name of the source is in its registry.
fn own_name(text: &str) -> Result<Reference, Failure> {
    let source: Source = text.parse().map_err(|error| Failure::from_error(Kind::Input, &error))?;
    let name = match &source {
        Source::Registry { name } => return Ok(name.clone()),
        Source::Path(path) => path.to_str(),
        Source::Store { name }
        | Source::DockerDaemon { name }
        | Source::ContainersStorage { name } => Some(name.as_str()),
        _ => None,
    };
    let Some(name) = name else {
        return Err(Failure::new(Kind::Input, format!("{text} has no name of its own"))
            .hint("say where it goes: jettison push SOURCE NAME"));
    };
    name.parse().map_err(|error| {
        Failure::from_error(Kind::Input, &error)
            .hint("say where it goes: jettison push SOURCE NAME")
    })
}

/// All of them where a place can hold several; where an image is made anew, the one that is meant.
fn platforms(args: &Args, source: &Source, compression: Option<Compression>) -> Platforms {
    let holds_several = matches!(
        source,
        Source::Store { .. }
            | Source::Registry { .. }
            | Source::OciLayout { .. }
            | Source::OciArchive { .. }
    );
    match &args.platform {
        // Of what is in the registry already, the choice was made.
        Some(_) if matches!(source, Source::Registry { name } if name.digest().is_some()) => {
            Platforms::All
        }
        Some(platform) => Platforms::One(Some(platform.clone())),
        None if args.all || (holds_several && compression.is_none()) => Platforms::All,
        None => Platforms::One(None),
    }
}

fn push(
    source: &Source,
    name: &Reference,
    mut options: TransferOptions,
    terminal: &Terminal,
) -> Result<Copied, Failure> {
    let transfers = Transfers::new(terminal);
    options.copy.progress = Some(transfers.listener());
    transfers.opening(source);
    let copied = transfer(source, &Destination::Registry { name: name.clone() }, &options);
    transfers.finish();
    let copied = copied.map_err(|error| copy::failure(&error))?;
    for warning in &copied.warnings {
        terminal.warning(warning);
    }
    Ok(copied)
}
