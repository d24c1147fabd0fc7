//! Servers that do what no good registry would.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use jettison_image::{Digest, media_type};
use jettison_registry::{Client, ManifestName, RegistryError, Repository};
use jettison_testkit::{HttpBody, HttpRequest, HttpResponse, HttpServer};

use crate::fixture::{alice, fetch, layer, noise, options, repository};

fn at(server: &HttpServer) -> Repository {
    repository(&Client::new(options().0), &server.domain(), "a")
}

/// Answers the first question, whether this is a registry, as one does.
fn serving(answer: impl Fn(&HttpRequest) -> HttpResponse + Send + Sync + 'static) -> HttpServer {
    HttpServer::start(move |request| match request.target.as_str() {
        "/v2/" => HttpResponse::ok("{}"),
        _ => answer(request),
    })
}

fn body(body: HttpBody) -> HttpResponse {
    HttpResponse { body, ..HttpResponse::status(200) }
}

#[test]
fn wrong_lengths_are_refused() {
    let bytes = noise(10_000, 1);
    let blob = layer(&bytes);
    for (answer, found) in [
        (HttpBody::Bytes(bytes[..9_999].to_vec()), "9999"),
        (HttpBody::Bytes([bytes.as_slice(), b"x"].concat()), "10001"),
        (HttpBody::Chunked(bytes[..9_999].to_vec()), "9999"),
        (HttpBody::Chunked([bytes.as_slice(), b"x"].concat()), "more than 10000"),
        (HttpBody::Endless(bytes.clone()), "more than 10000"),
    ] {
        let server = serving(move |_| body(answer.clone()));
        let error = fetch(&at(&server), &blob).expect_err(found);
        match &error {
            RegistryError::WrongLength { found: said, expected: 10_000, .. } => {
                assert_eq!(said, found);
            }
            other => panic!("{found}: {other}"),
        }
        assert_eq!(server.requests().len(), 2, "asked once, after the question for its scheme");
    }
}

#[test]
fn other_bytes_of_the_right_length_are_refused() {
    let (bytes, other) = (noise(1000, 1), noise(1000, 2));
    let served = other.clone();
    let server = serving(move |_| HttpResponse::ok(served.clone()));
    let error = at(&server).blob_bytes(&layer(&bytes), 1 << 20).expect_err("another blob");
    let text = error.to_string();
    assert!(matches!(error, RegistryError::WrongDigest { .. }), "{text}");
    assert!(text.contains(Digest::sha256(&other).as_str()) && text.contains("nothing was kept"));
}

#[test]
fn manifests_are_verified_and_bounded() {
    let server = serving(|_| HttpResponse::ok("{\"schemaVersion\":2}"));
    let wanted = Digest::sha256(b"x");
    let error = at(&server).manifest(ManifestName::Digest(&wanted)).expect_err("another manifest");
    assert!(matches!(error, RegistryError::WrongDigest { .. }), "{error}");

    let server = serving(move |_| {
        HttpResponse::ok("{\"schemaVersion\":2}").with("Docker-Content-Digest", wanted.as_str())
    });
    let error = at(&server).manifest(ManifestName::Tag("1")).expect_err("it contradicts itself");
    assert!(matches!(error, RegistryError::WrongDigest { .. }), "{error}");

    let server = serving(|_| body(HttpBody::Endless(vec![b' '; 4096])));
    let error = at(&server).manifest(ManifestName::Tag("1")).expect_err("endless");
    assert!(matches!(error, RegistryError::TooLarge { .. }), "{error}");

    let server = serving(|_| HttpResponse::ok("{\"schemaVersion\":1}"));
    let error = at(&server).manifest(ManifestName::Tag("1")).expect_err("of 2015");
    assert!(matches!(error, RegistryError::Schema1 { .. }), "{error}");

    let server = serving(|_| HttpResponse::ok("<html>"));
    let error = at(&server).manifest(ManifestName::Tag("1")).expect_err("no manifest");
    assert!(matches!(error, RegistryError::Document { .. }), "{error}");
}

#[test]
fn a_server_that_ignores_ranges_is_read_from_its_beginning() {
    let bytes = noise(200_000, 3);
    let blob = layer(&bytes);
    let served = bytes.clone();
    let server = serving(move |_| HttpResponse::ok(served.clone()));
    let mut rest = Vec::new();
    let mut reader = at(&server).blob(&blob, 150_000);
    std::io::Read::read_to_end(&mut reader, &mut rest).expect("passed over");
    assert_eq!(rest, bytes[150_000..]);

    let served = bytes.clone();
    let server = serving(move |_| {
        let part = HttpResponse::ok(&served[1..]).with("Content-Range", "bytes 1-199999/200000");
        HttpResponse { status: 206, ..part }
    });
    let mut reader = at(&server).blob(&blob, 150_000);
    let error = std::io::Read::read_to_end(&mut reader, &mut Vec::new()).expect_err("another part");
    assert!(error.to_string().contains("asked for bytes from 150000 on"), "{error}");
}

#[test]
fn a_registry_that_is_busy_is_asked_again_when_it_says() {
    for (status, wait) in [(429, Some("7")), (503, Some("7")), (503, None), (500, None)] {
        let count = AtomicU32::new(0);
        let server = serving(move |_| {
            if count.fetch_add(1, Ordering::Relaxed) >= 2 {
                return HttpResponse::ok("{\"name\":\"a\",\"tags\":[\"1\"]}");
            }
            let busy = HttpResponse::status(status);
            wait.iter().fold(busy, |busy, wait| busy.with("Retry-After", *wait))
        });
        let (options, still) = options();
        let tags = repository(&Client::new(options), &server.domain(), "a").tags();
        assert_eq!(tags.expect("in the end"), ["1"]);
        let expected = match wait {
            Some(_) => [Duration::from_secs(7); 2],
            None => [Duration::from_millis(500), Duration::from_secs(1)],
        };
        assert_eq!(still.waits(), expected, "{status}");
    }
}

#[test]
fn a_rate_limit_that_lasts_is_told() {
    let server = serving(|_| {
        let body = r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}"#;
        let limited = HttpResponse { status: 429, ..HttpResponse::ok(body) };
        limited.with("Retry-After", "3600")
    });
    let error = at(&server).tags().expect_err("for an hour");
    let text = error.to_string();
    assert!(matches!(error, RegistryError::RateLimited { .. }), "{text}");
    assert!(text.contains("for another 3600 s") && text.contains("pull rate limit"), "{text}");
}

#[test]
fn passwords_go_nowhere_else() {
    // A registry that sends one to its storage, with the test user's password in hand.
    let bytes = noise(1000, 4);
    let blob = layer(&bytes);
    let served = bytes.clone();
    let storage = HttpServer::start(move |_| HttpResponse::ok(served.clone()));
    let target = format!("http://{}/blob?signature=s3cret", storage.domain());
    let registry = serving(move |request| {
        if !request.headers.contains_key("authorization") {
            return HttpResponse::status(401).with("WWW-Authenticate", "Basic realm=\"x\"");
        }
        HttpResponse::status(307).with("Location", target.clone())
    });
    let mine = repository(&alice(&registry.domain()), &registry.domain(), "a");
    assert_eq!(fetch(&mine, &blob).expect("redirected"), bytes);
    let asked = storage.requests();
    assert!(!asked[0].headers.contains_key("authorization"), "{asked:?}");
    assert_eq!(asked[0].target, "/blob?signature=s3cret");

    // When the storage fails, its signed address is not shown.
    let storage = HttpServer::start(|_| HttpResponse::status(403));
    let target = format!("http://{}/blob?signature=s3cret", storage.domain());
    let registry = serving(move |_| HttpResponse::status(307).with("Location", target.clone()));
    let error = fetch(&at(&registry), &blob).expect_err("forbidden");
    let text = format!("{error} {error:?}");
    assert!(!text.contains("s3cret") && text.contains(&storage.domain()), "{text}");
}

#[test]
fn redirects_end() {
    let server =
        serving(|request| HttpResponse::status(302).with("Location", request.target.as_str()));
    let error = at(&server).tags().expect_err("in circles");
    assert!(error.to_string().contains("redirects more than 10 times"), "{error}");
}

#[test]
fn a_token_server_over_plain_http_gets_no_password() {
    let registry = serving(|_| {
        let challenge = "Bearer realm=\"http://tokens.example/token\",service=\"s\"";
        HttpResponse::status(401).with("WWW-Authenticate", challenge)
    });
    let mine = repository(&alice(&registry.domain()), &registry.domain(), "a");
    let error = mine.tags().expect_err("not in clear");
    assert!(error.to_string().contains("wants the password over plain HTTP"), "{error}");
}

#[test]
fn a_registry_may_not_store_something_else() {
    let server = serving(|_| {
        HttpResponse::status(201).with("Docker-Content-Digest", Digest::sha256(b"else").as_str())
    });
    let error = at(&server)
        .put_manifest(ManifestName::Tag("1"), media_type::OCI_MANIFEST, b"{}")
        .expect_err("it stored another");
    assert!(matches!(error, RegistryError::WrongDigest { .. }), "{error}");
}

#[test]
fn pages_of_tags_are_followed_to_their_end() {
    let server = serving(|request| match request.target.as_str() {
        "/v2/a/tags/list?n=1000" => HttpResponse::ok("{\"tags\":[\"b\",\"c\"]}")
            .with("Link", "</v2/a/tags/list?n=1000&last=c>; rel=\"next\""),
        "/v2/a/tags/list?n=1000&last=c" => HttpResponse::ok("{\"tags\":[\"a\"]}")
            .with("Link", "</v2/a/tags/list?n=1000&last=a>; rel=\"next\""),
        // A last page without tags, whose link leads to itself.
        _ => HttpResponse::ok("{\"tags\":null}")
            .with("Link", "</v2/a/tags/list?n=1000&last=a>; rel=\"next\""),
    });
    assert_eq!(at(&server).tags().expect("listed"), ["a", "b", "c"]);
}

#[test]
fn referrers_are_listed_by_the_api_where_there_is_one() {
    let subject = Digest::sha256(b"image");
    let entry = |name: &str| {
        let digest = Digest::sha256(name.as_bytes());
        format!(
            "{{\"mediaType\":\"m\",\"digest\":\"{digest}\",\"size\":1,\"artifactType\":\"{name}\"}}"
        )
    };
    let page = |entry: &str| format!("{{\"schemaVersion\":2,\"manifests\":[{entry}]}}");
    let (first, second) = (page(&entry("a")), page(&entry("b")));
    let path = format!("/v2/a/referrers/{subject}");
    let server = serving(move |request| {
        if request.target == path {
            let next = format!("<{path}?next=2>; rel=\"next\"");
            return HttpResponse::ok(first.clone()).with("Link", next);
        }
        HttpResponse::ok(second.clone())
    });
    let repository = at(&server);
    assert_eq!(repository.referrers(&subject, None).expect("both pages").len(), 2);
    let found = repository.referrers(&subject, Some("b")).expect("one");
    assert_eq!(found[0].digest, Digest::sha256(b"b"));
}
