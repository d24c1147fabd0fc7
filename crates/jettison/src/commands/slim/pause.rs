//! Waits for whoever uses the running image.

use std::io::BufRead;

use jettison_slim::ContinueAfter;
use signal_hook::{consts::SIGUSR1, iterator::Signals};

use crate::{
    failure::{Failure, Kind},
    messages::Text,
    terminal::Terminal,
};

/// Waits for whoever uses the running image.
pub(super) struct Pause {
    signals: Option<Signals>,
}

impl Pause {
    /// Prepares for the signal before the image runs, so that none is lost.
    pub(super) fn new(then: ContinueAfter) -> Result<Self, Failure> {
        let signals = match then {
            ContinueAfter::Signal => Some(
                Signals::new([SIGUSR1]).map_err(|error| Failure::from_error(Kind::Host, &error))?,
            ),
            _ => None,
        };
        Ok(Self { signals })
    }

    pub(super) fn wait(&mut self, then: ContinueAfter, urls: &[String], terminal: &Terminal) {
        for url in urls {
            terminal.prompt(&terminal.language.say(Text::BrowseTo, &[url]));
        }
        match then {
            ContinueAfter::Probe | ContinueAfter::Exec => {}
            ContinueAfter::Elapsed(time) => std::thread::sleep(time),
            ContinueAfter::Enter => {
                terminal.prompt(&terminal.language.say(Text::PressEnter, &[]));
                // The end of the input is as good as Enter.
                drop(std::io::stdin().lock().read_line(&mut String::new()));
            }
            ContinueAfter::Signal => {
                let pid = std::process::id().to_string();
                terminal.prompt(&terminal.language.say(Text::WaitingForSignal, &[&pid]));
                if let Some(signals) = &mut self.signals {
                    signals.wait().next();
                }
            }
        }
    }
}
