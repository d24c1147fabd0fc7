//! A container engine over its HTTP API: Docker's, and podman's, which speaks the same.
//!
//! Images are streamed both ways: what comes out of `/images/get` is taken apart while it arrives, what
//! goes into `/images/load` is made while it is sent. Nothing here reads the environment; where the engine
//! listens is found by [`Endpoint::find`] from what the caller read there.

mod client;
mod connection;
mod endpoint;
mod error;
mod export;
mod images;
mod load;

pub use client::Engine;
pub use endpoint::{Endpoint, EngineEnvironment, EngineKind};
pub use error::EngineError;
pub use images::{EngineImage, EngineVersion};
pub(crate) use load::EngineDestination;
