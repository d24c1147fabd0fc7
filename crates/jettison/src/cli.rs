//! The command line.

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::{
    commands::{
        analyze, completion, copy, diff, doctor, explain, explore, gc, images, import, inspect,
        lint, load, login, logout, lsp, pin, pull, push, restore, rm, save, slim, squash, store,
        tag, tags, why,
    },
    environment::Environment,
    failure::{EXIT_HELP, Failure},
    terminal::Terminal,
};

/// Makes container images small and proves that they still work: no daemon, no root, no privileged container
#[derive(Debug, Parser)]
#[command(name = "jettison", version, propagate_version = true, after_help = EXIT_HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) quiet: Quiet,
    #[command(subcommand)]
    command: Command,
}

/// How much is said.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Quiet {
    /// Say nothing but results, warnings and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Slim(Box<slim::Args>),
    Restore(restore::Args),
    Analyze(Box<analyze::Args>),
    Squash(squash::Args),
    Diff(diff::Args),
    Explore(explore::Args),
    Why(why::Args),
    Lint(lint::Args),
    Lsp(lsp::Args),
    Explain(explain::Args),
    Images(images::Args),
    Pull(pull::Args),
    Push(push::Args),
    Copy(copy::Args),
    Tags(tags::Args),
    Login(login::Args),
    Logout(logout::Args),
    Inspect(inspect::Args),
    Tag(tag::Args),
    Pin(pin::Args),
    Load(load::Args),
    Save(save::Args),
    Import(import::Args),
    #[command(alias = "rmi")]
    Rm(rm::Args),
    Gc(gc::Args),
    Store(store::Args),
    Doctor(doctor::Args),
    Completion(completion::Args),
}

impl Cli {
    /// Runs the chosen command.
    pub(crate) fn run(
        self,
        environment: &Environment,
        terminal: &Terminal,
    ) -> Result<ExitCode, Failure> {
        match self.command {
            Command::Slim(args) => slim::run(&args, environment, terminal),
            Command::Restore(args) => restore::run(&args, environment, terminal),
            Command::Analyze(args) => analyze::run(&args, environment, terminal),
            Command::Squash(args) => squash::run(&args, environment, terminal),
            Command::Explore(args) => explore::run(&args, environment, terminal),
            Command::Diff(args) => diff::run(&args, environment, terminal),
            Command::Why(args) => why::run(&args, environment, terminal),
            Command::Lint(args) => lint::run(&args, environment, terminal),
            Command::Lsp(args) => lsp::run(&args, environment, terminal),
            Command::Explain(args) => explain::run(&args, environment, terminal),
            Command::Images(args) => images::run(&args, environment, terminal),
            Command::Pull(args) => pull::run(&args, environment, terminal),
            Command::Push(args) => push::run(&args, environment, terminal),
            Command::Inspect(args) => inspect::run(&args, environment, terminal),
            Command::Tag(args) => tag::run(&args, environment, terminal),
            Command::Pin(args) => pin::run(&args, environment, terminal),
            Command::Load(args) => load::run(&args, environment, terminal),
            Command::Save(args) => save::run(&args, environment, terminal),
            Command::Import(args) => import::run(&args, environment, terminal),
            Command::Copy(args) => copy::run(&args, environment, terminal),
            Command::Tags(args) => tags::run(&args, environment, terminal),
            Command::Login(args) => login::run(&args, environment, terminal),
            Command::Logout(args) => logout::run(&args, environment, terminal),
            Command::Rm(args) => rm::run(&args, environment, terminal),
            Command::Gc(args) => gc::run(&args, environment, terminal),
            Command::Store(args) => store::run(&args, environment, terminal),
            Command::Doctor(args) => doctor::run(&args, terminal),
            Command::Completion(args) => Ok(completion::run(&args, terminal)),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
