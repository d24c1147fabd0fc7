//! One file a command: `Args` (its doc is the help), one library call, rendering.

pub(crate) mod copy;
pub(crate) mod diff;

pub(crate) mod analyze;
pub(crate) mod completion;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod explore;
pub(crate) mod gc;
pub(crate) mod images;
pub(crate) mod import;
pub(crate) mod inspect;
pub(crate) mod lint;
pub(crate) mod load;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod lsp;
pub(crate) mod pin;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod restore;
pub(crate) mod rm;
pub(crate) mod save;
pub(crate) mod slim;
pub(crate) mod squash;
pub(crate) mod store;
pub(crate) mod tag;
pub(crate) mod tags;
pub(crate) mod why;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use jettison_sandbox::Helper;

/// The hidden first argument by which jettison starts itself as the agent of a sandbox.
const AGENT: &str = "sandbox-agent";
/// The hidden first argument by which it starts itself to remove an unpacked copy when it is killed.
const SWEEPER: &str = "sandbox-sweeper";

/// How a sandbox starts its agent: this very program.
pub(crate) fn sandbox_helper() -> Helper {
    itself(AGENT)
}

/// How the remover of an unpacked copy is started.
pub(crate) fn sweeper() -> Helper {
    itself(SWEEPER)
}

fn itself(argument: &str) -> Helper {
    Helper { program: PathBuf::from("/proc/self/exe"), args: vec![OsString::from(argument)] }
}

/// Does the hidden job that this process was started for, if it was.
pub(crate) fn hidden_job() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let job = arguments.next()?;
    if job == AGENT {
        return Some(jettison_sandbox::init_main());
    }
    if job == SWEEPER {
        jettison_slim::sweep(&PathBuf::from(arguments.next()?));
        return Some(ExitCode::SUCCESS);
    }
    None
}
