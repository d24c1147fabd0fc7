//! `jettison doctor`: how images are run on this machine.

use std::process::ExitCode;

use jettison_sandbox::{HostReport, Tier};

use crate::{
    commands::sandbox_helper,
    failure::{Failure, Kind},
    images,
    messages::Text,
    terminal::Terminal,
};

/// Say how images are run on this machine, and what is missing for a better way
///
/// Tries each tier of the sandbox for a moment; nothing stays. Exit status 3 when none works.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {}

/// Tries, tells, and fails when nothing works.
pub(crate) fn run(_args: &Args, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let report = HostReport::inspect(&sandbox_helper(), &images::work_dir(None))
        .map_err(|error| Failure::from_error(Kind::Host, &error))?;
    let say = |text, values: &[&str]| terminal.language.say(text, values);
    let best = report.best_tier();
    match best {
        Some(tier) => {
            terminal.line(&say(Text::Tier, &[&tier.number().to_string(), description(tier)]));
        }
        None => terminal.line(&say(Text::NoTier, &[])),
    }
    for tier in &report.tiers {
        let state = match &tier.problem {
            Some(problem) => format!("{}: {problem}", say(Text::Missing, &[])),
            None if tier.needs_scratch => say(Text::WorksOnDisk, &[]),
            None => say(Text::Works, &[]),
        };
        terminal.line(&format!(
            "  {} {}",
            terminal.bold(&format!("tier {}", tier.tier.number())),
            state
        ));
        for fact in &tier.facts {
            terminal.line(&format!("         {fact}"));
        }
    }
    for note in &report.notes {
        terminal.line(&format!("  {note}"));
    }
    terminal.line(&format!("  Linux {}", report.kernel));
    let status =
        if best.is_some() { ExitCode::SUCCESS } else { Failure::new(Kind::Host, "").code() };
    Ok(status)
}

fn description(tier: Tier) -> &'static str {
    match tier {
        Tier::FuseNamespaces => "served straight from the layers, in a user namespace",
        Tier::CopyNamespaces => "on an unpacked copy, in a user namespace",
        Tier::Chroot => {
            "on an unpacked copy, by chroot; it shares this machine's network and is no wall against hostile images"
        }
    }
}
