//! The local store: what comes in comes out, names move, garbage goes, and nothing that is needed.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, SystemTime},
};

use jettison_image::{Descriptor, Digest, Reference};
use jettison_transport::{
    OpenOptions, Places, Source,
    copy::{CopyOptions, Document, ImageSource, Platforms, SourceReader, TransferError, copy},
    open, open_source, resolve,
    store::{DryRun, Force, GcOptions, Store, WhenBusy},
};

use crate::fixture::{Files, Fixture, Packing, lay_out, tar_of, whole_index};

const COLLECT: GcOptions = GcOptions {
    partials_before: SystemTime::UNIX_EPOCH,
    dry_run: DryRun::No,
    when_busy: WhenBusy::Wait,
};

fn names(names: &[&str]) -> Vec<Reference> {
    names.iter().map(|name| name.parse().expect("a name")).collect()
}

fn source_of(dir: &Path, files: &Files) -> Box<dyn ImageSource> {
    let path = tempfile::Builder::new().tempfile_in(dir).expect("writable").into_temp_path();
    fs_err::write(&path, tar_of(files)).expect("writable");
    let source: Source = path.display().to_string().parse().expect("a path");
    open_source(&source, &OpenOptions::new(dir)).expect("well formed")
}

fn put(store: &Store, dir: &Path, fixture: &Fixture, as_names: &[&str]) {
    let source = source_of(dir, &fixture.oci_files(Packing::Gzip));
    let destination = store.destination(&names(as_names)).expect("writable");
    copy(source.as_ref(), destination.as_ref(), &CopyOptions::default()).expect("writable");
}

fn options(dir: &Path, store: &Store) -> OpenOptions {
    let mut options = OpenOptions::new(dir);
    options.places = Places { store: Some(store.clone()), ..Places::default() };
    options
}

fn listed(store: &Store) -> Vec<String> {
    let images = store.images().expect("readable");
    images.iter().flat_map(|image| &image.names).map(Reference::familiar).collect()
}

fn assert_whole(store: &Store) {
    let verified = store.verify(&mut |_| {}).expect("readable");
    assert_eq!(verified.damage, [], "{}", store.dir().display());
}

#[test]
fn images_are_found_by_name_id_and_digest() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let store = Store::at(dir.path().join("store"));
    assert_eq!(store.images().expect("nothing is there yet").len(), 0);
    let (one, two) = (Fixture::new("x:1"), Fixture::of("y:1", Vec::new()));
    put(&store, dir.path(), &one, &["one:1", "ghcr.io/a/one:1"]);
    put(&store, dir.path(), &two, &["two"]);
    assert_eq!(listed(&store), ["one:1", "ghcr.io/a/one:1", "two:latest"]);
    let id = Digest::sha256(&one.config);
    let manifest = store.image("one:1").expect("there").digest;
    for wanted in [
        "one:1",
        "docker.io/library/one:1",
        "ghcr.io/a/one:1",
        id.as_str(),
        id.hex(),
        id.short(),
        &id.hex()[..6],
        manifest.as_str(),
        &format!("one@{manifest}"),
        &format!("one:1@{manifest}"),
    ] {
        let source = Source::Store { name: wanted.to_owned() };
        let image = open(&source, &options(dir.path(), &store)).expect(wanted);
        one.assert_is(&image);
    }
    for wanted in ["one:2", "on", "abcdef0123", &id.hex()[..5], "one@sha256:00"] {
        let error = store.image(wanted).expect_err(wanted).to_string();
        assert!(error.contains("there is no image") && error.contains(wanted), "{error}");
    }
    assert_whole(&store);
}

#[test]
fn a_bare_name_is_a_path_first_and_then_one_of_the_store() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let store = Store::at(dir.path().join("store"));
    put(&store, dir.path(), &Fixture::new("x:1"), &["one:1"]);
    let places = Places { store: Some(store), ..Places::default() };
    let resolved = |text: &str| resolve(&text.parse().expect("a source"), &places);
    assert_eq!(resolved("one:1").expect("there").to_string(), "store:one:1");
    let path = dir.path().display().to_string();
    assert_eq!(resolved(&path).expect("there").to_string(), path);
    let error = resolved("two:1").expect_err("nowhere").to_string();
    assert!(error.contains("the local store does not have it"), "{error}");
    let error = resolved("./two").expect_err("no name").to_string();
    assert!(error.contains("no such file or directory, and image name"), "{error}");
    assert_eq!(resolved("oci:x").expect("as it is").to_string(), "oci:x");
}

#[test]
fn sizes_tell_what_is_shared() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let store = Store::at(dir.path().join("store"));
    let base = Fixture::new("x:1");
    let mut layers = base.layers.clone();
    layers.push(tar_of(&crate::fixture::files([("more", b"more")])));
    put(&store, dir.path(), &base, &["base"]);
    put(&store, dir.path(), &base, &["base:again"]);
    let alone = store.image("base").expect("there");
    assert_eq!(
        (alone.shared, alone.names.len()),
        (0, 2),
        "two names share nothing with themselves"
    );
    put(&store, dir.path(), &Fixture::of("y:1", layers), &["app"]);
    let images = store.images().expect("readable");
    let blobs: u64 = fs_err::read_dir(store.dir().join("blobs/sha256"))
        .expect("readable")
        .map(|entry| entry.expect("readable").metadata().expect("readable").len())
        .sum();
    let own: u64 = images.iter().map(jettison_transport::store::StoreImage::own).sum();
    assert_eq!(own + images[0].shared, blobs, "every byte is counted once");
    assert_eq!(images[0].shared, images[1].shared);
    assert!(images[0].shared > 0);
}

#[test]
fn names_move_and_go() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let store = Store::at(dir.path().join("store"));
    let (one, two) = (Fixture::new("x:1"), Fixture::of("y:1", Vec::new()));
    put(&store, dir.path(), &one, &["app:1"]);
    put(&store, dir.path(), &two, &["app:2"]);
    store.tag("app:1", &names(&["app:latest", "other"])).expect("there");
    store.tag("app:2", &names(&["app:latest"])).expect("there");
    assert_eq!(listed(&store), ["app:1", "other:latest", "app:2", "app:latest"]);
    store.tag("app:3", &names(&["x"])).expect_err("it is not there");

    let id = Digest::sha256(&one.config);
    let error = store.remove(id.short(), Force::No).expect_err("two names").to_string();
    assert!(
        error.contains("app:1, other:latest") || error.contains("other:latest, app:1"),
        "{error}"
    );
    let removed = store.remove("app:1", Force::No).expect("there");
    assert_eq!((removed.untagged, removed.deleted), (names(&["app:1"]), None));
    let removed = store.remove(id.short(), Force::No).expect("one name is left");
    assert_eq!(removed.untagged, names(&["other"]));
    assert!(removed.deleted.is_some());
    let two_is = Digest::sha256(&two.config);
    let removed = store.remove(two_is.as_str(), Force::Yes).expect("there");
    assert_eq!(removed.untagged.len(), 2);
    assert_eq!(listed(&store), Vec::<String>::new());
    let all = store.gc(&COLLECT, &mut || {}).expect("writable");
    assert!(all.files.len() >= 5, "{all:?}");
    assert_eq!(fs_err::read_dir(store.dir().join("blobs/sha256")).expect("readable").count(), 0);
}

#[test]
fn an_image_without_a_name_is_kept_until_it_gets_one() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let store = Store::at(dir.path().join("store"));
    let one = Fixture::new("x:1");
    put(&store, dir.path(), &one, &[]);
    let id = Digest::sha256(&one.config);
    assert_eq!(store.gc(&COLLECT, &mut || {}).expect("writable").files.len(), 0);
    store.tag(id.short(), &names(&["app"])).expect("by id");
    store
        .remove("app", Force::No)
        .expect("there")
        .deleted
        .expect("no entry without a name is left");
}

#[test]
fn garbage_goes_and_nothing_else() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let store = Store::at(dir.path().join("store"));
    let platforms = whole_index(&[
        ("linux/amd64", &Fixture::new("x:1")),
        ("linux/s390x", &Fixture::of("y:1", vec![tar_of(&crate::fixture::files([("s", b"390")]))])),
    ]);
    let source = source_of(dir.path(), &platforms);
    let destination = store.destination(&names(&["multi"])).expect("writable");
    let all = CopyOptions { platforms: Platforms::All, ..CopyOptions::default() };
    copy(source.as_ref(), destination.as_ref(), &all).expect("writable");
    drop(destination);
    put(&store, dir.path(), &Fixture::new("z:1"), &["gone"]);
    store.remove("gone", Force::No).expect("there");
    let stray = store.dir().join("blobs/sha256").join("0".repeat(64));
    fs_err::write(&stray, b"stray").expect("writable");
    fs_err::write(store.dir().join("index.json.7-1.tmp"), b"killed").expect("writable");
    fs_err::create_dir_all(store.dir().join("partial")).expect("writable");
    fs_err::write(store.dir().join("partial").join("1".repeat(64)), b"begun").expect("writable");

    let dry = GcOptions { dry_run: DryRun::Yes, ..COLLECT };
    let would = store.gc(&dry, &mut || {}).expect("readable");
    assert!(stray.exists());
    let done = store.gc(&COLLECT, &mut || {}).expect("writable");
    assert_eq!(would, done, "a dry run tells what then happens");
    assert!(!stray.exists() && !store.dir().join("index.json.7-1.tmp").exists());
    assert!(store.dir().join("partial").join("1".repeat(64)).exists(), "it may be gone on with");
    let later = SystemTime::now() + Duration::from_secs(10);
    let partials = GcOptions { partials_before: later, ..COLLECT };
    assert_eq!(store.gc(&partials, &mut || {}).expect("writable").files.len(), 1);
    assert_whole(&store);
    assert_eq!(store.image("multi").expect("there").platforms.len(), 2);
}

#[test]
fn the_collector_waits_for_whoever_uses_the_store() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let store = Store::at(dir.path().join("store"));
    put(&store, dir.path(), &Fixture::new("x:1"), &["app"]);
    let writer = store.destination(&names(&["new"])).expect("writable");
    let skip = GcOptions { when_busy: WhenBusy::Skip, ..COLLECT };
    assert!(store.gc(&skip, &mut || {}).expect("readable").skipped);
    let waits = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let collector = scope.spawn(|| {
            store.gc(&COLLECT, &mut || waits.store(true, Ordering::SeqCst)).expect("writable")
        });
        while !waits.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        drop(writer);
        assert!(!collector.join().expect("no panic").skipped);
    });
}

#[test]
fn damage_is_told_with_the_images_that_need_it() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let store = Store::at(dir.path().join("store"));
    put(&store, dir.path(), &Fixture::new("x:1"), &["app"]);
    let image = store.image("app").expect("there");
    let path = |digest: &Digest| store.dir().join("blobs/sha256").join(digest.hex());
    let layers = &image.platforms[0].layers;
    let mut bytes = fs_err::read(path(&layers[0].digest)).expect("there");
    bytes[9] ^= 1;
    fs_err::write(path(&layers[0].digest), bytes).expect("writable");
    fs_err::remove_file(path(&layers[1].digest)).expect("there");
    let verified = store.verify(&mut |_| {}).expect("readable");
    let mut expected = [&layers[0].digest, &layers[1].digest];
    expected.sort();
    let found: Vec<&Digest> = verified.damage.iter().map(|damage| &damage.digest).collect();
    assert_eq!(found, expected);
    assert!(verified.damage.iter().all(|damage| damage.images == names(&["app"])));
    // The manifest itself: then the image is listed, and told to be damaged.
    fs_err::remove_file(path(&image.digest)).expect("there");
    assert_eq!(store.image("app").expect("it has a name").missing, [image.digest]);
}

/// A source as a registry is one: it breaks off, and goes on from any byte.
struct Breaking<'s> {
    inner: &'s dyn ImageSource,
    name: Reference,
    /// Bytes that each read of a blob gives before it breaks off.
    after: u64,
}

impl ImageSource for Breaking<'_> {
    fn name(&self) -> String {
        "breaking".to_owned()
    }

    fn root(&self) -> Result<Document, TransferError> {
        self.inner.root()
    }

    fn document(&self, descriptor: &Descriptor) -> Result<Document, TransferError> {
        self.inner.document(descriptor)
    }

    fn blob(
        &self,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<SourceReader<'_>, TransferError> {
        use std::io::Read;
        let broken = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "broken off");
        let some = self.inner.blob(descriptor, offset)?.take(self.after);
        if offset + self.after >= descriptor.size {
            return Ok(Box::new(some));
        }
        Ok(Box::new(some.chain(Failing(Some(broken)))))
    }

    fn repository(&self) -> Option<&Reference> {
        Some(&self.name)
    }
}

struct Failing(Option<std::io::Error>);

impl std::io::Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

#[test]
fn a_transfer_that_broke_off_goes_on_where_it_was() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let store = Store::at(dir.path().join("store"));
    let noise: Vec<u8> =
        (0..200_000u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    let fixture = Fixture::of("x:1", vec![tar_of(&crate::fixture::files([("noise", &noise)]))]);
    let inner = source_of(dir.path(), &fixture.oci_files(Packing::Plain));
    let name = "registry.example/app:1".parse().expect("a name");
    let source = Breaking { inner: inner.as_ref(), name, after: 30_000 };
    let mut attempts = 0;
    loop {
        attempts += 1;
        let destination = store.destination(&names(&["app"])).expect("writable");
        match copy(&source, destination.as_ref(), &CopyOptions::default()) {
            Ok(_) => break,
            Err(error) => assert!(error.to_string().contains("broken off"), "{error}"),
        }
        if attempts == 3 {
            // What is there turns out wrong: the blob is fetched anew.
            for entry in fs_err::read_dir(store.dir().join("partial")).expect("begun") {
                let path = entry.expect("readable").path();
                let mut bytes = fs_err::read(&path).expect("readable");
                bytes[5] ^= 1;
                fs_err::write(&path, bytes).expect("writable");
            }
        }
        assert!(attempts < 30, "each attempt comes further");
        assert_eq!(listed(&store), Vec::<String>::new());
    }
    assert!(attempts >= 7, "{attempts} attempts");
    assert_eq!(fs_err::read_dir(store.dir().join("partial")).expect("there").count(), 0);
    assert_whole(&store);
    let image = open(&Source::Store { name: "app".to_owned() }, &options(dir.path(), &store));
    fixture.assert_is(&image.expect("whole"));
}

fn collect_until(is_over: &AtomicBool, store: &Store) {
    while !is_over.load(Ordering::SeqCst) {
        store.gc(&COLLECT, &mut || {}).expect("writable");
    }
}

/// The first image makes the directory whose lock everybody holds: the collector may have come before it.
#[test]
fn the_first_image_is_no_garbage() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let fixture = Fixture::of("x:1", vec![tar_of(&crate::fixture::files([("n", b"n")]))]);
    let source = source_of(dir.path(), &fixture.oci_files(Packing::Gzip));
    for round in 0..40 {
        let store = Store::at(dir.path().join(format!("store{round}")));
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let collectors: Vec<_> =
                (0..2).map(|_| scope.spawn(|| collect_until(&is_over, &store))).collect();
            let destination = store.destination(&names(&["app"])).expect("writable");
            let copied = copy(source.as_ref(), destination.as_ref(), &CopyOptions::default());
            drop(destination);
            is_over.store(true, Ordering::SeqCst);
            copied.expect("writable");
            for collector in collectors {
                collector.join().expect("no panic");
            }
        });
        assert_whole(&store);
    }
}

#[test]
fn writers_and_collectors_at_the_same_time_lose_nothing() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let store = Store::at(dir.path().join("store"));
    let fixtures: Vec<Fixture> = (0..4u8)
        .map(|n| Fixture::of("x:1", vec![tar_of(&crate::fixture::files([("n", &[n; 9000])]))]))
        .collect();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let collector = scope.spawn(|| collect_until(&is_over, &store));
        let writers: Vec<_> = (0..4usize)
            .map(|writer| {
                let (store, fixtures, dir) = (&store, &fixtures, dir.path());
                scope.spawn(move || {
                    for round in 0..15usize {
                        let fixture = &fixtures[(writer + round) % 4];
                        let own = format!("app:w{writer}");
                        put(store, dir, fixture, &[&own, "app:shared"]);
                        let source = Source::Store { name: own.clone() };
                        let image = open(&source, &options(dir, store)).expect("just written");
                        fixture.assert_is(&image);
                        if round % 3 == 2 {
                            store.remove(&own, Force::No).expect("its own name");
                        }
                    }
                })
            })
            .collect();
        let joined: Vec<_> = writers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        is_over.store(true, Ordering::SeqCst);
        collector.join().expect("no panic");
        for writer in joined {
            writer.expect("no panic");
        }
    });
    assert_eq!(listed(&store).len(), 1, "every writer took its own name away at the end");
    assert_whole(&store);
}

#[test]
fn a_store_is_a_layout_and_a_directory_of_skopeo_opens_too() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let store = Store::at(dir.path().join("store"));
    let fixture = Fixture::new("x:1");
    put(&store, dir.path(), &fixture, &["app:1", "app:2"]);
    let layout = format!("oci:{}:app:1", store.dir().display());
    let image = open(&layout.parse().expect("a source"), &OpenOptions::new(dir.path()));
    fixture.assert_is(&image.expect("a layout"));
    // skopeo's dir: has the files of a layout under other names.
    let manifest = store.image("app:1").expect("there").digest;
    let skopeo = dir.path().join("skopeo");
    let mut files = Files::new();
    for entry in fs_err::read_dir(store.dir().join("blobs/sha256")).expect("readable") {
        let path = entry.expect("readable").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let name = if name == manifest.hex() { "manifest.json".to_owned() } else { name };
        files.insert(name, fs_err::read(&path).expect("readable"));
    }
    files.insert("version".to_owned(), b"Directory Transport Version: 1.1\n".to_vec());
    lay_out(&skopeo, &files);
    for text in [format!("dir:{}", skopeo.display()), skopeo.display().to_string()] {
        let image = open(&text.parse().expect("a source"), &OpenOptions::new(dir.path()));
        fixture.assert_is(&image.expect("a directory of skopeo"));
    }
}
