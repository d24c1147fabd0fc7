//! `jettison tags`: the tags of a repository.

use std::process::ExitCode;

use jettison_image::Reference;
use serde_json::json;

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    registries::{self, RegistryArgs},
    terminal::Terminal,
};

/// List the tags of a repository in a registry
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The repository: nginx, ghcr.io/acme/app, docker://ghcr.io/acme/app
    repository: String,
    /// Print JSON: {"Repository": ..., "Tags": [...]}, as skopeo list-tags does
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    registries: RegistryArgs,
}

/// Lists them, one a line.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let text = args.repository.strip_prefix("docker://").unwrap_or(&args.repository);
    let name: Reference = text.parse().map_err(|error| Failure::from_error(Kind::Input, &error))?;
    let client = args.registries.client(environment, terminal)?;
    let tags = client.repository(&name).and_then(|repository| repository.tags());
    let tags = tags.map_err(|error| registries::failure(&error))?;
    if args.json {
        let list = json!({"Repository": name.repository(), "Tags": tags});
        terminal.line(&format!("{list:#}"));
    } else {
        for tag in tags {
            terminal.line(&tag);
        }
    }
    Ok(ExitCode::SUCCESS)
}
