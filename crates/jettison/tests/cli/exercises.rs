//! Each way to exercise an image reaches what nothing else reaches, and is compared.

use jettison_testkit::{Contents, FatImage, api, socket};

use crate::place::{Finished, Place};

const RECIPE: &str = "usr/share/secret-recipe";

/// Slims an image with `args` more; whether the recipe stayed, and what was said.
fn slim(image: &FatImage, args: &[&str]) -> (bool, Finished) {
    let place = Place::new();
    let source = place.archive(image);
    let finished = place.slim(&source).args(args).run().expect_proven();
    place.assert_no_leftovers();
    (Contents::read(&place.path("out/slim.tar")).files.contains_key(RECIPE), finished)
}

#[test]
fn privileged_an_api_is_exercised_by_its_description() {
    let (kept, _) = slim(&api(), &[]);
    assert!(!kept, "a description that is only found is asked with safe methods");
    let (kept, _) = slim(&api(), &["--http-probe-apispec", "/openapi.json"]);
    assert!(kept, "one that is given is asked with all");

    let place = Place::new();
    let file = place.path("api.yaml");
    fs_err::write(&file, "swagger: '2.0'\npaths:\n  /recipe:\n    post: {}\n").expect("writable");
    let spec = format!("{}:/cgi-bin", file.display());
    let (kept, _) = slim(&api(), &["--http-probe-apispec-file", &spec]);
    assert!(kept, "a file of this machine, below a prefix");
}

#[test]
fn privileged_a_description_that_is_not_served_is_an_error() {
    let place = Place::new();
    let source = place.archive(&api());
    let finished = place.slim(&source).args(["--http-probe-apispec", "/none.json"]).run();
    finished.expect_error(2, &["/none.json", "status 404"]);
    place.assert_nothing_written();
}

#[test]
fn faulty_descriptions_and_credentials_are_named() {
    let place = Place::new();
    let file = place.path("api.yaml");
    fs_err::write(&file, "openapi: 3.0.0\npaths: {}\n").expect("writable");
    let file = file.to_str().expect("UTF-8").to_owned();
    let table: [(&[&str], &[&str]); 5] = [
        (&["--http-probe-apispec", "api.yaml"], &["api.yaml", "--http-probe-apispec-file"]),
        (&["--http-probe-apispec-file", "/none.yaml"], &["/none.yaml"]),
        (&["--http-probe-apispec-auth", "key=s3cret"], &["key", "no API description"]),
        (
            &["--http-probe-apispec-file", &file, "--http-probe-apispec-auth", "key=s3cret"],
            &["key", "security scheme"],
        ),
        (&["--http-probe-ws", "chat"], &["chat", "starts with"]),
    ];
    for (args, words) in table {
        let finished = place.jettison(["slim", "none.tar", "--to", "oci:x"]).args(args).run();
        let finished = finished.expect_error(2, words);
        assert!(!finished.stderr.contains("s3cret"), "{finished}");
    }
}

#[test]
fn privileged_a_websocket_is_opened_and_compared() {
    let (kept, _) = slim(&socket(), &[]);
    assert!(!kept, "nobody opened it");
    let (kept, finished) = slim(&socket(), &["--http-probe-ws", "/chat hello"]);
    assert!(kept, "it was read for the socket");
    assert!(finished.stdout.contains("1 socket: equal"), "{finished}");
}
