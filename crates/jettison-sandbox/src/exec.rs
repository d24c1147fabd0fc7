//! Further programs in a running sandbox.

use std::{io::Write, os::fd::OwnedFd, sync::Arc, time::Duration};

use crate::{
    conversation::Conversation,
    failure::Error,
    logs::Logs,
    protocol::{Answer, Call, ExitStatus},
    spec::ExecSpec,
};

/// A program that was started with [`crate::Sandbox::exec`]. Dropping it kills the program.
#[derive(Debug)]
pub struct Exec {
    conversation: Arc<Conversation>,
    child: u64,
    logs: Logs,
}

/// How an exec ended and what it wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecOutput {
    /// How it ended.
    pub status: ExitStatus,
    /// Standard output, its last MiB.
    pub stdout: Vec<u8>,
    /// Standard error, its last MiB.
    pub stderr: Vec<u8>,
}

impl Exec {
    pub(crate) fn start(conversation: &Arc<Conversation>, spec: &ExecSpec) -> Result<Self, Error> {
        let (answer, fds) = conversation.call(Call::Exec(spec.clone()))?;
        let (Answer::Exec { child }, Ok([stdin, stdout, stderr])) =
            (answer, <[OwnedFd; 3]>::try_from(fds))
        else {
            return Err(Conversation::nonsense());
        };
        let logs = Logs::capture(stdout, stderr)?;
        let exec = Self { conversation: Arc::clone(conversation), child, logs };
        feed(stdin, spec.stdin.clone())?;
        conversation.await_start(child)?;
        Ok(exec)
    }

    /// Waits for the end of the program; `None` after the timeout.
    pub fn wait(&self, timeout: Option<Duration>) -> Option<ExecOutput> {
        let status = self.conversation.await_exit(self.child, timeout)?;
        self.logs.drain();
        Some(ExecOutput { status, stdout: self.logs.stdout(), stderr: self.logs.stderr() })
    }

    /// Sends it a signal. One that has ended already is no error.
    pub fn signal(&self, signal: i32) -> Result<(), Error> {
        self.conversation.call(Call::Signal { child: self.child, signal }).map(drop)
    }

    /// Kills it.
    pub fn kill(&self) -> Result<(), Error> {
        self.signal(libc::SIGKILL)
    }

    /// What it has written so far.
    pub fn logs(&self) -> &Logs {
        &self.logs
    }
}

impl Drop for Exec {
    fn drop(&mut self) {
        if self.conversation.exit_status(self.child).is_none() && self.kill().is_err() {
            // The sandbox is gone, and the program with it.
            return;
        }
        self.conversation.forget(self.child);
    }
}

/// Writes a program's input on a thread, because the program may read late or never.
fn feed(stdin: OwnedFd, input: Vec<u8>) -> Result<(), Error> {
    if input.is_empty() {
        return Ok(());
    }
    std::thread::Builder::new()
        .name("stdin".to_owned())
        .spawn(move || {
            // A program that ends without having read everything is no error.
            drop(std::fs::File::from(stdin).write_all(&input));
        })
        .map(drop)
        .map_err(Error::Thread)
}
