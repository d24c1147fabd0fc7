//! The handle's side of the talk with the agent: requests of many threads, answers and events by one reader.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    os::fd::OwnedFd,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crate::{
    failure::{Error, ExecFailure, Failure, Step},
    protocol::{Answer, Call, Event, ExitStatus, Message, Report, Request},
    supervisor::Supervisor,
    wire::Channel,
};

/// An answer with its descriptors.
type Reply = Result<(Answer, Vec<OwnedFd>), Failure>;

/// Talks with one agent.
#[derive(Debug)]
pub(crate) struct Conversation {
    control: Channel,
    /// Keeps messages of different threads apart.
    sending: Mutex<()>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    last_request: u64,
    replies: BTreeMap<u64, Reply>,
    children: BTreeMap<u64, ChildState>,
    socket_events: u64,
    wanted_ports: BTreeSet<u16>,
    warnings: Vec<String>,
    /// The agent has ended.
    is_over: bool,
}

/// What is known of a child of the agent.
#[derive(Debug, Default)]
struct ChildState {
    has_started: bool,
    obstacle: Option<Obstacle>,
    status: Option<ExitStatus>,
}

#[derive(Debug, Clone)]
enum Obstacle {
    Setup(Failure),
    Exec(ExecFailure),
}

impl Conversation {
    pub(crate) fn new(control: Channel, warnings: Vec<String>) -> Self {
        let state = State { warnings, ..State::default() };
        Self {
            control,
            sending: Mutex::default(),
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// The error for an answer that does not fit its question.
    pub(crate) fn nonsense() -> Error {
        Failure::new(Step::Conversation, &io::ErrorKind::InvalidData.into()).into()
    }

    fn over(doing: &'static str) -> Error {
        Error::HelperGone { doing, said: String::new() }
    }

    /// Asks the agent and waits for its answer.
    pub(crate) fn call(&self, call: Call) -> Result<(Answer, Vec<OwnedFd>), Error> {
        let id = {
            let mut state = self.lock();
            state.last_request += 1;
            state.last_request
        };
        {
            let _turn = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
            if self.control.send(&Request { id, call }, &[]).is_err() {
                return Err(Self::over("answer"));
            }
        }
        let reply = self.wait_for(None, |state| match state.replies.remove(&id) {
            Some(reply) => Some(Ok(reply)),
            None if state.is_over => Some(Err(Self::over("answer"))),
            None => None,
        });
        match reply {
            Some(reply) => Ok(reply??),
            None => Err(Self::over("answer")),
        }
    }

    /// Waits until a child has become its program.
    pub(crate) fn await_start(&self, child: u64) -> Result<(), Error> {
        let started = self.wait_for(None, |state| {
            let entry = state.children.entry(child).or_default();
            match &entry.obstacle {
                Some(Obstacle::Setup(failure)) => Some(Err(Error::Setup(failure.clone()))),
                Some(Obstacle::Exec(failure)) => Some(Err(Error::Exec(failure.clone()))),
                None if entry.has_started => Some(Ok(())),
                None if state.is_over => Some(Err(Self::over("start a program"))),
                None => None,
            }
        });
        started.unwrap_or_else(|| Err(Self::over("start a program")))
    }

    /// Waits for the end of a child; `None` after the timeout. The end of the agent is a kill.
    pub(crate) fn await_exit(&self, child: u64, timeout: Option<Duration>) -> Option<ExitStatus> {
        self.wait_for(timeout, |state| {
            let status = state.children.entry(child).or_default().status;
            status.or(state.is_over.then_some(ExitStatus::Signaled(libc::SIGKILL)))
        })
    }

    pub(crate) fn exit_status(&self, child: u64) -> Option<ExitStatus> {
        self.lock().children.get(&child)?.status
    }

    /// Forgets a child whose owner does not ask any more.
    pub(crate) fn forget(&self, child: u64) {
        self.lock().children.remove(&child);
    }

    /// How many calls of `listen` and `bind` were seen.
    pub(crate) fn socket_events(&self) -> u64 {
        self.lock().socket_events
    }

    /// Waits for another such call, the end of the agent or the time; returns the count.
    pub(crate) fn await_socket(&self, known: u64, timeout: Duration) -> u64 {
        let changed = self.wait_for(Some(timeout), |state| {
            let count = state.socket_events;
            (count != known || state.is_over).then_some(count)
        });
        changed.unwrap_or(known)
    }

    /// Notes a call of `listen`, or of `bind` with the port that it asks for.
    pub(crate) fn note_socket(&self, port: Option<u16>) {
        let mut state = self.lock();
        state.socket_events += 1;
        state.wanted_ports.extend(port);
        drop(state);
        self.changed.notify_all();
    }

    pub(crate) fn wanted_ports(&self) -> BTreeSet<u16> {
        self.lock().wanted_ports.clone()
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        self.lock().warnings.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each update is a single insertion, so the state is valid after any panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `ready` finds something in the state; `None` after the timeout.
    fn wait_for<T>(
        &self,
        timeout: Option<Duration>,
        mut ready: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = self.lock();
        loop {
            if let Some(found) = ready(&mut state) {
                return Some(found);
            }
            state = match deadline {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return None;
                    }
                    self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Reads messages until the agent ends.
    pub(crate) fn spawn_reader(
        conversation: &Arc<Self>,
        supervisor: &Arc<Supervisor>,
    ) -> Result<JoinHandle<()>, Error> {
        let conversation = Arc::clone(conversation);
        let supervisor = Arc::clone(supervisor);
        std::thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || {
                while let Ok(Some((message, fds))) = conversation.control.receive::<Message>() {
                    conversation.note(message, fds, &supervisor);
                }
                conversation.lock().is_over = true;
                conversation.changed.notify_all();
            })
            .map_err(Error::Thread)
    }

    fn note(&self, message: Message, fds: Vec<OwnedFd>, supervisor: &Supervisor) {
        let mut state = self.lock();
        match message {
            Message::Reply { id, result } => {
                state.replies.insert(id, result.map(|answer| (answer, fds)));
            }
            Message::Event(Event::Child { child, pid, report }) => match report {
                Report::Filter => fds.into_iter().for_each(|listener| supervisor.add(listener)),
                Report::Failed(failure) => {
                    state.children.entry(child).or_default().obstacle =
                        Some(Obstacle::Setup(failure));
                }
                Report::ExecFailed(failure) => {
                    state.children.entry(child).or_default().obstacle =
                        Some(Obstacle::Exec(failure));
                }
                Report::Warning(warning) => state.warnings.push(warning),
                Report::Ready { program } => supervisor.note_program(pid, &program),
                Report::FuseMounted | Report::Upper { .. } => {}
            },
            Message::Event(Event::Started { child }) => {
                state.children.entry(child).or_default().has_started = true;
            }
            Message::Event(Event::Exited { child, status }) => {
                state.children.entry(child).or_default().status = Some(status);
            }
            Message::Event(Event::Failed(failure)) => {
                tracing::error!(%failure, "the sandbox helper gave up");
            }
            Message::Event(Event::Unshared | Event::Forked { .. }) => {}
        }
        drop(state);
        self.changed.notify_all();
    }
}
