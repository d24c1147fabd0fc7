//! `jettison login`: who one is to a registry, found to be right and kept.

use std::{
    io::{IsTerminal as _, Read as _},
    process::ExitCode,
    sync::Arc,
};

use jettison_registry::{
    Credential, CredentialPlace, FixedCredential, Login, Secret, store_credential,
};

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    messages::RegistryText,
    password_prompt,
    registries::{self, AuthfileArg, ConnectionArgs},
    terminal::Terminal,
};

/// Log in to a registry; docker uses the same credentials
///
/// The password is asked for on the terminal, or read with --password-stdin. The registry is asked whether it is right; then it
/// is kept in docker's config.json (or its credential helper), or in the file that --authfile or $REGISTRY_AUTH_FILE names.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The registry: ghcr.io, registry.example:5000
    #[arg(default_value = "docker.io")]
    registry: String,
    /// Name of the user
    #[arg(long, short)]
    username: Option<String>,
    /// Read the password, or an access token, from stdin
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    authfile: AuthfileArg,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// More than any password or token has, in bytes.
const MAX_PASSWORD: u64 = 64 << 10;

/// Asks, checks, keeps.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let domain = registries::domain(&args.registry)?;
    let file = args.authfile.own_file(environment)?;
    let username = username(args, &domain, terminal)?;
    let password = password(args, &username, terminal)?;
    let credential = Credential::Basic { username: username.clone(), password };
    let fixed = FixedCredential { domain: domain.clone(), credential: credential.clone() };
    let client = args.connection.client(Arc::new(fixed), Vec::new(), environment, terminal)?;
    let login = client.check_login(&domain).map_err(|error| registries::failure(&error))?;
    let place = store_credential(&file, &domain, &credential)
        .map_err(|error| Failure::from_error(Kind::Operation, &error))?;
    let (text, place) = match place {
        CredentialPlace::File(file) => (RegistryText::LoggedIn, registries::shown(&file)),
        CredentialPlace::Helper(helper) => (RegistryText::LoggedInByHelper, helper),
    };
    if login == Login::NotAsked {
        terminal.warning(&terminal.language.say(RegistryText::NotAsked, &[&domain]));
    }
    terminal.line(&terminal.language.say(text, &[&domain, &username, &place]));
    Ok(ExitCode::SUCCESS)
}

fn username(args: &Args, domain: &str, terminal: &Terminal) -> Result<String, Failure> {
    let given = match &args.username {
        Some(given) => given.clone(),
        None if args.password_stdin || !std::io::stdin().is_terminal() => {
            return Err(Failure::new(Kind::Input, "the user's name is missing")
                .hint("jettison login --username NAME --password-stdin REGISTRY < FILE"));
        }
        None => {
            let prompt = terminal.language.say(RegistryText::UsernamePrompt, &[domain]);
            password_prompt::ask(&prompt)
                .map_err(|error| Failure::from_error(Kind::Operation, &error))?
        }
    };
    // Basic authentication ends the name at its first colon.
    if given.is_empty() || given.contains([':', '\n']) {
        return Err(Failure::new(Kind::Input, format!("{given:?} cannot be a user's name")));
    }
    Ok(given)
}

fn password(args: &Args, username: &str, terminal: &Terminal) -> Result<Secret, Failure> {
    if !args.password_stdin {
        if !std::io::stdin().is_terminal() {
            return Err(Failure::new(
                Kind::Input,
                "there is no terminal to ask for the password on",
            )
            .hint("give it on stdin: --password-stdin"));
        }
        let prompt = terminal.language.say(RegistryText::PasswordPrompt, &[username]);
        let password = password_prompt::ask_unseen(&prompt)
            .map_err(|error| Failure::from_error(Kind::Operation, &error))?;
        return not_empty(password);
    }
    let mut text = String::new();
    std::io::stdin()
        .take(MAX_PASSWORD)
        .read_to_string(&mut text)
        .map_err(|error| Failure::from_error(Kind::Input, &error))?;
    // `echo` and editors end it with a line's end, which is not part of it.
    let bare = text.strip_suffix('\n').unwrap_or(&text);
    not_empty(Secret::new(bare.strip_suffix('\r').unwrap_or(bare)))
}

fn not_empty(password: Secret) -> Result<Secret, Failure> {
    if password.is_empty() {
        return Err(Failure::new(Kind::Input, "the password is empty"));
    }
    Ok(password)
}
