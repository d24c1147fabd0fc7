//! From a forked process to the workload's program: streams, rights, filter, exec.

use std::{
    convert::Infallible,
    ffi::{CString, OsString},
    io,
    os::fd::{AsFd, OwnedFd},
    path::Path,
};

use rustix::{
    fs::{FileType, Mode},
    process::Signal,
    thread::{Gid, Uid},
};

use super::{At, capability, program};
use crate::{
    failure::{ExecFailure, Failure, Step},
    idmap::IdMap,
    protocol::{Plan, Report},
    spec::{Owners, Tier, UserIds},
    sys, watch,
    wire::Channel,
};

/// What a child is to become.
#[derive(Debug)]
pub(super) struct Launch<'a> {
    pub(super) argv: &'a [OsString],
    pub(super) env: &'a [OsString],
    pub(super) cwd: &'a Path,
    pub(super) user: &'a UserIds,
    /// Standard input, output and error.
    pub(super) streams: [OwnedFd; 3],
    /// To the agent: reports up, one byte down as the permission to go.
    pub(super) report: &'a Channel,
}

/// Why a child did not become its program.
#[derive(Debug)]
pub(super) enum Obstacle {
    Setup(Failure),
    Exec(ExecFailure),
}

impl From<Failure> for Obstacle {
    fn from(failure: Failure) -> Self {
        Self::Setup(failure)
    }
}

/// Ends the child, telling the agent why.
pub(super) fn give_up(report: &Channel, obstacle: Obstacle) -> ! {
    let (message, status) = match obstacle {
        Obstacle::Setup(failure) => (Report::Failed(failure), 125),
        Obstacle::Exec(failure) => {
            let status = i32::from(failure.docker_status());
            (Report::ExecFailed(failure), status)
        }
    };
    let status = if report.send(&message, &[]).is_ok() { status } else { 125 };
    sys::process::exit_now(status)
}

/// Becomes the program; returns only when that is impossible.
pub(super) fn become_program(plan: &Plan, launch: Launch<'_>) -> Result<Infallible, Obstacle> {
    let Launch { argv, env, cwd, user, streams, report } = launch;
    rustix::process::setsid().step(Step::Process)?;
    sys::process::reset_signals();
    rustix::process::umask(Mode::from_raw_mode(0o022));
    let user = effective_user(&plan.ids, user);
    connect_streams(streams, &user)?;
    set_user(plan, &user)?;
    // The last owner of the agent's death wish: a change of user clears it.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).step(Step::Process)?;
    rustix::process::chdir(cwd)
        .map_err(|error| Failure::at(Step::WorkingDirectory, cwd, &error.into()))?;
    let name = argv.first().map(OsString::as_os_str).unwrap_or_default();
    let found = program::find(name, env).map_err(Obstacle::Exec)?;
    let program = program::c_string(&found);
    let arguments: Vec<CString> = argv.iter().map(|text| program::c_string(text)).collect();
    let environment: Vec<CString> = env.iter().map(|text| program::c_string(text)).collect();
    install_filter(plan, report)?;
    let absolute = cwd.join(&found).into_os_string();
    report.send(&Report::Ready { program: absolute }, &[]).step(Step::Conversation)?;
    wait_for_go(report)?;
    let error = sys::process::exec(&program, &arguments, &environment);
    Err(Obstacle::Exec(ExecFailure {
        program: found,
        errno: error.raw_os_error().unwrap_or(libc::EIO),
        searched_path: false,
    }))
}

/// Where only one id exists everybody is that one.
fn effective_user(ids: &IdMap, user: &UserIds) -> UserIds {
    match ids {
        IdMap::Single { user, group } => {
            UserIds { uid: user.inner, gid: group.inner, groups: Vec::new() }
        }
        _ => user.clone(),
    }
}

/// Makes the pipes the standard streams. They belong to the user, who may open them again as `/dev/stdout`.
fn connect_streams(streams: [OwnedFd; 3], user: &UserIds) -> Result<(), Failure> {
    for stream in &streams {
        // `/dev/null` is the host's: root without namespaces would give it away.
        let is_pipe = rustix::fs::fstat(stream)
            .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo);
        if !is_pipe {
            continue;
        }
        let owner = Some(Uid::from_raw(user.uid));
        let group = Some(Gid::from_raw(user.gid));
        match rustix::fs::fchown(stream.as_fd(), owner, group) {
            Ok(()) | Err(rustix::io::Errno::PERM | rustix::io::Errno::INVAL) => {}
            Err(error) => return Err(Failure::new(Step::SetUser, &error.into())),
        }
    }
    let [stdin, stdout, stderr] = streams;
    rustix::stdio::dup2_stdin(stdin).step(Step::Process)?;
    rustix::stdio::dup2_stdout(stdout).step(Step::Process)?;
    rustix::stdio::dup2_stderr(stderr).step(Step::Process)
}

fn set_user(plan: &Plan, user: &UserIds) -> Result<(), Failure> {
    match capability::limit_bounding_set(&plan.ids) {
        // A container may lack CAP_SETPCAP; what it lacks the workload will not have either.
        Err(_) if plan.spec.tier == Tier::Chroot => {}
        other => other?,
    }
    if !matches!(plan.ids, IdMap::Single { .. }) {
        let groups: Vec<Gid> = user.groups.iter().map(|group| Gid::from_raw(*group)).collect();
        rustix::thread::set_thread_groups(&groups).step(Step::SetUser)?;
        let gid = Gid::from_raw(user.gid);
        rustix::thread::set_thread_res_gid(gid, gid, gid).step(Step::SetUser)?;
        let uid = Uid::from_raw(user.uid);
        rustix::thread::set_thread_res_uid(uid, uid, uid).step(Step::SetUser)?;
    }
    capability::limit_until_exec(&plan.ids, user.uid)
}

fn install_filter(plan: &Plan, report: &Channel) -> Result<(), Failure> {
    let is_squashed = matches!(plan.ids.owners(), Owners::Squashed { .. });
    let Some(filter) = watch::filter(plan.spec.syscalls, is_squashed) else { return Ok(()) };
    let listener = match filter.install() {
        Err(error) if error.raw_os_error() == Some(libc::EACCES) => {
            // No CAP_SYS_ADMIN (tier 3): the price is that setuid programs have no effect.
            rustix::thread::set_no_new_privs(true).step(Step::Filter)?;
            filter.install()
        }
        other => other,
    }
    .step(Step::Filter)?;
    if let Some(listener) = listener {
        report.send(&Report::Filter, &[listener.as_fd()]).step(Step::Conversation)?;
    }
    Ok(())
}

fn wait_for_go(report: &Channel) -> Result<(), Failure> {
    let mut byte = [0];
    match rustix::io::retry_on_intr(|| rustix::io::read(report, &mut byte)) {
        Ok(1) => Ok(()),
        // The agent is gone, and so is the sandbox.
        Ok(_) => Err(Failure::new(Step::Conversation, &io::ErrorKind::UnexpectedEof.into())),
        Err(error) => Err(Failure::new(Step::Conversation, &error.into())),
    }
}
