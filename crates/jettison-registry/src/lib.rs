//! A client of container registries: the OCI Distribution Spec 1.1, and Docker Hub's habits.
//!
//! Blocking, one thread a transfer: a [`Client`] is shared by threads, a [`Repository`] moves manifests and blobs. Every byte
//! is verified before it is called fetched; transfers resume where they were cut; secrets are in [`Secret`] and leave it only
//! for the wire. Nothing here reads the environment or prints.

#![forbid(unsafe_code)]

mod auth_file;
mod authenticator;
mod challenge;
mod client;
mod credential;
mod credential_error;
mod credential_helper;
mod download;
mod endpoint;
mod error;
mod fault;
mod insecure;
mod mirrors;
mod network;
mod pause;
mod payload;
mod proxy;
mod referrers;
mod repository;
mod retry;
mod scope;
mod secret;
mod server_key;
mod session;
mod similar;
mod stored_credentials;
mod tags;
mod tls;
mod tls_stream;
mod token;
mod upload;
mod verifier;
mod wire;

pub use client::{Client, ClientOptions, Login, Notice, NoticeFn};
pub use credential::{Anonymous, Credential, CredentialSource, FixedCredential};
pub use credential_error::CredentialError;
pub use download::BlobReader;
pub use error::{CertificateProblem, RegistryError};
pub use insecure::InsecureHosts;
pub use mirrors::{MirrorArgument, MirrorArgumentError, MirrorConfigError, MirrorFiles, Mirrors};
pub use pause::{Pause, SystemPause};
pub use payload::BlobContent;
pub use proxy::ProxyOptions;
pub use repository::{FetchedManifest, ManifestName, Repository};
pub use retry::RetryPolicy;
pub use secret::Secret;
pub use stored_credentials::{
    CredentialPlace, StoredCredentials, erase_credential, store_credential,
};
pub use tls::{CertificateError, SYSTEM_CA_FILES, TlsOptions};
pub use upload::Pushed;
pub use wire::Timeouts;
