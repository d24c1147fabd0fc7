//! `jettison logout`: who one was to a registry, forgotten.

use std::process::ExitCode;

use jettison_registry::{CredentialSource as _, StoredCredentials, erase_credential};

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    messages::RegistryText,
    registries::{self, AuthfileArg},
    terminal::Terminal,
};

/// Log out of a registry: forget its credentials
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The registry: ghcr.io, registry.example:5000
    #[arg(default_value = "docker.io")]
    registry: String,
    #[command(flatten)]
    authfile: AuthfileArg,
}

/// Forgets; tells when others still know.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let domain = registries::domain(&args.registry)?;
    let file = args.authfile.own_file(environment)?;
    let failed = |error| Failure::from_error(Kind::Operation, &error);
    let had = erase_credential(&file, &domain).map_err(failed)?;
    let said = if had {
        terminal.language.say(RegistryText::LoggedOut, &[&domain])
    } else {
        terminal.language.say(RegistryText::NotLoggedIn, &[&registries::shown(&file), &domain])
    };
    terminal.line(&said);
    let others = StoredCredentials::new(args.authfile.files(environment));
    if others.find(&domain, "").map_err(failed)?.is_some() {
        terminal.warning(&terminal.language.say(RegistryText::StillKnown, &[&domain]));
    }
    Ok(ExitCode::SUCCESS)
}
