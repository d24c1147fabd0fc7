//! `jettison rm`: names taken away, and with the last one the image.

use std::{process::ExitCode, time::SystemTime};

use jettison_transport::store::{DryRun, Force, GcOptions, StoreError, WhenBusy};

use crate::{
    environment::Environment,
    failure::Failure,
    messages::ImageText,
    places::{self, StoreArg},
    summary::bytes,
    terminal::Terminal,
};

/// Remove images from the local store
///
/// By name, that name is taken away, and with the last one the image. By id or digest, the image goes; if it has several
/// names, only with --force. Files that no other image needs are removed at once, or by `gc` if others use the store just now.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Names, ids or their beginnings, digests
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Take away all names; an image that is not there is no error
    #[arg(long, short)]
    force: bool,
    #[command(flatten)]
    store: StoreArg,
}

/// Removes each image; of several failures the first is told, the other images are removed all the same.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let store = args.store.require(environment)?;
    let force = if args.force { Force::Yes } else { Force::No };
    let mut failed = None;
    let mut has_deleted = false;
    for image in &args.images {
        match store.remove(image, force) {
            Ok(removed) => {
                for name in &removed.untagged {
                    let said = terminal.language.say(ImageText::Untagged, &[&name.familiar()]);
                    terminal.line(&said);
                }
                if let Some(digest) = &removed.deleted {
                    has_deleted = true;
                    terminal.line(&terminal.language.say(ImageText::Deleted, &[digest.as_str()]));
                }
            }
            Err(StoreError::NoSuchImage { .. }) if args.force => {}
            Err(error) => {
                let failure = places::store_failed(&error);
                match failed {
                    None => failed = Some(failure),
                    Some(_) => terminal.failure(&failure),
                }
            }
        }
    }
    if has_deleted {
        let options = GcOptions {
            // Broken transfers are other images'.
            partials_before: SystemTime::UNIX_EPOCH,
            dry_run: DryRun::No,
            when_busy: WhenBusy::Skip,
        };
        let collected = store.gc(&options, &mut || {});
        let collected = collected.map_err(|error| places::store_failed(&error))?;
        let text = if collected.skipped { ImageText::FreedLater } else { ImageText::Freed };
        terminal.note(&terminal.language.say(text, &[&bytes(collected.bytes)]));
    }
    failed.map_or(Ok(ExitCode::SUCCESS), Err)
}
