//! Lets the HTTP client speak over streams that a [`Dialer`](crate::Dialer) opened.
//!
//! The client wants a connector that lives as long as itself; a dialer is borrowed for one
//! exercise. So each request dials first and leaves the stream here for the connector to take.

use std::{
    fmt,
    io::{self, Read as _, Write as _},
    net::TcpStream,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use ureq::{
    Error,
    unversioned::transport::{
        Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
    },
};

/// Passes one stream at a time to the client, and tells its transport when to give up.
#[derive(Clone, Default)]
pub(crate) struct Slot(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    stream: Option<TcpStream>,
    cutoff: Option<Instant>,
    first_byte: Option<u8>,
}

impl Slot {
    /// Leaves a stream for the next connection. No read will wait beyond `cutoff`.
    pub(crate) fn put(&self, stream: TcpStream, cutoff: Instant) {
        *self.state() = State { stream: Some(stream), cutoff: Some(cutoff), first_byte: None };
    }

    /// Forgets the last connection.
    pub(crate) fn clear(&self) {
        *self.state() = State::default();
    }

    /// Moves the cutoff of the connection in use closer.
    pub(crate) fn cut_at(&self, cutoff: Instant) {
        let mut state = self.state();
        state.cutoff = Some(state.cutoff.map_or(cutoff, |earlier| earlier.min(cutoff)));
    }

    /// The first byte that came over the last connection.
    pub(crate) fn first_byte(&self) -> Option<u8> {
        self.state().first_byte
    }

    fn take(&self) -> Option<TcpStream> {
        self.state().stream.take()
    }

    /// The time left, `None` when there is no cutoff.
    fn left(&self) -> Option<Duration> {
        self.state().cutoff.map(|cutoff| cutoff.saturating_duration_since(Instant::now()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}

impl Connector<()> for Slot {
    type Out = SlotTransport;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let stream = self.take().ok_or(Error::ConnectionFailed)?;
        stream.set_nodelay(true)?;
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(SlotTransport { stream, buffers, slot: self.clone() }))
    }
}

/// A dialled stream with the client's buffers.
pub(crate) struct SlotTransport {
    stream: TcpStream,
    buffers: LazyBuffers,
    slot: Slot,
}

impl fmt::Debug for SlotTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SlotTransport")
    }
}

impl SlotTransport {
    /// The time the next system call may take, by the client's timeout and by the slot's cutoff.
    fn budget(&self, timeout: NextTimeout) -> Result<Option<Duration>, Error> {
        let asked = (!timeout.after.is_not_happening()).then(|| *timeout.after);
        let budget = match (asked, self.slot.left()) {
            (Some(asked), Some(left)) => Some(asked.min(left)),
            (asked, left) => asked.or(left),
        };
        if budget.is_some_and(|budget| budget.is_zero()) {
            return Err(Error::Timeout(timeout.reason));
        }
        Ok(budget)
    }
}

/// Sockets report an expired SO_RCVTIMEO as `WouldBlock` (socket(7)).
fn is_expiry(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

impl Transport for SlotTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let budget = self.budget(timeout.for_write())?;
        self.stream.set_write_timeout(budget)?;
        match self.stream.write_all(&self.buffers.output()[..amount]) {
            Err(error) if is_expiry(&error) => Err(Error::Timeout(timeout.reason)),
            result => Ok(result?),
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        loop {
            let budget = self.budget(timeout.for_read())?;
            self.stream.set_read_timeout(budget)?;
            let input = self.buffers.input_append_buf();
            match self.stream.read(input) {
                Ok(amount) => {
                    if let Some(first) = input[..amount].first() {
                        self.slot.state().first_byte.get_or_insert(*first);
                    }
                    self.buffers.input_appended(amount);
                    return Ok(amount > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_expiry(&error) => return Err(Error::Timeout(timeout.reason)),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Connections are never used twice: each request is an exchange of its own.
    fn is_open(&mut self) -> bool {
        false
    }
}
