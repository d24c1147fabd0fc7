//! Why stored credentials cannot be used.

use std::{io, path::PathBuf};

/// Why stored credentials cannot be used. No variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// A file cannot be read or written. The error names it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file is not what docker or podman write.
    #[error("{}: {problem}; mend it, or log in again with another file (--authfile)", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, without the values.
        problem: String,
    },
    /// A helper program cannot be run, or fails.
    #[error("the credential helper docker-credential-{helper} {problem}")]
    Helper {
        /// Its name behind `docker-credential-`.
        helper: String,
        /// What is wrong, and the way out.
        problem: String,
    },
    /// There is no folder for the file.
    #[error("there is no home directory to keep credentials in; name a file: --authfile FILE")]
    NoPlace,
}
