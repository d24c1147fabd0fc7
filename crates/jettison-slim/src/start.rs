//! Waits for a program to be ready: listening, ended, or at rest.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use jettison_sandbox::{ExitStatus, ListenEvent, Listener};

use crate::{
    container::log_tail,
    readiness::{self, Rest},
    run::{Drill, Live, QUIET_LIMIT, RunError, Started},
};

/// A program that has opened its ports is given this long without opening another before it is probed: servers open
/// their ports one after the other within milliseconds.
pub(crate) const PORTS_SETTLE: Duration = Duration::from_millis(40);
/// A program that does not serve what it declares, and does not end, counts as started when it has been at rest for this
/// long.
pub(crate) const IDLE_START: Duration = Duration::from_secs(3);
/// A program that has opened some of its ports is not waited for longer than this, nor than [`PARTIAL_REST`] of rest.
const PORTS_LIMIT: Duration = Duration::from_secs(20);
/// See [`PORTS_LIMIT`].
const PARTIAL_REST: Duration = Duration::from_secs(1);
/// How long is waited for a listener before a program is looked at that may rest without one.
pub(crate) const TURN: Duration = Duration::from_millis(250);

impl Live<'_> {
    /// Waits until the program serves, ends, or has come to rest without either.
    pub(crate) fn await_start(&self, drill: Drill<'_>) -> Result<Started, RunError> {
        let exposed = self.stage.exposed;
        let has_ports = exposed.iter().any(|port| !port.ends_with("/udp"));
        match self.await_serving(exposed, &drill.hoped_ports(exposed))? {
            Started::Ended(status) if has_ports && !is_daemon_exit(status) => {
                self.neighbours.clash(self.sandbox, "the image")?;
                Err(RunError::EndedEarly {
                    ports: exposed.iter().cloned().collect::<Vec<_>>().join(", "),
                    exit: status.to_string(),
                    log: log_tail(self.sandbox),
                })
            }
            started => Ok(started),
        }
    }

    /// The same for a program that need not listen anywhere.
    pub(crate) fn await_any_start(&self) -> Result<Started, RunError> {
        self.await_serving(&BTreeSet::new(), &BTreeSet::new())
    }

    fn await_serving(
        &self,
        exposed: &BTreeSet<String>,
        hoped: &BTreeSet<String>,
    ) -> Result<Started, RunError> {
        let begun = Instant::now();
        let timeout = self.stage.options.start_timeout;
        let is_to_listen = exposed.iter().any(|port| !port.ends_with("/udp"));
        let mut listeners = Vec::new();
        let mut rest = Rest::begin(begun, 0);
        loop {
            let left = timeout.saturating_sub(begun.elapsed());
            // Short turns, to see a program that rests without listening.
            match self.sandbox.await_listener(&listeners, left.min(TURN))? {
                ListenEvent::Listening(found) if readiness::is_served(&found, exposed) => {
                    return self.settle_ports(found, hoped);
                }
                ListenEvent::Listening(found) => listeners = found,
                ListenEvent::Exited(status) => return Ok(Started::Ended(status)),
                ListenEvent::TimedOut => {}
            }
            let may_rest = !is_to_listen || !listeners.is_empty();
            if self.rests(&mut rest)? >= IDLE_START && may_rest {
                return Ok(Started::Ready(listeners));
            }
            if left.is_zero() {
                self.neighbours.clash(self.sandbox, "the image")?;
                return Err(RunError::NotReady { timeout, log: log_tail(self.sandbox) });
            }
        }
    }

    /// Gives a program that listens the time to open its other ports.
    fn settle_ports(
        &self,
        mut listeners: Vec<Listener>,
        hoped: &BTreeSet<String>,
    ) -> Result<Started, RunError> {
        let begun = Instant::now();
        let mut rest = Rest::begin(begun, 0);
        loop {
            let has_all = readiness::has_all(&listeners, hoped);
            let limit = if has_all { QUIET_LIMIT } else { PORTS_LIMIT };
            let pause = if has_all { PORTS_SETTLE } else { TURN };
            match self.sandbox.await_listener(&listeners, pause)? {
                ListenEvent::Listening(more) => listeners = more,
                ListenEvent::Exited(status) => return Ok(Started::Ended(status)),
                ListenEvent::TimedOut if has_all => break,
                ListenEvent::TimedOut => {}
            }
            let is_partly_at_rest = !has_all && self.rests(&mut rest)? >= PARTIAL_REST;
            if begun.elapsed() >= limit || is_partly_at_rest {
                break;
            }
        }
        Ok(Started::Ready(listeners))
    }

    /// How long the program has been at rest.
    fn rests(&self, rest: &mut Rest) -> Result<Duration, RunError> {
        self.drain_accesses();
        let ticks = self.sandbox.processes()?.iter().map(|process| process.cpu_ticks).sum();
        Ok(rest.lasts(Instant::now(), ticks, self.recorder.quiet_for()))
    }
}

/// A main process that ends well may have left a daemon, but in a container that ends everything: an early end of an image
/// with ports is an error unless it is a success, which a one-shot command of such an image may be.
fn is_daemon_exit(status: ExitStatus) -> bool {
    matches!(status, ExitStatus::Exited(0))
}
