//! Why a registry did not do what was asked, in one line that says the way out.

use std::{io, time::Duration};

use jettison_image::{Digest, DigestError, JsonError};

use crate::{CertificateError, CredentialError, MirrorConfigError};

/// Why a registry did not do what was asked.
///
/// No variant holds a secret: addresses are shown without their query, which may be signed.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// No connection comes about.
    #[error("cannot reach {host}: {problem}; check the name, the network and the proxy settings")]
    Unreachable {
        /// Host and port.
        host: String,
        /// What the system says.
        problem: String,
    },
    /// The connection broke.
    #[error("{host} broke the connection off: {problem}")]
    Broken {
        /// Host and port.
        host: String,
        /// What the system says.
        problem: String,
    },
    /// Nothing came for too long.
    #[error("{host} sent nothing for {} s; try again, or allow more time", stalled.as_secs())]
    Stalled {
        /// Host and port.
        host: String,
        /// How long nothing came.
        stalled: Duration,
    },
    /// The server's certificate does not prove who it is.
    #[error("{host}: {problem}")]
    Certificate {
        /// Host and port.
        host: String,
        /// What is wrong, and the way out.
        problem: CertificateProblem,
    },
    /// TLS fails for another reason.
    #[error("{host}: TLS fails: {problem}")]
    Tls {
        /// Host and port.
        host: String,
        /// What the library says.
        problem: String,
    },
    /// TLS was expected, plain HTTP is spoken.
    #[error(
        "{host} speaks plain HTTP, not HTTPS; if that is meant, allow it: --insecure-registry {host}"
    )]
    SpeaksHttp {
        /// Host and port.
        host: String,
    },
    /// Plain HTTP was expected, TLS is spoken.
    #[error("{host} speaks HTTPS, but was asked in plain HTTP; name it with https://")]
    SpeaksHttps {
        /// Host and port.
        host: String,
    },
    /// A file with certificates cannot be used.
    #[error(transparent)]
    CertificateFile(#[from] CertificateError),
    /// The proxy's address cannot be used.
    #[error("the proxy {proxy:?} is no usable address; expected http://HOST:PORT")]
    Proxy {
        /// Host and port of the proxy, without user and password.
        proxy: String,
    },
    /// Credentials cannot be read.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The configuration of another tool cannot be used.
    #[error(transparent)]
    MirrorConfig(#[from] MirrorConfigError),
    /// The credentials are wrong.
    #[error("{host} refuses the password of {username:?}; log in again: jettison login {host}")]
    WrongPassword {
        /// The registry.
        host: String,
        /// Who one is.
        username: String,
    },
    /// The stored token is not accepted.
    #[error(
        "{host} does not accept the stored token any more; log in again: jettison login {host}"
    )]
    StaleToken {
        /// The registry.
        host: String,
    },
    /// One has to log in.
    #[error(
        "{what}: {host} does not let anonymous users do this, or there is no such repository; \
             log in: jettison login {host}{}",
        said(message)
    )]
    LoginNeeded {
        /// The repository or registry.
        what: String,
        /// The registry.
        host: String,
        /// What the registry says.
        message: String,
    },
    /// One is known but not allowed.
    #[error("{what}: access denied to {who}; ask the owner for {right} rights{}", said(message))]
    Denied {
        /// The repository.
        what: String,
        /// Who one is.
        who: String,
        /// Which rights: `pull`, `push`.
        right: &'static str,
        /// What the registry says.
        message: String,
    },
    /// The token server's answer is not what the protocol says.
    #[error("the token server {realm} of {host} {problem}")]
    TokenServer {
        /// The registry.
        host: String,
        /// Address of the token server.
        realm: String,
        /// What is wrong.
        problem: String,
    },
    /// Too many requests, for longer than one waits.
    #[error(
        "{host} limits how often one may ask, {}; try later, or log in: jettison login {host}{}",
        wait.map_or("for an unknown time".to_owned(), |wait| format!("for another {} s", wait.as_secs())),
        said(message)
    )]
    RateLimited {
        /// The registry.
        host: String,
        /// How long it says to wait.
        wait: Option<Duration>,
        /// What the registry says.
        message: String,
    },
    /// There is no such tag.
    #[error("{repository}: there is no tag {tag:?}{}", similar_tags(similar))]
    UnknownTag {
        /// The repository, with its registry.
        repository: String,
        /// The tag.
        tag: String,
        /// Tags with similar names, the nearest first.
        similar: Vec<String>,
    },
    /// There is no such manifest.
    #[error("{repository}: there is no manifest {digest}; it may have been removed or replaced")]
    UnknownManifest {
        /// The repository, with its registry.
        repository: String,
        /// Its digest.
        digest: Digest,
    },
    /// There is no such repository.
    #[error("{repository}: the registry knows no such repository; check the spelling")]
    UnknownRepository {
        /// The repository, with its registry.
        repository: String,
    },
    /// There is no such blob.
    #[error(
        "{repository}: the registry has lost {digest}, which its manifest names; push the image again"
    )]
    UnknownBlob {
        /// The repository, with its registry.
        repository: String,
        /// Its digest.
        digest: Digest,
    },
    /// The configuration forbids the registry or repository.
    #[error("{repository}: {file} says blocked = true; it may not be used from this machine")]
    Blocked {
        /// The repository, with its registry.
        repository: String,
        /// The configuration.
        file: String,
    },
    /// The bytes that came are not those that were asked for.
    #[error(
        "{host} sent other bytes than asked for: expected {expected}, got {found}; nothing was kept"
    )]
    WrongDigest {
        /// Who sent them.
        host: String,
        /// What was asked for.
        expected: Digest,
        /// What came.
        found: Digest,
    },
    /// More or fewer bytes than the descriptor says.
    #[error(
        "{host} sent {found} bytes of {digest}, its descriptor says {expected}; nothing was kept"
    )]
    WrongLength {
        /// Who sent them.
        host: String,
        /// Of what.
        digest: Digest,
        /// Bytes by the descriptor.
        expected: u64,
        /// Bytes that came or were announced: `more than 5`.
        found: String,
    },
    /// A digest that cannot be computed.
    #[error(transparent)]
    Unverifiable(#[from] DigestError),
    /// The manifest that came is malformed.
    #[error("{reference}: {source}")]
    Document {
        /// The image.
        reference: String,
        /// What is wrong.
        source: JsonError,
    },
    /// An answer that is too long for what it is.
    #[error("{host} sent more than {limit} bytes as {what}; it is not read")]
    TooLarge {
        /// Who sent it.
        host: String,
        /// What it should have been.
        what: &'static str,
        /// The bound in bytes.
        limit: usize,
    },
    /// The image is in a format of the years before 2016.
    #[error(
        "{reference}: the image has the old manifest format \"schema 1\", which no longer exists in current \
             registries; pull and push it with a current engine first"
    )]
    Schema1 {
        /// The image.
        reference: String,
    },
    /// An answer outside the protocol.
    #[error("{host} answered {status} to {method} {path}{}", said(message))]
    Status {
        /// Who answered.
        host: String,
        /// The HTTP status.
        status: u16,
        /// The request's method.
        method: String,
        /// The request's path, without its query.
        path: String,
        /// How long it says to wait.
        wait: Option<Duration>,
        /// What the registry says.
        message: String,
    },
    /// The answer lacks what the protocol demands.
    #[error("{host} breaks the protocol: {problem}")]
    Protocol {
        /// Who answered.
        host: String,
        /// What is wrong.
        problem: String,
    },
    /// The place that the bytes go to, or come from, fails.
    #[error(transparent)]
    Local(#[from] io::Error),
}

impl RegistryError {
    /// Whether the same request may well succeed a little later.
    pub(crate) const fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Broken { .. }
            | Self::Stalled { .. }
            | Self::RateLimited { .. } => true,
            Self::Status { status, .. } => matches!(status, 408 | 425 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// The error inside of one that reading a blob gave.
    pub fn from_read(error: io::Error) -> Self {
        match error.downcast() {
            Ok(error) => error,
            Err(error) => Self::Local(error),
        }
    }

    /// How long the registry wants us to wait.
    pub(crate) const fn wait(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { wait, .. } | Self::Status { wait, .. } => *wait,
            _ => None,
        }
    }

    /// Whether it is this machine's fault, so that asking another registry would not help.
    pub(crate) const fn is_local(&self) -> bool {
        matches!(
            self,
            Self::Local(_)
                | Self::Blocked { .. }
                | Self::CertificateFile(_)
                | Self::Credential(_)
                | Self::MirrorConfig(_)
                | Self::Unverifiable(_)
        )
    }
}

/// What is wrong with a server's certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateProblem {
    /// It is too old.
    #[error(
        "its certificate has expired{}; the registry's operator has to renew it (is this machine's clock right?)",
        days.map_or(String::new(), |days| format!(" {days} days ago"))
    )]
    Expired {
        /// For how long, if that is known.
        days: Option<u64>,
    },
    /// It is not valid yet.
    #[error("its certificate is not valid yet; is this machine's clock right?")]
    NotYetValid,
    /// Nobody known has signed it.
    #[error(
        "its certificate is signed by nobody this machine trusts; give the CA: --tls-ca FILE, or put it into \
             /etc/docker/certs.d/HOST/ca.crt"
    )]
    UnknownIssuer,
    /// It is another server's.
    #[error("its certificate is for other names; use the name that stands in it, or renew it")]
    WrongName,
    /// It was revoked.
    #[error("its certificate was revoked; the registry's operator has to renew it")]
    Revoked,
    /// It asks for a certificate of ours.
    #[error(
        "it wants a client certificate; put client.cert and client.key into /etc/docker/certs.d/HOST/"
    )]
    ClientCertificate,
    /// Something else.
    #[error("its certificate cannot be used: {0}")]
    Other(String),
}

/// `; it says: ...`, or nothing.
fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!("; it says: {message}") }
}

fn similar_tags(similar: &[String]) -> String {
    if similar.is_empty() {
        return "; list them: jettison tags REPOSITORY".to_owned();
    }
    format!("; there is: {}", similar.join(", "))
}
