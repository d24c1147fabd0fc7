//! Further commands of an image: a migration, a worker, another server. Each runs in a container of its own.

use std::{collections::BTreeSet, time::Duration};

use jettison_probe::{OtherRecord, Transcript};
use jettison_rootfs::evidence::Phase;
use jettison_sandbox::Listener;

use crate::{
    container::port_name,
    run::{Live, QUIET_REPEATED, Run, RunError, Started},
};

/// How much longer than the first time a command may take in a further run before it counts as hung.
const REPEAT_FACTOR: u32 = 10;
const REPEAT_SLACK: Duration = Duration::from_secs(30);

impl Live<'_> {
    /// Runs the command to its end, or, when it goes on, until it listens or has come to rest; then stops it.
    ///
    /// `before` says how it was the first time: what ended then is waited for now.
    pub(crate) fn perform_other(&self, before: Option<&OtherRecord>) -> Result<Run, RunError> {
        self.recorder.enter(Phase::Start);
        self.sandbox.release()?;
        let begun = std::time::Instant::now();
        let started = match before.filter(|before| before.has_ended) {
            Some(before) => self.await_end(before),
            None => self.await_any_start()?,
        };
        let mut processes = self.processes()?;
        let (has_ended, listening, status) = match started {
            Started::Ended(status) => (true, BTreeSet::new(), status),
            Started::Ready(listeners) => {
                let mut listening = names(&listeners);
                self.await_quiet(QUIET_REPEATED);
                processes.extend(self.processes()?);
                listening.extend(names(&self.sandbox.listeners()?));
                self.recorder.enter(Phase::Stop);
                (false, listening, self.sandbox.stop(self.stage.options.stop_grace)?)
            }
        };
        self.drain_accesses();
        let mut command = self.record_end(status, has_ended);
        command.elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let record =
            OtherRecord { command, has_ended, listening: listening.iter().cloned().collect() };
        let transcript = Transcript { others: vec![record], ..Transcript::default() };
        self.conclude(transcript, (BTreeSet::new(), processes), status)
    }

    /// Waits for the end of what has ended before. What does not is stopped and answers for itself.
    fn await_end(&self, before: &OtherRecord) -> Started {
        let first = Duration::from_millis(before.command.elapsed_ms);
        let patience = (first * REPEAT_FACTOR + REPEAT_SLACK).max(self.stage.options.start_timeout);
        match self.sandbox.wait(Some(patience)) {
            Some(status) => Started::Ended(status),
            None => Started::Ready(Vec::new()),
        }
    }
}

fn names(listeners: &[Listener]) -> BTreeSet<String> {
    listeners.iter().filter_map(port_name).collect()
}
