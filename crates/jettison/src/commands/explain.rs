//! `jettison explain`: a rule's page.

use std::process::ExitCode;

use jettison_analyze::pages;
use jettison_keep::rules;
use jettison_lint::Language;

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    messages,
    terminal::Terminal,
};

/// Print a rule's page: what it keeps or finds, why, and what to do instead
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Name of a rule: one of `slim` (as reports and --no-rule use it), one of `lint` (JT-..., or another tool's: DL3008), a
    /// finding of `analyze` (JR-..., JW-..., JS-..., or CIS-DI-0001)
    rule: Option<String>,
    /// List the rules of `lint` instead of those of `slim`
    #[arg(long)]
    lint: bool,
    /// List the findings of `analyze`: risks, causes of waste, kinds of secrets
    #[arg(long, conflicts_with = "lint")]
    analyze: bool,
}

/// Prints the page, or the list of rules.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let language = match environment.language {
        messages::Language::Chinese => Language::Chinese,
        messages::Language::English => Language::English,
    };
    let reports = match environment.language {
        messages::Language::Chinese => jettison_analyze::Language::Chinese,
        messages::Language::English => jettison_analyze::Language::English,
    };
    match &args.rule {
        None if args.lint => terminal.text(&jettison_lint::list(language)),
        None if args.analyze => terminal.text(&pages::list(reports)),
        None => list_keep(terminal),
        Some(name) => {
            if let Some(rule) = rules::find(name) {
                keep_page(rule, terminal);
            } else if let Some(rule) = jettison_lint::rule(name) {
                terminal.text(&jettison_lint::page(rule, language));
            } else if let Some(page) = pages::page(name, reports) {
                terminal.text(&page);
            } else {
                return Err(Failure::new(Kind::Input, format!("there is no rule {name:?}")).hint(
                    "`jettison explain` lists the rules of slim, `jettison explain --lint` those of lint, \
                     `jettison explain --analyze` the findings of analyze",
                ));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list_keep(terminal: &Terminal) {
    for rule in rules::all() {
        terminal.line(&format!(
            "{:<16} {:<9} {}",
            rule.name(),
            rule.level().word(),
            rule.page().what
        ));
    }
}

fn keep_page(rule: &dyn jettison_keep::Rule, terminal: &Terminal) {
    let page = rule.page();
    terminal.line(&terminal.bold(&format!("{} (from --keep {} on)", rule.name(), rule.level())));
    for (title, text) in
        [("What it keeps", page.what), ("Why", page.why), ("Without it", page.instead)]
    {
        terminal.line(&format!("\n{}\n  {text}", terminal.bold(title)));
    }
}
