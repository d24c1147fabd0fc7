//! Connections that break in the middle of what they say.

use std::{num::NonZero, sync::Mutex, time::Duration};

use jettison_image::Digest;
use jettison_registry::{Client, ClientOptions, RetryPolicy, Timeouts};
use jettison_testkit::{
    Fault, FaultPlan, FaultyProxy, HttpRequest, HttpResponse, HttpServer, Registry,
};

use crate::fixture::{fetch, layer, noise, options, repository};

/// A blob large enough to be cut at any point, small enough to be sent hundreds of times.
const SIZE: usize = 600_000;

/// What heads and a buffer of the proxy add to what a transfer takes again.
const SLACK: u64 = 40_000;

fn stubborn() -> ClientOptions {
    let retry = RetryPolicy { retries: 60, ..RetryPolicy::default() };
    ClientOptions { retry, ..options().0 }
}

fn cutting(registry: &Registry, seed: u64, fault: Fault) -> FaultyProxy {
    // Half a blob at most passes before the cut: one attempt is never enough.
    let before = (SIZE / 2) as u64;
    FaultyProxy::start(registry.address(), FaultPlan { seed, spare_one_of: 0, before, fault })
}

#[test]
fn privileged_two_hundred_downloads_are_cut_and_complete() {
    let registry = Registry::open();
    let direct = repository(&Client::new(options().0), &registry.domain(), "a");
    let bytes = noise(SIZE, 1);
    let blob = layer(&bytes);
    direct.push_blob(&blob, &mut &bytes, &[]).expect("pushed");
    let mut broken = 0;
    for seed in 0..200 {
        let proxy = cutting(&registry, 0x5eed_0000 + seed * 7919, Fault::Cut);
        let through = repository(&Client::new(stubborn()), &proxy.domain(), "a");
        assert!(fetch(&through, &blob).expect("complete") == bytes, "seed {seed}");
        let passed = proxy.passed();
        broken += passed.broken;
        // What was cut off had come already, or was on its way: nothing is fetched twice.
        let heads = passed.connections * 1500;
        assert!(passed.down <= SIZE as u64 + heads, "seed {seed}: {passed:?}");
    }
    assert!(broken >= 400, "{broken} cuts");
}

#[test]
fn privileged_two_hundred_uploads_are_cut_and_complete() {
    let registry = Registry::open();
    let direct = repository(&Client::new(options().0), &registry.domain(), "a");
    let mut broken = 0;
    for seed in 0..200 {
        let bytes = noise(SIZE / 4, 1000 + seed);
        let blob = layer(&bytes);
        // docker-registry 2.8 forgets an upload that was cut: now and then a connection has to hold.
        let before = bytes.len() as u64;
        let plan = FaultPlan {
            seed: 0xcafe_0000 + seed * 7919,
            spare_one_of: 3,
            before,
            fault: Fault::Cut,
        };
        let proxy = FaultyProxy::start(registry.address(), plan);
        // In one request, in two, in several.
        let piece = NonZero::new(before >> (seed % 3));
        let client = Client::new(ClientOptions { piece, ..stubborn() });
        let through = repository(&client, &proxy.domain(), "a");
        through.push_blob(&blob, &mut bytes.as_slice(), &[]).expect("complete");
        broken += proxy.passed().broken;
        assert!(fetch(&direct, &blob).expect("there") == bytes, "seed {seed}");
    }
    assert!(broken >= 100, "{broken} cuts");
}

/// A registry that keeps what came of an upload that was cut, as the specification has it.
#[derive(Default)]
struct Keeping {
    upload: Mutex<Vec<u8>>,
    stored: Mutex<Vec<Vec<u8>>>,
}

impl Keeping {
    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let mut upload = self.upload.lock().expect("no panic");
        let at = || HttpResponse::status(202).with("Location", "/v2/a/blobs/uploads/1?x=y");
        match (request.method.as_str(), path) {
            ("GET", "/v2/") => HttpResponse::ok("{}"),
            ("HEAD", _) => {
                let stored = self.stored.lock().expect("no panic");
                let found =
                    stored.iter().find(|blob| path.ends_with(Digest::sha256(blob).as_str()));
                found.map_or(HttpResponse::status(404), |blob| HttpResponse::ok(blob.clone()))
            }
            ("POST", _) => {
                upload.clear();
                at()
            }
            ("GET", _) if upload.is_empty() => HttpResponse::status(204).with("Range", "0-0"),
            ("GET", _) => {
                let range = format!("0-{}", upload.len() - 1);
                HttpResponse { status: 204, ..at() }.with("Range", range)
            }
            ("PATCH", _) => {
                let start = request.headers.get("content-range");
                let start = start.and_then(|range| range.split('-').next()?.parse().ok());
                if start.unwrap_or(0) != upload.len() {
                    return HttpResponse::status(416);
                }
                upload.extend_from_slice(&request.body);
                at().with("Range", format!("0-{}", upload.len() - 1))
            }
            ("PUT", _) => {
                let blob = std::mem::take(&mut *upload);
                let named = Digest::sha256(&blob).as_str().replace(':', "%3A");
                if !query.ends_with(&named) {
                    return HttpResponse::status(400);
                }
                self.stored.lock().expect("no panic").push(blob);
                HttpResponse::status(201)
            }
            _ => HttpResponse::status(405),
        }
    }
}

#[test]
fn an_upload_goes_on_where_the_registry_says() {
    for seed in 0..40 {
        let registry = HttpServer::start({
            let keeping = Keeping::default();
            move |request| keeping.answer(request)
        });
        let before = (SIZE / 2) as u64;
        let plan = FaultPlan {
            seed: 0xbeef_0000 + seed * 7919,
            spare_one_of: 0,
            before,
            fault: Fault::Cut,
        };
        let proxy = FaultyProxy::start(registry.address(), plan);
        let bytes = noise(SIZE, 2000 + seed);
        let piece = NonZero::new((SIZE / 2) as u64);
        let client = Client::new(ClientOptions { piece, ..stubborn() });
        let through = repository(&client, &proxy.domain(), "a");
        through.push_blob(&layer(&bytes), &mut bytes.as_slice(), &[]).expect("complete");
        let direct = repository(&Client::new(options().0), &registry.domain(), "a");
        assert!(direct.has_blob(&layer(&bytes)).expect("an answer"), "seed {seed}");
        // What a cut took away is sent again, and no more: the proxy's buffer, and the heads.
        let passed = proxy.passed();
        assert!(passed.up <= SIZE as u64 + passed.connections * SLACK, "seed {seed}: {passed:?}");
    }
}

#[test]
fn a_request_that_is_too_large_becomes_several() {
    let registry = HttpServer::start({
        let keeping = Keeping::default();
        move |request| {
            if request.body.len() > 3 << 20 {
                return HttpResponse::status(413);
            }
            keeping.answer(request)
        }
    });
    let repository = repository(&Client::new(options().0), &registry.domain(), "a");
    let bytes = noise(9 << 20, 5);
    repository.push_blob(&layer(&bytes), &mut bytes.as_slice(), &[]).expect("in pieces");
    assert!(repository.has_blob(&layer(&bytes)).expect("an answer"));
}

#[test]
fn privileged_a_connection_that_stalls_is_given_up() {
    let registry = Registry::open();
    let direct = repository(&Client::new(options().0), &registry.domain(), "a");
    let bytes = noise(SIZE, 2);
    let blob = layer(&bytes);
    direct.push_blob(&blob, &mut &bytes, &[]).expect("pushed");
    let proxy = cutting(&registry, 0x0dd_5eed, Fault::Stall);
    let timeouts = Timeouts { stall: Duration::from_millis(200), ..Timeouts::default() };
    let client = Client::new(ClientOptions { timeouts, ..stubborn() });
    let through = repository(&client, &proxy.domain(), "a");
    assert!(fetch(&through, &blob).expect("complete") == bytes);
    let passed = proxy.passed();
    assert!(passed.broken >= 2, "{passed:?}");
    assert!(passed.down <= SIZE as u64 + passed.connections * 1500 + SLACK, "{passed:?}");
}
