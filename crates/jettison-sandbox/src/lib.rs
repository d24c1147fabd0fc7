//! Runs processes in namespaces over a mounted root.
//!
//! It knows no images: the caller brings a root ([`Root`]: a FUSE server or a directory) and says what to run in it
//! ([`Spec`]); a [`Sandbox`] then hands out sockets into its network, sees system calls, logs, processes and what was
//! written, and leaves nothing behind.
//!
//! Three processes take part. The *handle* ([`Sandbox`]) is in the calling, multi-threaded program and never forks. The
//! *agent* ([`init_main`]) is a helper program with a single thread: it makes the namespaces and forks. The *workload* is
//! the first process of the pid namespace, so its end is the end of everything in it. When the handle's process dies,
//! the agent reads end-of-file and kills the workload.
//!
//! All unsafe code of the project is in `sys`.

#![deny(unsafe_code)]

mod access;
mod agent;
mod caller;
mod conversation;
mod exec;
mod failure;
mod handle;
mod host;
mod idmap;
mod launch;
mod listener;
mod logs;
mod process;
mod protocol;
mod rooted;
mod spec;
mod supervisor;
mod sys;
mod watch;
mod wire;
mod written;

pub use access::{AccessClass, PathAccess};
pub use agent::init_main;
pub use exec::{Exec, ExecOutput};
pub use failure::{Error, ExecFailure, Failure, Step};
pub use handle::{ListenEvent, Sandbox};
pub use host::{HostReport, TierReport};
pub use idmap::{Extent, IdMap, MAPPED_IDS};
pub use listener::Listener;
pub use logs::{LogSink, Logs, Stream};
pub use process::Process;
pub use protocol::ExitStatus;
pub use rooted::kill_rooted_below;
pub use spec::{
    ExecSpec, Helper, Mount, Owners, Root, ServeFuse, Spec, SyscallWatch, Tier, UserIds,
};
pub use watch::hot_syscalls;
pub use written::{Written, WrittenKind};
