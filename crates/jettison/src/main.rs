//! The jettison command: arguments in, one library call, rendering out.

#![forbid(unsafe_code)]

mod byte_size;
mod cli;
mod commands;
mod environment;
mod failure;
mod images;
mod messages;
mod moment;
mod outputs;
mod password_prompt;
mod places;
mod registries;
mod report_store;
mod summary;
mod table;
mod template;
mod terminal;
mod transfers;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // The sandbox's agent must be known before any thread starts.
    if let Some(code) = commands::hidden_job() {
        return code;
    }
    let environment = environment::Environment::read();
    let cli = cli::Cli::parse();
    let terminal = terminal::Terminal::new(cli.quiet, &environment);
    match cli.run(&environment, &terminal) {
        Ok(code) => code,
        Err(failure) => {
            terminal.failure(&failure);
            failure.code()
        }
    }
}
