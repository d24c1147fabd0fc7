//! Sandboxes of every tier, over the host's own files.

mod copied_root;
mod copies;
mod doctor;
mod exec;
mod host_fs;
mod hostile;
mod network;
mod observe;
mod pod;
mod remains;
mod rig;
mod rootless;
mod workload;
