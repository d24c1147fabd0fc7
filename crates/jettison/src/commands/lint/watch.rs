//! `--watch`: looks again whenever something beside a Dockerfile changes.

use std::{collections::BTreeSet, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use jettison_lint::{Images, Language};
use rustix::{
    event::{PollFd, PollFlags, poll},
    fs::inotify::{self, CreateFlags, WatchFlags},
    time::Timespec,
};

use super::{Args, manifests, show, subjects, subjects::Subjects};
use crate::{
    failure::{Failure, Kind},
    messages::LintText,
    terminal::Terminal,
};

/// Editors write a file in several steps: what follows within this time is the same change.
const SETTLE: Duration = Duration::from_millis(60);

/// Looks, and looks again after every change, until interrupted.
pub(super) fn run(
    args: &Args,
    bases: &Arc<dyn Images>,
    language: Language,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let failed = |error: rustix::io::Errno| {
        Failure::new(Kind::Host, format!("cannot watch files: {error}"))
            .hint("raise fs.inotify.max_user_watches, or run without --watch")
    };
    loop {
        let watch = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).map_err(failed)?;
        let flags = WatchFlags::CLOSE_WRITE
            | WatchFlags::MOVED_TO
            | WatchFlags::MOVED_FROM
            | WatchFlags::CREATE
            | WatchFlags::DELETE;
        // Watching begins before looking, so that no change in between is missed.
        for directory in directories(args, bases)? {
            inotify::add_watch(&watch, &directory, flags).map_err(failed)?;
        }
        if let Err(failure) = show::findings(args, bases, language, terminal) {
            // A configuration that is being written is no reason to stop.
            terminal.failure(&failure);
        }
        terminal.progress(&terminal.language.say(LintText::Watching, &[]));
        let mut waiting = [PollFd::new(&watch, PollFlags::IN)];
        loop {
            match poll(&mut waiting, None) {
                Ok(_) => break,
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        settle(&watch).map_err(failed)?;
    }
}

/// Waits until no more events come.
fn settle(watch: &std::os::fd::OwnedFd) -> rustix::io::Result<()> {
    let pause = Timespec::try_from(SETTLE).expect("it is short");
    let mut buffer = [std::mem::MaybeUninit::uninit(); 4096];
    loop {
        let mut events = inotify::Reader::new(watch, &mut buffer);
        while events.next().is_ok() {}
        let mut waiting = [PollFd::new(watch, PollFlags::IN)];
        if poll(&mut waiting, Some(&pause))? == 0 {
            return Ok(());
        }
    }
}

/// The directories of all files that are looked at, their contexts, and what was named.
fn directories(args: &Args, bases: &Arc<dyn Images>) -> Result<BTreeSet<PathBuf>, Failure> {
    let mut directories = BTreeSet::new();
    let named = args.paths.iter().chain(&args.k8s).filter(|path| path.is_dir());
    directories.extend(named.cloned());
    let files = subjects::files(args)?.into_iter().flatten().chain(manifests::files(&args.k8s)?);
    for file in files {
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
        directories.insert(parent.map_or_else(|| PathBuf::from("."), PathBuf::from));
    }
    let mut subjects = Subjects::new(args, bases)?;
    loop {
        match subjects.next() {
            Ok(None) => break,
            Ok(Some(subject)) => directories.extend(subject.context.path().map(PathBuf::from)),
            // It is told when it is looked at.
            Err(_) => {}
        }
    }
    if args.paths.is_empty() && args.k8s.is_empty() {
        directories.insert(PathBuf::from("."));
    }
    Ok(directories)
}
