//! Who one is to a registry, and where that is known from.

use std::fmt::Debug;

use crate::{CredentialError, Secret};

/// What one shows to a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A name and a password (or an access token that stands for one).
    Basic {
        /// The name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// A refresh token, which the token server changes for access tokens (OAuth2).
    IdentityToken(Secret),
    /// A bearer token for the registry itself.
    RegistryToken(Secret),
}

impl Credential {
    /// Name and password.
    pub fn basic(username: impl Into<String>, password: impl Into<Box<str>>) -> Self {
        Self::Basic { username: username.into(), password: Secret::new(password) }
    }

    /// The name, if there is one.
    pub fn username(&self) -> Option<&str> {
        match self {
            Self::Basic { username, .. } => Some(username),
            Self::IdentityToken(_) | Self::RegistryToken(_) => None,
        }
    }
}

/// Knows credentials.
pub trait CredentialSource: Debug + Send + Sync {
    /// The credential for a repository of a registry: `docker.io`, `library/nginx`.
    fn find(&self, domain: &str, repository: &str) -> Result<Option<Credential>, CredentialError>;
}

/// Knows none: everything is read anonymously.
#[derive(Debug, Clone, Copy, Default)]
pub struct Anonymous;

impl CredentialSource for Anonymous {
    fn find(&self, _: &str, _: &str) -> Result<Option<Credential>, CredentialError> {
        Ok(None)
    }
}

/// Knows one for a registry, whatever the repository: what a person just typed.
#[derive(Debug, Clone)]
pub struct FixedCredential {
    /// The registry: `docker.io`, `localhost:5000`.
    pub domain: String,
    /// The credential.
    pub credential: Credential,
}

impl CredentialSource for FixedCredential {
    fn find(&self, domain: &str, _: &str) -> Result<Option<Credential>, CredentialError> {
        Ok((domain == self.domain).then(|| self.credential.clone()))
    }
}
