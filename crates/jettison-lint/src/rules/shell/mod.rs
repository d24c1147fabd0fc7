//! What RUN instructions do.

pub(crate) mod cd;
pub(crate) mod codes;
pub(crate) mod pipefail;
pub(crate) mod replace_sh;
pub(crate) mod shellcheck;
pub(crate) mod sorted_packages;
pub(crate) mod sudo;
mod supplement;
pub(crate) mod two_downloaders;
pub(crate) mod useless_command;
pub(crate) mod useradd_log;
pub(crate) mod wget_progress;
pub(crate) mod world_writable;
