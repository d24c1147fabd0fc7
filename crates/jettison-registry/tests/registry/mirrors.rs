//! Other places that are asked first.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use jettison_image::media_type;
use jettison_registry::{
    Client, ClientOptions, ManifestName, MirrorFiles, Mirrors, Notice, RegistryError,
};
use jettison_testkit::{HttpResponse, HttpServer, Registry};

use crate::fixture::{fetch, layer, noise, options, repository};

type Notices = Arc<Mutex<Vec<String>>>;

/// A client whose only configuration is this `registries.conf`; what it notices.
fn configured(text: &str) -> (Client, Notices) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("registries.conf");
    fs_err::write(&path, text).expect("writable");
    let files = MirrorFiles { registries_conf: vec![path], ..MirrorFiles::default() };
    let mirrors = Mirrors::load(&files, Vec::new()).expect("valid");
    let notices = Notices::default();
    let notes = notices.clone();
    let notice = move |notice: Notice| {
        let text = match notice {
            Notice::MirrorFailed { mirror, problem } => format!("failed {mirror}: {problem}"),
            Notice::Served { mirror, .. } => format!("served {mirror}"),
        };
        notes.lock().expect("no panic").push(text);
    };
    let options = ClientOptions { mirrors, notice: Some(Arc::new(notice)), ..options().0 };
    (Client::new(options), notices)
}

fn mirrored(location: &str, mirrors: &[&str]) -> String {
    let mut text = format!("[[registry]]\nprefix = 'up.example'\nlocation = '{location}'\n");
    for mirror in mirrors {
        write!(text, "[[registry.mirror]]\nlocation = '{mirror}'\n").expect("a string takes all");
    }
    text
}

#[test]
fn privileged_mirrors_are_asked_in_order_and_the_registry_last() {
    let (first, second, upstream) = (Registry::open(), Registry::open(), Registry::open());
    let plain = Client::new(options().0);
    let bytes = noise(5000, 1);
    let blob = layer(&bytes);
    let manifest = jettison_image::Manifest::oci(blob.clone(), Vec::new()).to_vec();
    for registry in [&second, &upstream] {
        let repository = repository(&plain, &registry.domain(), "x/app");
        repository.push_blob(&blob, &mut &bytes, &[]).expect("pushed");
        repository
            .put_manifest(ManifestName::Tag("1"), media_type::OCI_MANIFEST, &manifest)
            .expect("stored");
    }
    let gone = "localhost:1/x".to_owned();
    let places = [&first, &second].map(|registry| format!("{}/x", registry.domain()));
    let mirrors = [gone.as_str(), &places[0], &places[1]];
    let (client, notices) = configured(&mirrored(&format!("{}/x", upstream.domain()), &mirrors));
    let through = repository(&client, "up.example", "app");
    assert_eq!(through.manifest(ManifestName::Tag("1")).expect("mirrored").bytes, manifest);
    assert_eq!(fetch(&through, &blob).expect("mirrored"), bytes);
    let notices = notices.lock().expect("no panic").clone();
    assert!(notices[0].starts_with("failed https://localhost:1/: cannot reach"), "{notices:?}");
    assert!(notices[1].contains(&format!("{}/: ", first.domain())), "{notices:?}");
    assert!(notices[2].starts_with("served ") && notices[2].contains(&second.domain()));
    // Who was not there is not asked again.
    assert_eq!(notices.iter().filter(|text| text.contains("localhost:1/")).count(), 1);

    drop(second);
    let (client, _) = configured(&mirrored(&format!("{}/x", upstream.domain()), &mirrors));
    let through = repository(&client, "up.example", "app");
    assert_eq!(fetch(&through, &blob).expect("from the registry"), bytes);
    // What is written goes to the registry, never to a mirror.
    let more = noise(100, 2);
    through.push_blob(&layer(&more), &mut &more, &[]).expect("pushed");
    let direct = repository(&plain, &upstream.domain(), "x/app");
    assert_eq!(fetch(&direct, &layer(&more)).expect("there"), more);
}

#[test]
fn privileged_a_mirror_that_lies_about_a_manifest_is_passed_over() {
    let upstream = Registry::open();
    let plain = repository(&Client::new(options().0), &upstream.domain(), "app");
    let bytes = noise(100, 1);
    let blob = layer(&bytes);
    let manifest = jettison_image::Manifest::oci(blob.clone(), Vec::new()).to_vec();
    plain.push_blob(&blob, &mut &bytes, &[]).expect("pushed");
    let digest = plain
        .put_manifest(ManifestName::Tag("1"), media_type::OCI_MANIFEST, &manifest)
        .expect("stored");
    let liar = HttpServer::start(|_| HttpResponse::ok("{\"schemaVersion\":2}"));
    let (client, notices) = configured(&mirrored(&upstream.domain(), &[&liar.domain()]));
    let through = repository(&client, "up.example", "app");
    let fetched = through.manifest(ManifestName::Digest(&digest)).expect("from the registry");
    assert_eq!(fetched.bytes, manifest);
    assert!(notices.lock().expect("no panic")[0].contains("sent other bytes than asked for"));
}

#[test]
fn blocked_registries_are_not_asked() {
    let (client, _) = configured("[[registry]]\nlocation = 'up.example'\nblocked = true");
    let error = client.repository(&"up.example/app".parse().expect("valid")).expect_err("blocked");
    assert!(matches!(error, RegistryError::Blocked { .. }), "{error}");
    assert!(error.to_string().contains("registries.conf says blocked = true"), "{error}");
}
