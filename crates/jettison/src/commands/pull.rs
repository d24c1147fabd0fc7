//! `jettison pull`: images from registries into the local store.

use std::{num::NonZero, process::ExitCode};

use jettison_image::{Platform, Reference};
use jettison_transport::{
    Destination, OpenOptions, Source, TransferOptions,
    copy::{Copied, CopyOptions, Platforms},
    transfer,
};

use crate::{
    commands::copy,
    environment::Environment,
    failure::{Failure, Kind},
    messages::RegistryText,
    places::{self, StoreArg},
    registries::RegistryArgs,
    terminal::Terminal,
    transfers::Transfers,
};

/// Pull images from their registries into the local store
///
/// Prints each image with the digest that it has in its registry.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The images: nginx:1.27, ghcr.io/acme/app@sha256:...
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Pull the images of all platforms, and the index as it is
    #[arg(long, short, conflicts_with = "platform")]
    all: bool,
    /// Which image of a multi-platform one
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
    /// How many layers move at once
    #[arg(long, value_name = "N")]
    parallel: Option<NonZero<usize>>,
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    registries: RegistryArgs,
}

/// Pulls one after the other.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let names: Vec<Reference> =
        args.names.iter().map(|text| name(text)).collect::<Result<_, _>>()?;
    let client = args.registries.client(environment, terminal)?;
    for text in &args.names {
        places::tell_other_meaning(text, &client, terminal);
    }
    let mut places = args.store.places(environment);
    let store = args.store.require(environment)?;
    places.registries = Some(client);
    let mut open = OpenOptions::new(store.staging().map_err(|error| places::store_failed(&error))?);
    open.places = places;
    for name in names {
        let copied = pull(args, &name, &open, terminal)?;
        let (moved, spared) =
            (crate::summary::bytes(copied.moved), crate::summary::bytes(copied.spared));
        let values = [name.familiar(), moved, spared];
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        terminal.note(&terminal.language.say(RegistryText::Pulled, &values));
        terminal.line(&format!("{}@{}", name.familiar_repository(), copied.root.digest));
    }
    Ok(ExitCode::SUCCESS)
}

fn pull(
    args: &Args,
    name: &Reference,
    open: &OpenOptions,
    terminal: &Terminal,
) -> Result<Copied, Failure> {
    let transfers = Transfers::new(terminal);
    let platforms = if args.all { Platforms::All } else { Platforms::One(args.platform.clone()) };
    let copy =
        CopyOptions { platforms, parallelism: args.parallel, progress: Some(transfers.listener()) };
    let options =
        TransferOptions { open: open.clone(), copy, compression: None, more_names: Vec::new() };
    let source = Source::Registry { name: name.clone() };
    // With a digest, the tag beside it is only a remark: it may be another image's by now.
    let kept = name.digest().map(|digest| format!("{}@{digest}", name.repository()));
    let kept = kept.and_then(|kept| kept.parse().ok()).unwrap_or_else(|| name.clone());
    transfers.opening(&source);
    let copied = transfer(&source, &Destination::Store { name: kept }, &options);
    transfers.finish();
    let copied = copied.map_err(|error| copy::failure(&error))?;
    for warning in &copied.warnings {
        terminal.warning(warning);
    }
    Ok(copied)
}

/// An image's name, with or without its transport.
pub(crate) fn name(text: &str) -> Result<Reference, Failure> {
    let bare = text.strip_prefix("docker://").unwrap_or(text);
    bare.parse().map_err(|error| Failure::from_error(Kind::Input, &error))
}
