//! The places around: what the caller found, for names that do not say where they are.

use std::fmt;

use jettison_registry::Client;

use crate::{copy::CopyProgressFn, engine::Engine, store::Store};

/// Where images may be. What is absent cannot be used, and an image that needs it is an error.
#[derive(Clone, Default)]
pub struct Places {
    /// The local store.
    pub store: Option<Store>,
    /// Docker, or what answers in its place.
    pub docker: Option<Engine>,
    /// podman.
    pub podman: Option<Engine>,
    /// Registries, by a client that knows its credentials and mirrors.
    pub registries: Option<Client>,
    /// Is told of images that are fetched to be opened.
    pub progress: Option<CopyProgressFn>,
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, docker, podman, registries, progress } = self;
        f.debug_struct("Places")
            .field("store", store)
            .field("docker", docker)
            .field("podman", podman)
            .field("registries", &registries.is_some())
            .field("progress", &progress.is_some())
            .finish()
    }
}
