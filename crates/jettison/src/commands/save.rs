//! `jettison save`: images into one archive.

use std::{io::IsTerminal, path::PathBuf, process::ExitCode};

use jettison_image::Platform;
use jettison_transport::{
    ArchiveFormat, OpenOptions, SaveOutput,
    copy::{CopyOptions, Platforms},
    save,
};

use crate::{
    commands::copy,
    environment::Environment,
    failure::{Failure, Kind},
    places::{self, StoreArg},
    registries::RegistryArgs,
    terminal::Terminal,
    transfers::Transfers,
};

/// Save images to one archive
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Names, or transport:PLACE as for `copy`
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// The archive; standard output without one
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Its form: docker-archive loads into Docker 20.10 and later, podman and skopeo
    #[arg(long, value_enum, default_value_t = FormatArg::DockerArchive)]
    format: FormatArg,
    /// The images of all platforms, and indexes as they are
    #[arg(long, short, conflicts_with = "platform")]
    all: bool,
    /// Which image of a multi-platform one
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    registries: RegistryArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FormatArg {
    DockerArchive,
    OciArchive,
}

/// Saves.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let mut open = OpenOptions::new(std::env::temp_dir());
    open.places = args.store.places(environment);
    open.places.registries = Some(args.registries.client(environment, terminal)?);
    open.platform.clone_from(&args.platform);
    let mut sources = Vec::new();
    for text in &args.images {
        sources.push(places::source(text, &open.places, terminal)?);
    }
    let format = match args.format {
        FormatArg::DockerArchive => ArchiveFormat::Docker,
        FormatArg::OciArchive => ArchiveFormat::Oci,
    };
    let output = match &args.output {
        Some(path) => SaveOutput::File(path),
        None if std::io::stdout().is_terminal() => {
            return Err(Failure::new(
                Kind::Input,
                "standard output is a terminal, and an archive is not text",
            )
            .hint("name a file with -o FILE"));
        }
        None => SaveOutput::Stream(Box::new(std::io::stdout())),
    };
    let transfers = Transfers::new(terminal);
    let options = CopyOptions {
        platforms: if args.all { Platforms::All } else { Platforms::One(args.platform.clone()) },
        parallelism: None,
        progress: Some(transfers.listener()),
    };
    let saved = save(&sources, output, format, &open, &options);
    transfers.finish();
    saved.map_err(|error| copy::failure(&error))?;
    Ok(ExitCode::SUCCESS)
}
