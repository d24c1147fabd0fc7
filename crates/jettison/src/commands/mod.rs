//! One file a command: `Args` (its doc is the help), one library call, rendering.

pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod lint;
pub(crate) mod slim;
pub(crate) mod why;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use jettison_sandbox::Helper;

/// The hidden first argument by which jettison starts itself as the agent of a sandbox.
const AGENT: &str = "sandbox-agent";

/// How a sandbox starts its agent: this very program.
pub(crate) fn sandbox_helper() -> Helper {
    Helper { program: PathBuf::from("/proc/self/exe"), args: vec![OsString::from(AGENT)] }
}

/// Runs as the agent of a sandbox if this process was started as one.
pub(crate) fn sandbox_agent() -> Option<ExitCode> {
    let is_agent = std::env::args_os().nth(1).is_some_and(|argument| argument == AGENT);
    is_agent.then(jettison_sandbox::init_main)
}
