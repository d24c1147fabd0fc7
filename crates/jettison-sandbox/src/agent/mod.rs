//! The helper process: makes the namespaces, starts the workload and the execs, and answers questions about them.
//!
//! It runs outside the sandbox's pid namespace and inside all its other ones, has one thread, and lives as long as the
//! control socket is open: when that ends, however it ends, everything in the sandbox is killed.

mod capability;
mod check;
mod child;
mod chroot;
mod cleanup;
mod device;
mod inventory;
mod namespace;
mod program;
mod root;
mod serve;
mod socket;

pub(crate) use check::Attempt;

use std::{
    os::fd::{AsFd, OwnedFd},
    process::ExitCode,
};

use crate::{
    failure::{Failure, Step},
    protocol::{Answer, Call, Event, Message, Request},
    wire::Channel,
};

/// Makes the calling program a sandbox's helper: the `main` of `jettison-sandbox-init`, and what the jettison binary does
/// for its hidden argument. The control socket is standard input. The process must have a single thread.
///
/// The status is not 0 when standard input is no control socket.
pub fn init_main() -> ExitCode {
    let Ok(control) = std::io::stdin().as_fd().try_clone_to_owned() else {
        return ExitCode::FAILURE;
    };
    // Children must not inherit the control socket as their standard input.
    if let Ok(null) = fs_err::File::open("/dev/null")
        && rustix::stdio::dup2_stdin(null.file()).is_err()
    {
        return ExitCode::FAILURE;
    }
    let control = Channel::from_fd(control);
    match control.receive::<Request>() {
        Ok(Some((Request { call: Call::Start(plan), .. }, fds))) => run(&control, &plan, fds),
        Ok(Some((Request { id, call: Call::Check(attempt) }, _))) => {
            let result = attempt.run(&control).map(|()| Answer::Checked);
            sent(&control.send(&Message::Reply { id, result }, &[]))
        }
        _ => ExitCode::FAILURE,
    }
}

fn run(control: &Channel, plan: &crate::protocol::Plan, namespaces: Vec<OwnedFd>) -> ExitCode {
    match serve::Agent::start(control, plan, namespaces).and_then(serve::Agent::serve) {
        Ok(()) => ExitCode::SUCCESS,
        // The handle may be gone, which is then the reason of the failure.
        Err(failure) => sent(&control.send(&Message::Event(Event::Failed(failure)), &[])),
    }
}

fn sent(result: &std::io::Result<()>) -> ExitCode {
    if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Names the step of a failed system call.
trait At<T> {
    fn step(self, step: Step) -> Result<T, Failure>;
    fn at(self, step: Step, path: &str) -> Result<T, Failure>;
}

impl<T, E: Into<std::io::Error>> At<T> for Result<T, E> {
    fn step(self, step: Step) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(step, &error.into()))
    }

    fn at(self, step: Step, path: &str) -> Result<T, Failure> {
        self.map_err(|error| Failure::at(step, path, &error.into()))
    }
}
