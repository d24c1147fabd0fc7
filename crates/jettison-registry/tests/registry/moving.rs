//! Manifests and blobs in and out.

use jettison_image::{Descriptor, Digest, Manifest, media_type};
use jettison_registry::{Client, ManifestName, Pushed, RegistryError};
use jettison_testkit::Registry;

use crate::fixture::{fetch, layer, noise, options, repository};

fn manifest(config: &[u8], layers: &[&[u8]]) -> Vec<u8> {
    let layers = layers.iter().map(|bytes| layer(bytes)).collect();
    Manifest::oci(Descriptor::of(media_type::OCI_CONFIG, config), layers).to_vec()
}

#[test]
fn privileged_what_goes_in_comes_out() {
    let registry = Registry::open();
    let client = Client::new(options().0);
    let repository = repository(&client, &registry.domain(), "a/b");
    let (small, large, config) = (noise(1000, 1), noise(9 << 20, 2), b"{}".to_vec());
    for mut bytes in [&small, &large, &config, &Vec::new()] {
        let blob = layer(bytes);
        assert_eq!(repository.blob_size(&blob.digest).expect("an answer"), None);
        let pushed = repository.push_blob(&blob, &mut bytes, &[]).expect("pushed");
        assert_eq!(pushed, Pushed::Uploaded);
        assert!(repository.has_blob(&blob).expect("an answer"));
        assert_eq!(repository.blob_size(&blob.digest).expect("an answer"), Some(blob.size));
        assert_eq!(fetch(&repository, &blob).expect("fetched"), *bytes);
    }
    let document = manifest(&config, &[&small, &large]);
    let digest = repository
        .put_manifest(ManifestName::Tag("v1"), media_type::OCI_MANIFEST, &document)
        .expect("stored");
    assert_eq!(digest, Digest::sha256(&document));
    for name in [ManifestName::Tag("v1"), ManifestName::Digest(&digest)] {
        let fetched = repository.manifest(name).expect("fetched");
        assert_eq!((fetched.bytes, &fetched.digest), (document.clone(), &digest));
        assert_eq!(fetched.media_type, media_type::OCI_MANIFEST);
        assert_eq!(repository.manifest_digest(name).expect("an answer"), Some(digest.clone()));
    }
    repository.delete_manifest(&digest).expect("removed");
    assert_eq!(repository.manifest_digest(ManifestName::Digest(&digest)).expect("gone"), None);
}

#[test]
fn privileged_a_blob_is_read_from_any_place() {
    let registry = Registry::open();
    let repository = repository(&Client::new(options().0), &registry.domain(), "a");
    let bytes = noise(300_000, 3);
    let blob = layer(&bytes);
    repository.push_blob(&blob, &mut &bytes, &[]).expect("pushed");
    for offset in [0, 1, 299_999, 300_000] {
        let mut rest = Vec::new();
        let mut reader = repository.blob(&blob, offset);
        std::io::Read::read_to_end(&mut reader, &mut rest).expect("read");
        assert_eq!(rest, bytes[usize::try_from(offset).expect("small")..]);
    }
}

#[test]
fn privileged_a_neighbour_lends_its_blob() {
    let registry = Registry::open();
    let client = Client::new(options().0);
    let domain = registry.domain();
    let bytes = noise(70_000, 4);
    let blob = layer(&bytes);
    let first = repository(&client, &domain, "first");
    first.push_blob(&blob, &mut &bytes, &[]).expect("pushed");
    let second = repository(&client, &domain, "second");
    let neighbours = ["nobody".to_owned(), "first".to_owned()];
    let pushed = second.push_blob(&blob, &mut &bytes, &neighbours).expect("pushed");
    assert_eq!(pushed, Pushed::Mounted { from: "first".to_owned() });
    assert_eq!(fetch(&second, &blob).expect("fetched"), bytes);
}

#[test]
fn privileged_tags_are_listed_and_missing_ones_explained() {
    let registry = Registry::open();
    let client = Client::new(options().0);
    let repository = repository(&client, &registry.domain(), "app");
    let config = b"{}".to_vec();
    let error = repository.manifest(ManifestName::Tag("v1")).expect_err("no repository yet");
    assert!(matches!(
        error,
        RegistryError::UnknownTag { .. } | RegistryError::UnknownRepository { .. }
    ));
    repository.push_blob(&layer(&config), &mut &config, &[]).expect("pushed");
    for tag in ["1.26", "1.27", "1.27-slim", "latest"] {
        let document = manifest(&config, &[]);
        repository
            .put_manifest(ManifestName::Tag(tag), media_type::OCI_MANIFEST, &document)
            .expect("stored");
    }
    assert_eq!(repository.tags().expect("listed"), ["1.26", "1.27", "1.27-slim", "latest"]);
    let error = repository.manifest(ManifestName::Tag("1.27-slm")).expect_err("no such tag");
    let text = error.to_string();
    assert!(text.contains("there is no tag \"1.27-slm\"; there is: 1.27-slim, 1.27"), "{text}");
    let unknown = Digest::sha256(b"nothing");
    let error = repository.manifest(ManifestName::Digest(&unknown)).expect_err("no such manifest");
    assert!(matches!(error, RegistryError::UnknownManifest { .. }), "{error}");
    let error = fetch(&repository, &layer(b"nothing")).expect_err("no such blob");
    assert!(matches!(error, RegistryError::UnknownBlob { .. }), "{error}");
}

#[test]
fn privileged_what_refers_to_an_image_is_found() {
    // docker-registry 2.8 knows of no referrers: they are kept under a tag.
    let registry = Registry::open();
    let repository = repository(&Client::new(options().0), &registry.domain(), "app");
    let config = b"{}".to_vec();
    repository.push_blob(&layer(&config), &mut &config, &[]).expect("pushed");
    let image = manifest(&config, &[]);
    let subject = repository
        .put_manifest(ManifestName::Tag("1"), media_type::OCI_MANIFEST, &image)
        .expect("stored");
    assert_eq!(repository.referrers(&subject, None).expect("none"), []);
    let mut referring = Vec::new();
    for kind in ["application/x-signature", "application/x-bill"] {
        let mut artifact = Manifest::from_slice(&image).expect("valid");
        artifact.artifact_type = Some(kind.to_owned());
        artifact.subject = Some(Descriptor::of(media_type::OCI_MANIFEST, &image));
        let bytes = artifact.to_vec();
        let digest = Digest::sha256(&bytes);
        for _ in 0..2 {
            let name = ManifestName::Digest(&digest);
            repository.put_manifest(name, media_type::OCI_MANIFEST, &bytes).expect("stored");
        }
        referring.push(digest);
    }
    let found = repository.referrers(&subject, None).expect("two");
    let digests: Vec<_> = found.iter().map(|one| one.digest.clone()).collect();
    assert_eq!(digests, referring, "each once");
    let found = repository.referrers(&subject, Some("application/x-bill")).expect("one");
    assert_eq!(found.iter().map(|one| one.digest.clone()).collect::<Vec<_>>(), referring[1..]);
}
