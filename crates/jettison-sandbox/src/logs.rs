//! What a process writes on its standard output and error.

use std::{
    collections::VecDeque,
    io::Read,
    os::fd::OwnedFd,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::failure::Error;

/// Bytes kept of each stream: the last ones.
const KEPT_BYTES: usize = 1 << 20;

/// How long the end of the streams may take after the end of the process: a process that outlives it may hold them.
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// One of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Called with each piece of output, on a thread of its own for each stream.
pub type LogSink = Box<dyn Fn(Stream, &[u8]) + Send + Sync>;

/// The captured output of a process. Clones share it.
#[derive(Debug, Clone)]
pub struct Logs {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    captured: Mutex<Captured>,
    changed: Condvar,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Shared")
    }
}

#[derive(Default)]
struct Captured {
    stdout: Ring,
    stderr: Ring,
    /// Streams that still may bring something.
    open: usize,
    sink: Option<Arc<LogSink>>,
}

#[derive(Debug, Default)]
struct Ring {
    bytes: VecDeque<u8>,
    dropped: u64,
}

impl Ring {
    fn push(&mut self, piece: &[u8]) {
        self.bytes.extend(piece);
        let excess = self.bytes.len().saturating_sub(KEPT_BYTES);
        self.bytes.drain(..excess);
        self.dropped += excess as u64;
    }
}

impl Captured {
    fn ring(&mut self, stream: Stream) -> &mut Ring {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }
}

impl Logs {
    /// Captures two pipes until their ends.
    pub(crate) fn capture(stdout: OwnedFd, stderr: OwnedFd) -> Result<Self, Error> {
        let logs = Self { shared: Arc::default() };
        logs.lock().open = 2;
        for (stream, pipe, name) in
            [(Stream::Stdout, stdout, "stdout"), (Stream::Stderr, stderr, "stderr")]
        {
            let logs = logs.clone();
            std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || logs.read(stream, pipe))
                .map_err(Error::Thread)?;
        }
        Ok(logs)
    }

    fn read(&self, stream: Stream, pipe: OwnedFd) {
        let mut pipe = std::fs::File::from(pipe);
        let mut buffer = vec![0; 64 << 10];
        // An error on a pipe means the same as its end.
        while let Ok(read @ 1..) = pipe.read(&mut buffer) {
            let piece = buffer.get(..read).unwrap_or_default();
            let sink = {
                let mut captured = self.lock();
                captured.ring(stream).push(piece);
                captured.sink.clone()
            };
            if let Some(sink) = sink {
                sink(stream, piece);
            }
        }
        self.lock().open -= 1;
        self.shared.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Captured> {
        // The rings are valid after any panic of a sink, which runs without the lock.
        self.shared.captured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes all further output to `sink` as well.
    pub fn set_sink(&self, sink: LogSink) {
        self.lock().sink = Some(Arc::new(sink));
    }

    /// The last bytes of standard output, at most 1 MiB.
    pub fn stdout(&self) -> Vec<u8> {
        self.lock().stdout.bytes.iter().copied().collect()
    }

    /// The last bytes of standard error, at most 1 MiB.
    pub fn stderr(&self) -> Vec<u8> {
        self.lock().stderr.bytes.iter().copied().collect()
    }

    /// Bytes of a stream that were not kept.
    pub fn dropped(&self, stream: Stream) -> u64 {
        self.lock().ring(stream).dropped
    }

    /// Waits, for a bounded time, until both streams have ended. For after the end of the process.
    pub(crate) fn drain(&self) {
        let deadline = Instant::now() + DRAIN_TIME;
        let mut captured = self.lock();
        while captured.open > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            captured = self
                .shared
                .changed
                .wait_timeout(captured, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn keeps_the_last_of_both_streams() {
        let (out_read, out) = std::io::pipe().expect("pipe");
        let (err_read, err) = std::io::pipe().expect("pipe");
        let logs = Logs::capture(out_read.into(), err_read.into()).expect("threads");
        let passed = Arc::new(Mutex::new(0));
        let count = Arc::clone(&passed);
        logs.set_sink(Box::new(move |_, piece| *count.lock().expect("sound") += piece.len()));
        let (mut out, mut err) = (out, err);
        out.write_all(&vec![b'a'; KEPT_BYTES]).expect("write");
        out.write_all(b"end").expect("write");
        err.write_all(b"oops").expect("write");
        drop((out, err));
        logs.drain();
        assert_eq!(logs.stdout().len(), KEPT_BYTES);
        assert!(logs.stdout().ends_with(b"aend"));
        assert_eq!(logs.dropped(Stream::Stdout), 3);
        assert_eq!(logs.stderr(), b"oops");
        assert_eq!(*passed.lock().expect("sound"), KEPT_BYTES + 7);
    }
}
