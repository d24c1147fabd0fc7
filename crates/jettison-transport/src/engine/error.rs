//! Why an engine cannot do something.

use std::{io, path::PathBuf, sync::Arc};

/// Why an engine cannot do something. Each message names the engine's address.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// An address that is none.
    #[error("{address:?} is no address of an engine: {problem}")]
    Address {
        /// What was given.
        address: String,
        /// What is wrong, and the way out.
        problem: String,
    },
    /// A context that `docker context` would not know either.
    #[error("the Docker context {name:?} cannot be used: {problem}")]
    Context {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// Nobody listens.
    #[error("no engine answers at {address}: {source}; is it running?")]
    Unreachable {
        /// Where.
        address: String,
        /// Why not.
        source: io::Error,
    },
    /// The socket is there, and not for this user.
    #[error(
        "{address}: permission denied; join the group that owns the socket (for Docker: usermod -aG docker \
             USER), or use a rootless engine"
    )]
    Permission {
        /// Where.
        address: String,
    },
    /// The connection broke, or what came is no HTTP.
    #[error("{address}: {action}: {source}")]
    Http {
        /// Where.
        address: String,
        /// What was being done: `saving nginx:latest`.
        action: String,
        /// What happened.
        source: Box<ureq::Error>,
    },
    /// A certificate or key cannot be read.
    #[error("{}: {problem}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The engine has no such image.
    #[error("{address}: there is no image {name}")]
    NoSuchImage {
        /// Where.
        address: String,
        /// What was asked for.
        name: String,
    },
    /// The engine refused, in its own words.
    #[error("{address}: {action}: the engine says: {message}")]
    Refused {
        /// Where.
        address: String,
        /// What was being done.
        action: String,
        /// Its words.
        message: String,
    },
    /// The engine said something that is not understood.
    #[error("{address}: {action}: unexpected answer: {problem}")]
    Answer {
        /// Where.
        address: String,
        /// What was being done.
        action: String,
        /// What is wrong.
        problem: String,
    },
    /// What the environment says of it makes no sense.
    #[error(transparent)]
    Unusable(Arc<EngineError>),
    /// What was read or written on this side failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}
