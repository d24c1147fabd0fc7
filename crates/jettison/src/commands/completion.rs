//! `jettison completion`: what a shell completes.

use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{cli::Cli, terminal::Terminal};

/// Print what makes a shell complete jettison's commands and options
#[derive(clap::Args, Debug)]
#[command(after_help = "\
bash: jettison completion bash > ~/.local/share/bash-completion/completions/jettison
zsh:  jettison completion zsh > DIR/_jettison, for a DIR of $fpath
fish: jettison completion fish > ~/.config/fish/completions/jettison.fish")]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(args: &Args, terminal: &Terminal) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "jettison", &mut script);
    terminal.text(&String::from_utf8_lossy(&script));
    ExitCode::SUCCESS
}
