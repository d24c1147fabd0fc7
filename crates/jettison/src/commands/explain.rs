//! `jettison explain`: a rule's page.

use std::process::ExitCode;

use jettison_keep::rules;

use crate::{
    failure::{Failure, Kind},
    terminal::Terminal,
};

/// Print what a rule keeps, why, and how to do without it
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Name of the rule, as reports and --no-rule use it; all of them without one
    rule: Option<String>,
}

/// Prints the page, or the list of rules.
pub(crate) fn run(args: &Args, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let Some(name) = &args.rule else {
        for rule in rules::all() {
            terminal.line(&format!(
                "{:<14} {:<9} {}",
                rule.name(),
                rule.level().word(),
                rule.page().what
            ));
        }
        return Ok(ExitCode::SUCCESS);
    };
    let rule = rules::find(name).ok_or_else(|| {
        let names: Vec<&str> = rules::all().iter().map(|rule| rule.name()).collect();
        Failure::new(Kind::Input, format!("there is no rule {name:?}"))
            .hint(format!("the rules are: {}", names.join(", ")))
    })?;
    let page = rule.page();
    terminal.line(&terminal.bold(&format!("{} (from --keep {} on)", rule.name(), rule.level())));
    for (title, text) in
        [("What it keeps", page.what), ("Why", page.why), ("Without it", page.instead)]
    {
        terminal.line(&format!("\n{}\n  {text}", terminal.bold(title)));
    }
    Ok(ExitCode::SUCCESS)
}
