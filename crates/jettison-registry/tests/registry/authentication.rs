//! Who one is, and what one may.

use std::{sync::Arc, time::Duration};

use jettison_registry::{
    Client, ClientOptions, Credential, FixedCredential, ManifestName, Pushed, RegistryError, Secret,
};
use jettison_testkit::{
    PASSWORD, REFRESH_TOKEN, Registry, RegistryAuth, RegistryOptions, TokenPolicy, TokenServer,
    USER,
};

use crate::fixture::{alice, fetch, layer, logged_in, noise, options, repository};

fn with_password() -> Registry {
    Registry::start(&RegistryOptions { auth: RegistryAuth::Password, ..RegistryOptions::default() })
}

fn with_tokens(policy: TokenPolicy) -> (Registry, TokenServer) {
    let tokens = TokenServer::start(policy);
    let auth = RegistryAuth::Token { realm: tokens.realm() };
    (Registry::start(&RegistryOptions { auth, ..RegistryOptions::default() }), tokens)
}

/// The shown forms of an error hold neither password nor token.
fn assert_no_secret(error: &RegistryError) {
    let shown = format!("{error} {error:?} {error:#?}");
    for secret in [PASSWORD, "wrong password", REFRESH_TOKEN, "Basic ", "Bearer ey"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn privileged_name_and_password() {
    let registry = with_password();
    let domain = registry.domain();
    let bytes = noise(5000, 1);
    let blob = layer(&bytes);
    let mine = repository(&alice(&domain), &domain, "a");
    assert_eq!(mine.push_blob(&blob, &mut &bytes, &[]).expect("pushed"), Pushed::Uploaded);
    assert_eq!(fetch(&mine, &blob).expect("fetched"), bytes);

    let theirs = repository(&Client::new(options().0), &domain, "a");
    let error = theirs.manifest(ManifestName::Tag("x")).expect_err("nobody is nobody");
    assert!(matches!(error, RegistryError::LoginNeeded { .. }), "{error}");
    assert!(error.to_string().contains(&format!("jettison login {domain}")), "{error}");

    let wrong = repository(&logged_in(&domain, "wrong password"), &domain, "a");
    let error = wrong.manifest(ManifestName::Tag("x")).expect_err("not her password");
    assert!(matches!(error, RegistryError::WrongPassword { .. }), "{error}");
    assert!(error.to_string().contains(USER), "{error}");
    assert_no_secret(&error);
}

#[test]
fn privileged_tokens_are_asked_for_by_need() {
    let (registry, tokens) = with_tokens(TokenPolicy::default());
    let domain = registry.domain();
    let bytes = noise(5000, 2);
    let blob = layer(&bytes);
    let client = alice(&domain);
    let mine = repository(&client, &domain, "team/app");
    mine.push_blob(&blob, &mut &bytes, &[]).expect("pushed");
    assert_eq!(fetch(&mine, &blob).expect("fetched"), bytes);
    // One token did for all of it: reading needs less than writing.
    assert_eq!(tokens.asked(), ["alice: repository:team/app:pull,push"]);

    let other = repository(&client, &domain, "team/other");
    assert!(!other.has_blob(&blob).expect("an answer"));
    let pushed = other.push_blob(&blob, &mut &bytes, &["team/app".to_owned()]).expect("pushed");
    assert_eq!(pushed, Pushed::Mounted { from: "team/app".to_owned() });
    assert_eq!(
        tokens.asked()[1..],
        [
            "alice: repository:team/other:pull,push",
            "alice: repository:team/app:pull repository:team/other:pull,push",
        ]
    );

    let anyone = repository(&Client::new(options().0), &domain, "team/app");
    assert_eq!(fetch(&anyone, &blob).expect("public"), bytes);
    assert_eq!(tokens.asked().last().expect("asked"), "anonymous: repository:team/app:pull");
}

#[test]
fn privileged_what_is_not_allowed_is_said() {
    let (registry, _tokens) = with_tokens(TokenPolicy::default());
    let domain = registry.domain();
    let bytes = noise(5000, 3);
    let blob = layer(&bytes);

    let anyone = repository(&Client::new(options().0), &domain, "private/app");
    let error = anyone.manifest(ManifestName::Tag("x")).expect_err("private");
    assert!(matches!(error, RegistryError::LoginNeeded { .. }), "{error}");

    let frozen = repository(&alice(&domain), &domain, "frozen/app");
    let error = frozen.push_blob(&blob, &mut &bytes, &[]).expect_err("read only");
    assert!(matches!(error, RegistryError::Denied { right: "push", .. }), "{error}");
    assert!(error.to_string().contains("access denied to alice"), "{error}");
    assert_no_secret(&error);

    let wrong = repository(&logged_in(&domain, "wrong password"), &domain, "private/app");
    let error = wrong.manifest(ManifestName::Tag("x")).expect_err("not her password");
    assert!(matches!(error, RegistryError::WrongPassword { .. }), "{error}");
    assert_no_secret(&error);
}

#[test]
fn privileged_a_mount_that_is_not_allowed_becomes_an_upload() {
    let (registry, tokens) = with_tokens(TokenPolicy::default());
    let domain = registry.domain();
    let bytes = noise(5000, 4);
    let blob = layer(&bytes);
    let client = alice(&domain);
    let to = repository(&client, &domain, "team/new");
    assert!(!to.has_blob(&blob).expect("an answer"));
    // Nothing is there: the registry answers 202 and waits for the bytes.
    let pushed = to.push_blob(&blob, &mut &bytes, &["team/none".to_owned()]).expect("pushed");
    assert_eq!(pushed, Pushed::Uploaded);
    assert_eq!(fetch(&to, &blob).expect("fetched"), bytes);
    assert_eq!(tokens.asked().len(), 2);
}

fn with_credential(domain: &str, credential: Credential) -> Client {
    let credentials = Arc::new(FixedCredential { domain: domain.to_owned(), credential });
    Client::new(ClientOptions { credentials, ..options().0 })
}

#[test]
fn privileged_refresh_tokens() {
    let (registry, tokens) = with_tokens(TokenPolicy::default());
    let domain = registry.domain();
    let bytes = noise(5000, 5);
    let blob = layer(&bytes);
    let good = Credential::IdentityToken(Secret::new(REFRESH_TOKEN));
    let mine = repository(&with_credential(&domain, good), &domain, "private/app");
    mine.push_blob(&blob, &mut &bytes, &[]).expect("pushed");
    assert_eq!(tokens.asked(), ["alice by refresh token: repository:private/app:pull,push"]);

    let stale = Credential::IdentityToken(Secret::new("refresh-me-of-yesterday"));
    let mine = repository(&with_credential(&domain, stale), &domain, "private/app");
    let error = fetch(&mine, &blob).expect_err("not known any more");
    assert!(matches!(error, RegistryError::StaleToken { .. }), "{error}");
    assert!(!format!("{error:?}").contains("yesterday"), "{error:?}");
}

#[test]
fn privileged_tokens_that_run_out_are_renewed() {
    let policy = TokenPolicy { life: Duration::from_secs(2), ..TokenPolicy::default() };
    let (registry, tokens) = with_tokens(policy);
    let domain = registry.domain();
    let mine = repository(&alice(&domain), &domain, "team/app");
    for seed in 0..3 {
        let bytes = noise(5000, 100 + seed);
        mine.push_blob(&layer(&bytes), &mut &bytes, &[]).expect("pushed");
        // The registry's own clock decides whether a token is too old.
        std::thread::sleep(Duration::from_millis(1200));
    }
    assert!(tokens.asked().len() >= 2, "{:?}", tokens.asked());
}
