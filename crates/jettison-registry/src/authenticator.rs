//! Who we are to one registry: learned from its challenges, remembered for the next request.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use url::Url;

use crate::{
    Credential, CredentialSource, RegistryError, Secret,
    challenge::Challenge,
    network::Network,
    scope::Scopes,
    token::{Token, TokenRequest, TokenServer, basic},
};

/// What a request needs to be allowed.
#[derive(Debug, Clone)]
pub(crate) struct Need<'a> {
    /// The repository whose credential is shown.
    pub(crate) repository: &'a str,
    pub(crate) scopes: &'a Scopes,
}

/// Authenticates to one registry.
#[derive(Debug)]
pub(crate) struct Authenticator {
    domain: String,
    credentials: Arc<dyn CredentialSource>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    scheme: Scheme,
    /// By repository: a helper program may have to be run for each.
    credentials: HashMap<String, Option<Credential>>,
    tokens: HashMap<Scopes, Token>,
}

/// How the registry wants it.
#[derive(Debug, Clone, Default)]
enum Scheme {
    /// It has not asked yet.
    #[default]
    Unknown,
    Basic,
    Bearer(TokenServer),
}

impl Authenticator {
    pub(crate) fn new(domain: &str, credentials: Arc<dyn CredentialSource>) -> Self {
        Self { domain: domain.to_owned(), credentials, state: Mutex::default() }
    }

    /// The value of `Authorization` to send without being asked, from what is known by now.
    pub(crate) fn header(
        &self,
        network: &Network,
        need: &Need<'_>,
    ) -> Result<Option<Secret>, RegistryError> {
        let mut state = self.lock();
        let scheme = state.scheme.clone();
        match scheme {
            Scheme::Unknown => Ok(None),
            Scheme::Basic => Ok(basic(self.credential(&mut state, need.repository)?.as_ref())),
            Scheme::Bearer(server) => {
                self.token(&mut state, network, &server, need).map(|token| Some(bearer(&token)))
            }
        }
    }

    /// The value of `Authorization` that answers a 401. `sent` is what was refused.
    pub(crate) fn answer(
        &self,
        network: &Network,
        need: &Need<'_>,
        challenge: Challenge,
        sent: Option<&Secret>,
    ) -> Result<Option<Secret>, RegistryError> {
        let mut state = self.lock();
        match challenge {
            Challenge::Basic => {
                state.scheme = Scheme::Basic;
                let credential = self.credential(&mut state, need.repository)?;
                Ok(basic(credential.as_ref()).filter(|header| Some(header) != sent))
            }
            Challenge::Bearer { realm, service, scope } => {
                let server = self.server(&realm, service)?;
                state.scheme = Scheme::Bearer(server.clone());
                // Several threads run into the same end of a token: the first one asks for a new one.
                state.tokens.retain(|_, token| Some(&bearer(token)) != sent);
                let mut scopes = need.scopes.clone();
                scopes.add_text(scope.as_deref().unwrap_or_default());
                let need = Need { scopes: &scopes, ..need.clone() };
                self.token(&mut state, network, &server, &need).map(|token| Some(bearer(&token)))
            }
        }
    }

    /// Who one is to the registry, for messages.
    pub(crate) fn credential_of(
        &self,
        repository: &str,
    ) -> Result<Option<Credential>, RegistryError> {
        self.credential(&mut self.lock(), repository)
    }

    /// Whether the registry ever asked who one is.
    pub(crate) fn was_asked(&self) -> bool {
        !matches!(self.lock().scheme, Scheme::Unknown)
    }

    /// Whether the registry wants name and password with each request.
    pub(crate) fn is_basic(&self) -> bool {
        matches!(self.lock().scheme, Scheme::Basic)
    }

    fn token(
        &self,
        state: &mut State,
        network: &Network,
        server: &TokenServer,
        need: &Need<'_>,
    ) -> Result<Token, RegistryError> {
        let credential = self.credential(state, need.repository)?;
        if let Some(Credential::RegistryToken(secret)) = credential {
            let renew_at = network.pause.now();
            return Ok(Token { secret, renew_at });
        }
        let now = network.pause.now();
        state.tokens.retain(|_, token| now < token.renew_at);
        let known = state.tokens.get(need.scopes).or_else(|| {
            // Any will do that allows more; the choice does not show.
            let mut wider: Vec<_> =
                state.tokens.iter().filter(|(scopes, _)| scopes.covers(need.scopes)).collect();
            wider.sort_by_key(|(scopes, _)| *scopes);
            wider.first().map(|(_, token)| *token)
        });
        if let Some(token) = known {
            return Ok(token.clone());
        }
        let request = TokenRequest {
            domain: &self.domain,
            scopes: need.scopes,
            credential: credential.as_ref(),
        };
        let token = server.fetch(network, request)?;
        state.tokens.insert(need.scopes.clone(), token.clone());
        Ok(token)
    }

    fn credential(
        &self,
        state: &mut State,
        repository: &str,
    ) -> Result<Option<Credential>, RegistryError> {
        if let Some(known) = state.credentials.get(repository) {
            return Ok(known.clone());
        }
        let found = self.credentials.find(&self.domain, repository)?;
        state.credentials.insert(repository.to_owned(), found.clone());
        Ok(found)
    }

    fn server(&self, realm: &str, service: Option<String>) -> Result<TokenServer, RegistryError> {
        match Url::parse(realm) {
            Ok(realm) if matches!(realm.scheme(), "http" | "https") && realm.has_host() => {
                Ok(TokenServer { realm, service })
            }
            _ => Err(RegistryError::Protocol {
                host: self.domain.clone(),
                problem: "it names no usable token server".to_owned(),
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bearer(token: &Token) -> Secret {
    Secret::new(format!("Bearer {}", token.secret.expose()))
}
