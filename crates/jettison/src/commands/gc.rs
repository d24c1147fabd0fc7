//! `jettison gc`: garbage of the local store and of the cache.

use std::{
    process::ExitCode,
    time::{Duration, SystemTime},
};

use jettison_transport::store::{DryRun, GcOptions, WhenBusy};

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    messages::ImageText,
    places::{self, CacheArg, StoreArg},
    summary::bytes,
    terminal::Terminal,
};

/// Broken transfers of the last days are kept: somebody may go on with them.
const PARTIALS: Duration = Duration::from_hours(3 * 24);

/// Remove what no image needs
///
/// From the local store, all files that no name leads to, and transfers that broke off three days ago or longer; from the
/// cache of unpacked layers, what was not used for the longest time, beyond its limit. Waits for commands that use the store.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Say what would go, and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Also remove all broken transfers, and empty the cache
    #[arg(long, short)]
    all: bool,
    #[command(flatten)]
    cache: CacheArg,
    #[command(flatten)]
    store: StoreArg,
}

/// Collects, and prints the files and the bytes.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let now = SystemTime::now();
    let options = GcOptions {
        // Files of this very moment are older than the next second.
        partials_before: if args.all { now + Duration::from_secs(1) } else { now - PARTIALS },
        dry_run: if args.dry_run { DryRun::Yes } else { DryRun::No },
        when_busy: WhenBusy::Wait,
    };
    let store = args.store.require(environment)?;
    let mut waiting = || terminal.progress(terminal.language.text(ImageText::GcWaits));
    let mut collected =
        store.gc(&options, &mut waiting).map_err(|error| places::store_failed(&error))?;
    if let Some(cache) = args.cache.find(environment) {
        let cache = if args.all { cache.limited_to(0) } else { cache };
        let trimmed = cache.trim(options.dry_run);
        let trimmed = trimmed.map_err(|error| Failure::from_error(Kind::Operation, &error))?;
        collected.bytes += trimmed.bytes;
        collected.files.extend(trimmed.files);
    }
    for file in &collected.files {
        terminal.line(&file.display().to_string());
    }
    let text = if args.dry_run { ImageText::WouldFree } else { ImageText::Freed };
    terminal.line(&terminal.language.say(text, &[&bytes(collected.bytes)]));
    Ok(ExitCode::SUCCESS)
}
