//! Sandboxes of every tier, over the host's own files.

mod exec;
mod host_fs;
mod network;
mod observe;
mod remains;
mod rig;
mod workload;
