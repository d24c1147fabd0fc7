//! A client for tests, and images to move.

use std::{
    io::Read,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use jettison_image::{Descriptor, Reference, media_type};
use jettison_registry::{
    Client, ClientOptions, Credential, FixedCredential, Pause, RegistryError, Repository,
};
use jettison_testkit::{PASSWORD, USER};

/// A clock whose waits take no time, and are written down.
#[derive(Debug, Default)]
pub(crate) struct Still(Mutex<Vec<Duration>>);

impl Still {
    pub(crate) fn waits(&self) -> Vec<Duration> {
        self.0.lock().expect("no panic").clone()
    }
}

impl Pause for Still {
    fn now(&self) -> SystemTime {
        let slept: Duration = self.waits().iter().sum();
        SystemTime::now() + slept
    }

    fn sleep(&self, time: Duration) {
        self.0.lock().expect("no panic").push(time);
    }

    fn jitter(&self) -> f64 {
        1.0
    }
}

/// Options with a clock that does not wait.
pub(crate) fn options() -> (ClientOptions, Arc<Still>) {
    let still = Arc::new(Still::default());
    (ClientOptions { pause: still.clone(), ..ClientOptions::default() }, still)
}

/// A client with the test user's password for one registry.
pub(crate) fn logged_in(domain: &str, password: &str) -> Client {
    let credential = Credential::basic(USER, password);
    let credentials = Arc::new(FixedCredential { domain: domain.to_owned(), credential });
    Client::new(ClientOptions { credentials, ..options().0 })
}

pub(crate) fn alice(domain: &str) -> Client {
    logged_in(domain, PASSWORD)
}

pub(crate) fn repository(client: &Client, domain: &str, path: &str) -> Repository {
    let reference: Reference = format!("{domain}/{path}").parse().expect("a valid name");
    client.repository(&reference).expect("a usable name")
}

/// Bytes without a pattern, the same each time.
pub(crate) fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

pub(crate) fn layer(bytes: &[u8]) -> Descriptor {
    Descriptor::of(media_type::OCI_LAYER, bytes)
}

pub(crate) fn fetch(repository: &Repository, blob: &Descriptor) -> Result<Vec<u8>, RegistryError> {
    let mut bytes = Vec::new();
    repository.blob(blob, 0).read_to_end(&mut bytes).map_err(RegistryError::from_read)?;
    Ok(bytes)
}
