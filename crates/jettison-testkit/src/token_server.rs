//! The token server of a registry, written for tests: it signs what is asked for, within what the user may do.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use serde_json::{Value, json};

use crate::{
    certificates::token_parts,
    http_server::{HttpRequest, HttpResponse, HttpServer},
    registry::{PASSWORD, USER},
};

/// The refresh token that the server knows as [`USER`]'s.
pub const REFRESH_TOKEN: &str = "refresh-me-7d1f";

/// What tokens are like.
#[derive(Clone, Debug)]
pub struct TokenPolicy {
    /// How long they are valid.
    pub life: Duration,
    /// Repositories that nobody may read without a password, by the beginning of their name.
    pub private: String,
    /// Repositories that even [`USER`] may not write to.
    pub read_only: String,
}

impl Default for TokenPolicy {
    fn default() -> Self {
        Self {
            life: Duration::from_mins(5),
            private: "private/".to_owned(),
            read_only: "frozen/".to_owned(),
        }
    }
}

/// A running token server.
#[derive(Debug)]
pub struct TokenServer {
    server: HttpServer,
    asked: Arc<Mutex<Vec<String>>>,
}

impl TokenServer {
    /// Starts one.
    ///
    /// # Panics
    ///
    /// When loopback has no port.
    pub fn start(policy: TokenPolicy) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = asked.clone();
        let server = HttpServer::start(move |request| answer(&policy, request, &notes));
        Self { server, asked }
    }

    /// Its address, for the registry's configuration.
    pub fn realm(&self) -> String {
        format!("http://{}/token", self.server.address())
    }

    /// The scopes of each token that was asked for, in order: `anonymous: repository:a:pull`.
    ///
    /// # Panics
    ///
    /// Never: nobody panics while the list is held.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics while it is held").clone()
    }
}

fn answer(policy: &TokenPolicy, request: &HttpRequest, notes: &Mutex<Vec<String>>) -> HttpResponse {
    let is_form = request.method == "POST";
    let text = if is_form {
        String::from_utf8_lossy(&request.body).into_owned()
    } else {
        request.target.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
    };
    let pairs: Vec<(String, String)> =
        url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    let get =
        |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let user = match (request.headers.get("authorization"), get("refresh_token")) {
        (Some(header), _) => {
            let expected = STANDARD.encode(format!("{USER}:{PASSWORD}"));
            if *header != format!("Basic {expected}") {
                let body = r#"{"details":"incorrect username or password"}"#;
                return HttpResponse { status: 401, ..HttpResponse::ok(body) };
            }
            Some(USER)
        }
        (None, Some(token)) if token == REFRESH_TOKEN => Some(USER),
        (None, Some(_)) => return HttpResponse::status(401),
        (None, None) => None,
    };
    let scopes = pairs.iter().filter(|(key, _)| key == "scope");
    let scopes: Vec<&str> = scopes.flat_map(|(_, value)| value.split(' ')).collect();
    let who = user.unwrap_or("anonymous");
    let how = if is_form { " by refresh token" } else { "" };
    let note = format!("{who}{how}: {}", scopes.join(" "));
    notes.lock().expect("nobody panics while it is held").push(note);
    let access: Vec<Value> = scopes.iter().filter_map(|scope| grant(policy, user, scope)).collect();
    let body = json!({
        "access_token": sign(policy, who, &access),
        "expires_in": policy.life.as_secs(),
    });
    HttpResponse::ok(body.to_string())
}

/// What of a scope is allowed.
fn grant(policy: &TokenPolicy, user: Option<&str>, scope: &str) -> Option<Value> {
    let (resource, actions) = scope.rsplit_once(':')?;
    let (kind, name) = resource.split_once(':')?;
    let may = |action: &&str| match *action {
        "pull" => user.is_some() || !name.starts_with(&policy.private),
        _ => user.is_some() && !name.starts_with(&policy.read_only),
    };
    let actions: Vec<&str> = actions.split(',').filter(may).collect();
    Some(json!({"type": kind, "name": name, "actions": actions}))
}

/// A token as docker-registry reads them (RFC 7519), with the certificate that proves its key.
fn sign(policy: &TokenPolicy, subject: &str, access: &[Value]) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let (certificate, key) = token_parts();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let header = json!({"typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(certificate)]});
    let claims = BTreeMap::from([
        ("iss", json!("test-issuer")),
        ("sub", json!(subject)),
        ("aud", json!("test-registry")),
        ("exp", json!(now + policy.life.as_secs())),
        ("nbf", json!(now - 1)),
        ("iat", json!(now)),
        ("jti", json!(COUNT.fetch_add(1, Ordering::Relaxed).to_string())),
        ("access", json!(access)),
    ]);
    let part = |value: String| URL_SAFE_NO_PAD.encode(value);
    let signed = format!("{}.{}", part(header.to_string()), part(json!(claims).to_string()));
    let random = SystemRandom::new();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key, &random)
        .expect("the key is a P-256 key");
    let signature = key.sign(&random, signed.as_bytes()).expect("signing needs random bytes only");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
}
