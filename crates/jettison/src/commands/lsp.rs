//! `jettison lsp`: the linter as a language server.

use std::process::ExitCode;

use jettison_lsp::{Connection, Ended, Options, serve};
use jettison_transport::Places;

use super::lint::{language, local_bases, today};
use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    places::StoreArg,
    terminal::Terminal,
};

/// Serve an editor: diagnostics while typing, quick fixes, hover (Language Server Protocol on standard input and output)
///
/// Started by editors; docs/editors.md has settings for VS Code, IntelliJ, Neovim, Helix, Zed and Emacs.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Language of messages: en, zh; the editor's configuration, or the locale, without it
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
    /// Taken because many editors say it; it is the only way
    #[arg(long, hide = true)]
    stdio: bool,
    #[command(flatten)]
    store: StoreArg,
}

/// Serves until the editor ends the conversation.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let _ = args.stdio;
    // Registries are not asked: an answer may take longer than anybody waits for a keystroke.
    let places = Places { store: args.store.find(environment), ..Places::default() };
    let options = Options {
        language: language(args.lang.as_deref(), environment),
        today: today(),
        images: Some(local_bases(places, environment, terminal)),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let (connection, threads) = Connection::stdio();
    let ended =
        serve(&connection, &options).map_err(|error| Failure::from_error(Kind::Input, &error))?;
    drop(connection);
    threads.join().map_err(|error| Failure::from_error(Kind::Operation, &error))?;
    Ok(match ended {
        Ended::Properly => ExitCode::SUCCESS,
        Ended::Abruptly => ExitCode::FAILURE,
    })
}
