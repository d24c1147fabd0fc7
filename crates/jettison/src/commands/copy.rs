//! `jettison copy`: an image from one place to another.

use std::{num::NonZero, path::PathBuf, process::ExitCode};

use jettison_image::{Compression, Platform};
use jettison_transport::{
    Destination, OpenOptions, TransferImageError, TransferOptions,
    copy::{CopyOptions, Platforms},
    transfer,
};

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    messages::ImageText,
    places::{self, StoreArg},
    registries::RegistryArgs,
    terminal::Terminal,
    transfers::Transfers,
};

/// Copy an image from one place to another; its digests stay
///
/// Places are written as for skopeo: docker://NAME, docker-daemon:NAME, containers-storage:NAME, oci:DIR[:TAG],
/// oci-archive:FILE[:TAG], docker-archive:FILE[:REF], dir:DIR, store:NAME. A bare SOURCE is a path if there is one, else a name
/// that is looked for in the local store, in Docker and in its registry; a bare DESTINATION is a registry if it
/// begins with a host, else a name in the local store.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Where the image is
    source: String,
    /// Where it shall be
    destination: String,
    /// Copy the images of all platforms, and the index as it is
    #[arg(long, short, conflicts_with = "platform")]
    all: bool,
    /// Which image of a multi-platform one
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
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

/// Copies, and prints the digest that the image has at its destination.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let transfers = Transfers::new(terminal);
    let mut places = args.store.places(environment);
    places.progress = Some(transfers.listener());
    places.registries = Some(args.registries.client(environment, terminal)?);
    let destination: Destination =
        args.destination.parse().map_err(|error| Failure::from_error(Kind::Input, &error))?;
    let source = places::source(&args.source, &places, terminal)?;
    let mut open =
        OpenOptions::new(places::work_dir(args.work_dir.as_ref(), &destination, &places)?);
    open.places = places;
    let platforms = if args.all { Platforms::All } else { Platforms::One(args.platform.clone()) };
    let copy =
        CopyOptions { platforms, parallelism: args.parallel, progress: Some(transfers.listener()) };
    let (compression, more_names) = (args.compression, Vec::new());
    let options = TransferOptions { open, copy, compression, more_names };
    transfers.opening(&source);
    let copied = transfer(&source, &destination, &options);
    transfers.finish();
    let copied = copied.map_err(|error| failure(&error))?;
    for warning in &copied.warnings {
        terminal.warning(warning);
    }
    let moved = crate::summary::bytes(copied.moved);
    let spared = crate::summary::bytes(copied.spared);
    let said = terminal
        .language
        .say(ImageText::Copied, &[&source.to_string(), &destination.to_string(), &moved, &spared]);
    terminal.note(&said);
    terminal.line(copied.root.digest.as_str());
    Ok(ExitCode::SUCCESS)
}

/// A transfer that failed.
pub(crate) fn failure(error: &TransferImageError) -> Failure {
    match error {
        TransferImageError::Open(error) => places::not_opened(error),
        TransferImageError::Write(error) => places::not_written(error),
        TransferImageError::Copy(error) => places::not_copied(error),
        TransferImageError::AllPlatforms { .. } => Failure::from_error(Kind::Input, error),
        TransferImageError::Layer { .. } | TransferImageError::Compress(_) => {
            Failure::from_error(Kind::Operation, error)
        }
    }
}
