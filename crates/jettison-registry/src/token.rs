//! Access tokens: asked for at a token server (distribution's token and OAuth2 specifications).

use std::time::{Duration, SystemTime};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use ureq::http::{Method, StatusCode};
use url::Url;

use crate::{
    Credential, RegistryError, Secret, fault,
    network::{HostSettings, Network, shown_url},
    scope::Scopes,
    wire::{Outgoing, Payload, Reply},
};

/// Where tokens are given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenServer {
    pub(crate) realm: Url,
    pub(crate) service: Option<String>,
}

/// A token that was given out.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) secret: Secret,
    /// From then on another one is asked for.
    pub(crate) renew_at: SystemTime,
}

/// Who asks, for which rights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenRequest<'a> {
    /// The registry, for messages.
    pub(crate) domain: &'a str,
    pub(crate) scopes: &'a Scopes,
    pub(crate) credential: Option<&'a Credential>,
}

#[derive(Deserialize)]
struct TokenBody {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
    /// Seconds.
    #[serde(default)]
    expires_in: Option<u64>,
}

/// The life of a token whose server does not say (token specification: 60 s).
const DEFAULT_LIFE: u64 = 60;

/// Tokens are signed claims of some kilobytes.
const MAX_ANSWER: usize = 1 << 20;

/// Names this program to token servers.
const CLIENT_ID: &str = "jettison";

impl TokenServer {
    /// Asks for a token.
    pub(crate) fn fetch(
        &self,
        network: &Network,
        request: TokenRequest<'_>,
    ) -> Result<Token, RegistryError> {
        let settings = HostSettings::default();
        if request.credential.is_some() && !network.may_hold_secrets(&self.realm, &settings) {
            let problem = "wants the password over plain HTTP; it is not sent".to_owned();
            return Err(self.broken(request.domain, problem));
        }
        let wire = network.wire(&self.realm, &settings)?;
        let mut attempts = network.attempts();
        loop {
            let asked_at = network.pause.now();
            let result = match request.credential {
                Some(Credential::IdentityToken(token)) => {
                    let form = self.form(request.scopes, token);
                    let content_type = "application/x-www-form-urlencoded".to_owned();
                    wire.send(&Outgoing {
                        method: Method::POST,
                        url: &self.realm,
                        headers: vec![("content-type", content_type)],
                        more_headers: &[],
                        payload: Payload::Bytes(form.as_bytes()),
                        patience: None,
                    })
                }
                credential => wire.send(&Outgoing {
                    method: Method::GET,
                    url: &self.query(request.scopes, credential),
                    headers: basic(credential)
                        .map(|header| ("authorization", header.expose().to_owned()))
                        .into_iter()
                        .collect(),
                    more_headers: &[],
                    payload: Payload::None,
                    patience: None,
                }),
            };
            let reply = match result.and_then(|reply| self.check(network, request, reply)) {
                Ok(reply) => reply,
                Err(error) => {
                    attempts.again(error)?;
                    continue;
                }
            };
            return self.read(request.domain, asked_at, reply);
        }
    }

    /// The address for a name and password, or for nobody.
    fn query(&self, scopes: &Scopes, credential: Option<&Credential>) -> Url {
        let mut url = self.realm.clone();
        {
            let mut query = url.query_pairs_mut();
            if let Some(service) = &self.service {
                query.append_pair("service", service);
            }
            for scope in scopes.texts() {
                query.append_pair("scope", &scope);
            }
            if let Some(username) = credential.and_then(Credential::username) {
                query.append_pair("account", username);
            }
            query.append_pair("client_id", CLIENT_ID);
        }
        url
    }

    /// The form for a refresh token.
    fn form(&self, scopes: &Scopes, token: &Secret) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "refresh_token");
        form.append_pair("service", self.service.as_deref().unwrap_or_default());
        form.append_pair("client_id", CLIENT_ID);
        form.append_pair("scope", &scopes.to_string());
        form.append_pair("refresh_token", token.expose());
        form.finish()
    }

    fn check(
        &self,
        network: &Network,
        request: TokenRequest<'_>,
        reply: Reply,
    ) -> Result<Reply, RegistryError> {
        let host = request.domain.to_owned();
        let status = reply.status();
        if status.is_success() {
            return Ok(reply);
        }
        let wait = reply
            .header("retry-after")
            .and_then(|value| crate::retry::retry_after(value, network.pause.now()));
        let message = reply.into_message();
        Err(match (status, request.credential) {
            (StatusCode::TOO_MANY_REQUESTS, _) => {
                RegistryError::RateLimited { host, wait, message }
            }
            (
                StatusCode::UNAUTHORIZED | StatusCode::BAD_REQUEST,
                Some(Credential::IdentityToken(_)),
            ) => RegistryError::StaleToken { host },
            (StatusCode::UNAUTHORIZED, Some(Credential::Basic { username, .. })) => {
                RegistryError::WrongPassword { host, username: username.clone() }
            }
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
                RegistryError::LoginNeeded { what: request.scopes.to_string(), host, message }
            }
            (status, _) => RegistryError::Status {
                host: shown_url(&self.realm),
                status: status.as_u16(),
                method: "the request for a token".to_owned(),
                path: format!("of {host}"),
                wait,
                message,
            },
        })
    }

    fn read(
        &self,
        domain: &str,
        asked_at: SystemTime,
        reply: Reply,
    ) -> Result<Token, RegistryError> {
        let bytes = reply.into_bytes("a token", MAX_ANSWER)?;
        // The parser's message could quote the token.
        let body: TokenBody = serde_json::from_slice(&bytes).map_err(|_unsaid| {
            self.broken(domain, "answered with something else than JSON".to_owned())
        })?;
        let secret = body.token.or(body.access_token).filter(|token| !token.is_empty());
        let Some(secret) = secret.filter(|token| token.bytes().all(|b| b.is_ascii_graphic()))
        else {
            return Err(self.broken(domain, "answered without a usable token".to_owned()));
        };
        let life = body.expires_in.unwrap_or(DEFAULT_LIFE);
        // A tenth earlier, so that it does not run out on the way.
        let renew_at = asked_at + Duration::from_secs(life.min(1 << 31)).mul_f64(0.9);
        Ok(Token { secret: Secret::new(secret), renew_at })
    }

    fn broken(&self, domain: &str, problem: String) -> RegistryError {
        let realm = fault::shown(&shown_url(&self.realm));
        RegistryError::TokenServer { host: domain.to_owned(), realm, problem }
    }
}

/// The value of `Authorization` for a name and password (RFC 7617).
pub(crate) fn basic(credential: Option<&Credential>) -> Option<Secret> {
    let Some(Credential::Basic { username, password }) = credential else { return None };
    let pair = STANDARD.encode(format!("{username}:{}", password.expose()));
    Some(Secret::new(format!("Basic {pair}")))
}
