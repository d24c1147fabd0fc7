//! Images that run beside the image: by `--with`, and by a Compose file.

use std::path::PathBuf;

use jettison_testkit::{Contents, command_line, dependent, store};

use crate::place::{Finished, Place};

const RECIPE: &str = "usr/share/secret-recipe";

/// An image and the one that it needs, as archives.
fn archives(place: &Place) -> (PathBuf, PathBuf) {
    let other = place.path("store.tar");
    store().write_docker_archive(&other);
    (place.archive(&dependent()), other)
}

fn has_recipe(place: &Place) -> bool {
    Contents::read(&place.path("out/slim.tar")).files.contains_key(RECIPE)
}

/// Slims it beside its store, with `args` more.
fn with_store(place: &Place, args: &[&str]) -> Finished {
    let (source, other) = archives(place);
    let with = format!("{}=store", other.display());
    place.slim(&source).args(["--with", &with]).args(args).run()
}

#[test]
fn privileged_an_image_runs_beside_what_it_needs() {
    let place = Place::new();
    let (source, _) = archives(&place);
    place.slim(&source).run().expect_error(1, &["no store"]);

    let finished = with_store(&place, &[]).expect_proven();
    assert!(finished.stderr.contains("starting store beside it"), "{finished}");
    assert!(!has_recipe(&place), "the store says no");
    place.assert_no_leftovers();
    fs_err::remove_file(place.path("out/slim.tar")).expect("it is there");

    with_store(&place, &["--with-env", "store:VALUE=open"]).expect_proven();
    assert!(has_recipe(&place), "the store is asked by its name and says yes");
    place.assert_no_leftovers();
}

#[test]
fn privileged_what_runs_beside_works_on_copies_too() {
    let place = Place::new();
    with_store(&place, &["--tier", "2", "--with-env", "store:VALUE=open"]).expect_proven();
    assert!(has_recipe(&place));
    place.assert_no_leftovers();
}

#[test]
fn privileged_neighbours_that_do_not_work_are_named() {
    let place = Place::new();
    let clash = with_store(&place, &["--with-env", "store:PORT=8080"]);
    clash.expect_error(2, &["port 8080", "store", "one network"]);
    let (source, other) = archives(&place);
    let other = other.to_str().expect("UTF-8");
    // It looks for itself under a name that it does not have.
    let shop = format!("{other}=shop");
    let unwell = place.slim(&source).args(["--start-timeout", "20", "--with", &shop]).run();
    unwell.expect_error(1, &["shop is not healthy"]);
    let gone = place.path("gone.tar");
    command_line().write_docker_archive(&gone);
    let with = format!("{}=gone", gone.display());
    let ended = place.slim(&source).args(["--with", &with]).run();
    ended.expect_error(1, &["no store"]);
    place.assert_nothing_written();
}

#[test]
fn arguments_that_name_nothing_are_errors() {
    let place = Place::new();
    let table: [(&[&str], &[&str]); 5] = [
        (&["--with-env", "db:A=s3cret"], &["db:A", "nothing of that name"]),
        (&["--with", "/none.tar"], &["/none.tar"]),
        (&["--with", "/none.tar", "--with", "/none.tar"], &["is there already"]),
        (&["--compose-file", "/none.yaml", "--compose-service", "web"], &["/none.yaml"]),
        (&["--publish", "x"], &["--publish", "\"x\""]),
    ];
    let source = place.archive(&command_line());
    for (args, words) in table {
        let finished = place.jettison(["slim".as_ref(), source.as_os_str()]).args(args).run();
        let finished = finished.expect_error(2, words);
        assert!(!finished.stderr.contains("s3cret"), "{finished}");
    }
}

/// Slims the service `web` of a Compose file beside the archives.
fn compose(place: &Place, file: &str, args: &[&str]) -> Finished {
    let (source, _) = archives(place);
    fs_err::write(place.path("compose.yaml"), file).expect("writable");
    let compose = place.path("compose.yaml");
    place
        .slim(&source)
        .args(["--compose-service", "web", "--compose-file"])
        .arg(&compose)
        .args(args)
        .run()
}

const SHOP: &str = "
services:
  web:
    build: .
    environment: [UNUSED=1]
    volumes: ['notes:/notes:ro']
    depends_on: {store: {condition: service_healthy}, fill: {condition: service_completed_successfully}}
  store:
    image: store.tar
    environment: {VALUE: '${ANSWER:-open}'}
    volumes: [notes:/notes]
    expose: [8082]
  fill:
    image: store.tar
    command: ['/bin/sh', '-c', 'test -e /notes/first']
    healthcheck: {disable: true}
    volumes: [notes:/notes]
    profiles: [tools]
volumes: {notes: {}}
";

#[test]
fn privileged_a_compose_file_tells_what_runs_beside() {
    let place = Place::new();
    let finished = compose(&place, SHOP, &[]).expect_proven();
    assert!(has_recipe(&place), "the store got its environment");
    assert!(finished.stdout.contains("profiles"), "what is not followed is told: {finished}");
    place.assert_no_leftovers();
    let slim = Contents::read(&place.path("out/slim.tar"));
    let fat = Contents::read(&place.path("fat.tar"));
    assert_eq!(slim.config["config"], fat.config["config"], "nothing of it gets into the image");
    assert!(slim.files.contains_key("notes"), "where a volume is mounted stays");
    let requests = finished
        .stdout
        .lines()
        .any(|line| line.starts_with("verified: ") && line.contains("requests"));
    assert!(requests, "{finished}");
}

#[test]
fn privileged_services_that_fail_are_named() {
    let place = Place::new();
    let failing = SHOP.replace("test -e /notes/first", "echo no such note; exit 7");
    compose(&place, &failing, &[]).expect_error(1, &["fill", "exit status 7", "no such note"]);
    let unknown = SHOP.replace("store.tar", "127.0.0.1:1/none:1");
    let finished = compose(&place, &unknown, &[]);
    finished.expect_error(2, &["fill, beside the image", "127.0.0.1:1/none:1", "--compose-image"]);
    place.assert_nothing_written();
}
