//! `jettison store`: the local store itself.

use std::process::ExitCode;

use jettison_image::Reference;

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    messages::ImageText,
    places::{self, StoreArg},
    summary::bytes,
    terminal::Terminal,
};

/// Look after the local store
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Read every file and follow every name; tell what is damaged or missing
    Verify {
        #[command(flatten)]
        store: StoreArg,
    },
    /// Print where the store is
    Path {
        #[command(flatten)]
        store: StoreArg,
    },
}

/// Does it; damage ends with exit status 4.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    match &args.action {
        Action::Path { store } => {
            terminal.line(&store.require(environment)?.dir().display().to_string());
            Ok(ExitCode::SUCCESS)
        }
        Action::Verify { store } => verify(store, environment, terminal),
    }
}

fn verify(
    store: &StoreArg,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let store = store.require(environment)?;
    let dir = store.dir().display().to_string();
    terminal.progress(&terminal.language.say(ImageText::Verifying, &[&dir]));
    let verified = store.verify(&mut |_| {}).map_err(|error| places::store_failed(&error))?;
    for damage in &verified.damage {
        let names: Vec<String> = damage.images.iter().map(Reference::familiar).collect();
        let needed = if names.is_empty() {
            terminal.language.text(ImageText::NobodyNeedsIt).to_owned()
        } else {
            terminal.language.say(ImageText::NeededBy, &[&names.join(", ")])
        };
        terminal.line(&format!("{}: {} ({needed})", damage.digest, damage.problem));
    }
    let said = terminal.language.say(
        ImageText::Verified,
        &[
            &verified.entries.to_string(),
            &verified.blobs.to_string(),
            &bytes(verified.bytes),
            &verified.damage.len().to_string(),
        ],
    );
    terminal.line(&said);
    if verified.damage.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::new(Kind::Operation, format!("{dir}: the store is damaged"))
        .hint("pull or load the images again that need what is damaged; `jettison gc` removes what nobody needs"))
}
