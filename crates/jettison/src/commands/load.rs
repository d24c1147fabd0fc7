//! `jettison load`: images of an archive into the local store.

use std::{io::IsTerminal, path::PathBuf, process::ExitCode};

use jettison_image::Reference;
use jettison_transport::{LoadInput, OpenOptions, load};

use crate::{
    commands::copy,
    environment::Environment,
    failure::{Failure, Kind},
    messages::ImageText,
    places::{self, StoreArg},
    terminal::Terminal,
};

/// Load the images of an archive into the local store
///
/// Takes what docker save, podman save, skopeo and jettison save write, also compressed, and directories in OCI image layout.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The archive; standard input without one
    #[arg(long, short, value_name = "FILE")]
    input: Option<PathBuf>,
    #[command(flatten)]
    store: StoreArg,
}

/// Loads, and prints the names.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let store = args.store.require(environment)?;
    let staging = store.staging().map_err(|error| places::store_failed(&error))?;
    let options = OpenOptions::new(staging);
    let loaded = if let Some(path) = &args.input {
        load(LoadInput::Path(path), &store, &options)
    } else {
        let mut stdin = std::io::stdin().lock();
        if stdin.is_terminal() {
            return Err(Failure::new(Kind::Input, "standard input is a terminal, not an archive")
                .hint("jettison load -i FILE, or docker save NAME | jettison load"));
        }
        load(LoadInput::Stream(&mut stdin), &store, &options)
    };
    let loaded = loaded.map_err(|error| copy::failure(&error))?;
    for image in &loaded {
        for warning in &image.warnings {
            terminal.warning(warning);
        }
        let names: Vec<String> = image.names.iter().map(Reference::familiar).collect();
        let shown = if names.is_empty() { vec![image.digest.to_string()] } else { names };
        for name in shown {
            terminal.line(&terminal.language.say(ImageText::Loaded, &[&name]));
        }
    }
    Ok(ExitCode::SUCCESS)
}
