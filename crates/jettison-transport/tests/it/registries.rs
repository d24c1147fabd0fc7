//! Images copied to a real registry and back: digests stay, what is there is not sent again.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use jettison_image::{Digest, Reference};
use jettison_registry::{Client, ClientOptions};
use jettison_testkit::Registry;
use jettison_transport::{
    Destination, OpenOptions, RegistryDestination, RegistrySource, Source,
    copy::{CopyEvent, CopyOptions, ImageDestination, ImageSource, Platforms, PutBlob, copy},
    open_destination, open_source,
};

use crate::fixture::{Fixture, Packing, lay_out, whole_index};

/// How each blob got where it is, sorted.
type Ways = Arc<Mutex<Vec<PutBlob>>>;

fn noting() -> (CopyOptions, Ways) {
    let ways = Ways::default();
    let notes = ways.clone();
    let progress = Some(Arc::new(move |event: CopyEvent<'_>| {
        if let CopyEvent::Done { how, .. } = event {
            notes.lock().expect("no panic").push(how);
        }
    }) as Arc<dyn Fn(CopyEvent<'_>) + Send + Sync>);
    (CopyOptions { platforms: Platforms::All, progress, ..CopyOptions::default() }, ways)
}

fn copied(from: &dyn ImageSource, to: &dyn ImageDestination) -> (Digest, Vec<PutBlob>) {
    let (options, ways) = noting();
    let digest = copy(from, to, &options).expect("copied").root.digest;
    let ways = ways.lock().expect("no panic").clone();
    (digest, ways)
}

fn layout(dir: &Path, name: &str, files: &crate::fixture::Files) -> Box<dyn ImageSource> {
    lay_out(&dir.join(name), files);
    let source: Source = format!("oci:{}", dir.join(name).display()).parse().expect("valid");
    open_source(&source, &OpenOptions::new(dir)).expect("a layout")
}

fn name(registry: &Registry, rest: &str) -> Reference {
    format!("{}/{rest}", registry.domain()).parse().expect("valid")
}

#[test]
fn privileged_there_and_back() {
    let registry = Registry::open();
    let client = Client::new(ClientOptions::default());
    let dir = tempfile::tempdir().expect("a temporary directory");
    for packing in Packing::ALL {
        let files = Fixture::new("jettison:1").oci_files(packing);
        let from = layout(dir.path(), &format!("{packing:?}"), &files);
        let there = name(&registry, &format!("{packing:?}:1").to_lowercase());
        let to = RegistryDestination::new(&client, std::slice::from_ref(&there)).expect("valid");
        let (digest, ways) = copied(from.as_ref(), &to);
        assert_eq!(digest, *from.root().expect("read").digest());
        assert!(ways.iter().all(|way| *way == PutBlob::Moved), "{ways:?}");

        // Unchanged: nothing is sent.
        let again = RegistryDestination::new(&client, std::slice::from_ref(&there)).expect("valid");
        let (same, ways) = copied(from.as_ref(), &again);
        assert_eq!(same, digest);
        assert!(ways.iter().all(|way| *way == PutBlob::Present), "{ways:?}");

        let back = RegistrySource::new(&client, &there).expect("valid");
        let out: Destination =
            format!("oci:{}/{packing:?}-back:1", dir.path().display()).parse().expect("valid");
        let out =
            open_destination(&out, &[], &jettison_transport::Places::default()).expect("writable");
        assert_eq!(copied(&back, out.as_ref()).0, digest);
    }
}

#[test]
fn privileged_an_index_stays_whole_and_gets_several_names() {
    let registry = Registry::open();
    let client = Client::new(ClientOptions::default());
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (one, other) = (Fixture::new("jettison:1"), Fixture::new("jettison:2"));
    let files = whole_index(&[("linux/amd64", &one), ("linux/arm64", &other)]);
    let from = layout(dir.path(), "index", &files);
    let names = ["app:1.2", "app:1"].map(|rest| name(&registry, rest));
    let to = RegistryDestination::new(&client, &names).expect("valid");
    let digest = copied(from.as_ref(), &to).0;
    for name in &names {
        let root = RegistrySource::new(&client, name).expect("valid").root().expect("fetched");
        assert_eq!(*root.digest(), digest);
    }
    let elsewhere = [name(&registry, "app:1"), name(&registry, "other:1")];
    let error = RegistryDestination::new(&client, &elsewhere).expect_err("two repositories");
    assert!(error.to_string().contains("one repository at a time"), "{error}");
}

#[test]
fn privileged_within_a_registry_nothing_is_moved() {
    let registry = Registry::open();
    let client = Client::new(ClientOptions::default());
    let dir = tempfile::tempdir().expect("a temporary directory");
    let from = layout(dir.path(), "image", &Fixture::new("jettison:1").oci_files(Packing::Gzip));
    let (first, second) = (name(&registry, "first:1"), name(&registry, "second:1"));
    let to = RegistryDestination::new(&client, std::slice::from_ref(&first)).expect("valid");
    copied(from.as_ref(), &to);
    let from = RegistrySource::new(&client, &first).expect("valid");
    let to = RegistryDestination::new(&client, std::slice::from_ref(&second)).expect("valid");
    let ways = copied(&from, &to).1;
    assert!(ways.iter().all(|way| *way == PutBlob::Linked), "{ways:?}");
}
