//! Starts the helper and brings the workload to the point where it waits for the permission to go.

use std::{
    ffi::OsString,
    io::{Read, Seek},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::fs::MemfdFlags;

use crate::{
    failure::{Error, Failure, Step},
    idmap::IdMap,
    protocol::{Call, Event, Message, Plan, Report, Request},
    spec::{Helper, ServeFuse},
    wire::Channel,
};

/// How long the helper may be silent while it makes the sandbox; it takes 4-20 ms where it was measured.
const PATIENCE: Duration = Duration::from_secs(30);

/// Most bytes of the helper's standard error that are quoted.
const MAX_SAID: u64 = 2000;

/// A started helper program.
#[derive(Debug)]
pub(crate) struct HelperProcess {
    pub(crate) process: Child,
    pub(crate) control: Channel,
    /// Its standard error: a file in memory, so that nobody has to read it.
    errors: std::fs::File,
}

impl HelperProcess {
    pub(crate) fn start(helper: &Helper) -> Result<Self, Error> {
        let failed =
            |source: std::io::Error| Error::Helper { program: helper.program.clone(), source };
        let (control, theirs) = Channel::pair().map_err(failed)?;
        let errors = rustix::fs::memfd_create("jettison-sandbox-init", MemfdFlags::CLOEXEC)
            .map_err(|error| failed(error.into()))?;
        let errors = std::fs::File::from(errors);
        let process = Command::new(&helper.program)
            .args(&helper.args)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(theirs.into_fd()))
            .stdout(Stdio::null())
            .stderr(Stdio::from(errors.try_clone().map_err(failed)?))
            .spawn()
            .map_err(failed)?;
        control.set_patience(Some(PATIENCE)).map_err(failed)?;
        Ok(Self { process, control, errors })
    }

    pub(crate) fn send(&self, id: u64, call: Call) -> Result<(), Error> {
        self.send_with(id, call, &[])
    }

    fn send_with(&self, id: u64, call: Call, fds: &[BorrowedFd<'_>]) -> Result<(), Error> {
        // If the helper has ended, what it said before is still there to be received.
        match self.control.send(&Request { id, call }, fds) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(Failure::new(Step::Conversation, &error).into())
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn receive(&self, doing: &'static str) -> Result<(Message, Vec<OwnedFd>), Error> {
        match self.control.receive() {
            Ok(Some(received)) => Ok(received),
            Ok(None) | Err(_) => Err(Error::HelperGone { doing, said: self.said() }),
        }
    }

    /// Writes the maps of the helper's user namespace and tells it so.
    pub(crate) fn map_ids(&self, ids: &IdMap) -> Result<(), Error> {
        ids.write(self.process.id())?;
        self.send(0, Call::Mapped)
    }

    fn said(&self) -> String {
        let mut text = String::new();
        let mut errors = &self.errors;
        let read = errors.rewind().and_then(|()| errors.take(MAX_SAID).read_to_string(&mut text));
        match read {
            Ok(1..) => format!(": {}", text.trim()),
            _ => String::new(),
        }
    }
}

impl Drop for HelperProcess {
    fn drop(&mut self) {
        // Already ended, mostly; else the end of the conversation makes it end everything.
        drop(self.control.shutdown());
        if !wait_for_end(&mut self.process) {
            drop(self.process.kill());
            drop(self.process.wait());
        }
    }
}

/// How long a helper may take to kill a sandbox: processes in uninterruptible waits end late.
const LAST_PATIENCE: Duration = Duration::from_secs(10);

/// Waits for the end of the helper, by the descriptor of its process where the kernel has such.
fn wait_for_end(process: &mut Child) -> bool {
    let pid = i32::try_from(process.id()).ok().and_then(rustix::process::Pid::from_raw);
    let Some(pid) = pid else { return false };
    let Ok(fd) = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()) else {
        return process.wait().is_ok();
    };
    let mut fds = [rustix::event::PollFd::new(&fd, rustix::event::PollFlags::IN)];
    let patience = rustix::event::Timespec::try_from(LAST_PATIENCE).expect("a few seconds fit");
    match rustix::event::poll(&mut fds, Some(&patience)) {
        Ok(1..) => process.wait().is_ok(),
        _ => false,
    }
}

/// A sandbox whose workload waits.
#[derive(Debug)]
pub(crate) struct Launched {
    pub(crate) helper: HelperProcess,
    pub(crate) stdout: OwnedFd,
    pub(crate) stderr: OwnedFd,
    /// Whether the workload has namespaces of its own.
    pub(crate) isolated: bool,
    pub(crate) listeners: Vec<OwnedFd>,
    /// The workload's pid and the file that it will execute.
    pub(crate) program: (i32, OsString),
    pub(crate) warnings: Vec<String>,
}

/// What arrives piece by piece.
#[derive(Default)]
struct Pieces {
    fuse: Option<OwnedFd>,
    streams: Option<(OwnedFd, OwnedFd)>,
    isolated: bool,
    listeners: Vec<OwnedFd>,
    warnings: Vec<String>,
}

/// Starts the helper with a plan, and the namespaces that it joins, and follows it until the workload waits.
pub(crate) fn launch(
    plan: Plan,
    mut serve: Option<ServeFuse>,
    helper: &Helper,
    namespaces: &[OwnedFd],
) -> Result<Launched, Error> {
    let (ids, joins) = (plan.ids.clone(), plan.joins);
    let helper = HelperProcess::start(helper)?;
    let fds: Vec<BorrowedFd<'_>> = namespaces.iter().map(AsFd::as_fd).collect();
    helper.send_with(0, Call::Start(Box::new(plan)), &fds)?;
    let mut pieces = Pieces::default();
    loop {
        let (message, mut fds) = helper.receive("make the sandbox")?;
        let Message::Event(event) = message else { continue };
        match event {
            Event::Unshared => {
                pieces.fuse = fds.pop();
                // A user namespace that is joined has its maps.
                if joins { helper.send(0, Call::Mapped)? } else { helper.map_ids(&ids)? }
            }
            Event::Forked { isolated } => {
                pieces.streams = pair(fds);
                pieces.isolated = isolated;
            }
            Event::Failed(failure) | Event::Child { report: Report::Failed(failure), .. } => {
                return Err(failure.into());
            }
            Event::Child { report: Report::ExecFailed(failure), .. } => {
                return Err(Error::Exec(failure));
            }
            Event::Child { report: Report::FuseMounted, .. } => {
                serve_fuse(serve.take(), pieces.fuse.take(), &ids)?;
            }
            Event::Child { report: Report::Warning(warning), .. } => pieces.warnings.push(warning),
            Event::Child { report: Report::Filter, .. } => pieces.listeners.append(&mut fds),
            Event::Child { report: Report::Ready { program }, pid, .. } => {
                return finish(helper, pieces, (pid, program));
            }
            Event::Child { report: Report::Upper { .. }, .. } => {}
            Event::Started { .. } | Event::Exited { .. } => {
                return Err(Error::HelperGone { doing: "start the workload", said: helper.said() });
            }
        }
    }
}

fn pair(fds: Vec<OwnedFd>) -> Option<(OwnedFd, OwnedFd)> {
    let [stdout, stderr] = <[OwnedFd; 2]>::try_from(fds).ok()?;
    Some((stdout, stderr))
}

fn serve_fuse(serve: Option<ServeFuse>, device: Option<OwnedFd>, ids: &IdMap) -> Result<(), Error> {
    let (Some(serve), Some(device)) = (serve, device) else {
        return Err(Error::Spec("the FUSE tier needs a FUSE root"));
    };
    serve(device, ids.owners()).map_err(Error::Serve)
}

fn finish(
    helper: HelperProcess,
    pieces: Pieces,
    program: (i32, OsString),
) -> Result<Launched, Error> {
    let Some((stdout, stderr)) = pieces.streams else {
        return Err(Error::HelperGone { doing: "make the streams", said: helper.said() });
    };
    helper.control.set_patience(None).map_err(|error| Failure::new(Step::Conversation, &error))?;
    let Pieces { listeners, warnings, isolated, .. } = pieces;
    Ok(Launched { helper, stdout, stderr, isolated, listeners, program, warnings })
}
