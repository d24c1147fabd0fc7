//! What a caller says of the containers that run beside the image.

use std::collections::BTreeMap;

use jettison_image::HealthCheck;
use jettison_sandbox::Mount;
use jettison_transport::Source;

use crate::process::Overrides;

/// A container that the image needs: its database, its cache, its queue.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// What it is called in messages, and the name by which it is found.
    pub name: String,
    /// Further names by which it is found.
    pub aliases: Vec<String>,
    /// Its image.
    pub source: Source,
    /// How it is run.
    pub setup: Setup,
    /// What is waited for before anything after it is started.
    pub wait: Wait,
}

/// What changes of an image's configuration for a run, and what it is given.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Command, user, working directory.
    pub overrides: Overrides,
    /// Environment; values may be secrets.
    pub env: BTreeMap<String, String>,
    /// Directories and files of this machine.
    pub mounts: Vec<Mount>,
    /// Volumes that it shares with others, by name.
    pub volumes: Vec<NamedVolume>,
    /// Its health check, instead of its image's.
    pub health: Option<HealthCheck>,
    /// Its host name; its first name without one.
    pub hostname: Option<String>,
    /// Further lines of `/etc/hosts`: address and name.
    pub hosts: Vec<(String, String)>,
}

/// A place where a shared volume is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedVolume {
    /// The volume.
    pub name: String,
    /// Absolute path in the container.
    pub target: String,
    /// Whether the container may only read it.
    pub read_only: bool,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wait {
    /// Its health check succeeds if it has one; else it listens, has ended well, or has come to rest. A health check that
    /// fails is an error.
    #[default]
    Ready,
    /// The same, but a failing health check is only worth a warning: nobody depends on it.
    Started,
    /// It has ended with success.
    Completed,
}

/// The containers beside the image, and what the image gets for its runs because of them.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// In the order in which they are started.
    pub neighbours: Vec<Neighbour>,
    /// Names by which the image itself is found.
    pub names: Vec<String>,
    /// What changes for the runs alone: it does not get into the image.
    pub setup: Setup,
    /// What a person should know of them.
    pub warnings: Vec<String>,
}
