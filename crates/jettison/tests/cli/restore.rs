//! What was dropped, kept as an image and given back.

use jettison_image::Digest;
use jettison_testkit::{BALLAST_FILE, Contents, httpd};

use crate::place::{Place, Run};

/// A place with `fat.tar`, `out/slim.tar` and `out/rest.tar`.
fn slimmed(args: &[&str]) -> Place {
    let place = Place::new();
    let source = place.archive(&httpd());
    let run = place.slim(&source).args(["--rest", "rest.tar"]).args(args);
    let finished = run.run().expect_proven();
    assert!(finished.stdout.contains("rest.tar (jettison restore)"), "{finished}");
    place
}

fn restore<'a>(place: &'a Place, args: &[&str]) -> Run<'a> {
    let work = place.path("work");
    place
        .jettison(["restore", "slim.tar", "--rest", "rest.tar", "--work-dir"])
        .arg(&work)
        .args(args)
}

fn assert_whole(place: &Place, args: &[&str]) {
    let to = ["--to", "docker-archive:whole.tar"];
    let finished = restore(place, &to).args(args).run().expect_code(0);
    let fat = Contents::read(&place.path("fat.tar"));
    let whole = Contents::read(&place.path("out/whole.tar"));
    assert_eq!(whole.diff_ids, fat.diff_ids, "the layers are what they were, to the byte");
    assert_eq!(whole.config, fat.config);
    assert_eq!(whole.files, fat.files);
    let config = serde_json::to_vec(&httpd().configuration()).expect("it is JSON");
    let id = Digest::sha256(&config).to_string();
    assert!(finished.stdout.contains(&id), "the image id is {id}: {finished}");
    assert!(finished.stdout.contains("(example.org/httpd:1)"), "{finished}");
    place.assert_no_leftovers();
}

#[test]
fn privileged_everything_comes_back_as_it_was() {
    let place = slimmed(&[]);
    assert_whole(&place, &[]);
    assert_whole(&place, &["--compression", "none"]);
}

#[test]
fn privileged_out_of_one_layer_too() {
    let place = slimmed(&["--flatten", "--compression", "zstd"]);
    assert_whole(&place, &[]);
    let to = ["/var/cache", "--to", "docker-archive:some.tar"];
    restore(&place, &to).run().expect_code(0);
    let some = Contents::read(&place.path("out/some.tar"));
    assert_eq!(some.diff_ids.len(), 1, "what was flat stays flat");
    assert!(some.files.contains_key("var/cache/big.bin"));
}

#[test]
fn privileged_single_paths_come_back() {
    let place = slimmed(&[]);
    let slim = Contents::read(&place.path("out/slim.tar"));
    let fat = Contents::read(&place.path("fat.tar"));
    let finished = restore(&place, &[BALLAST_FILE, "/var/**/*.bin"]).run().expect_code(0);
    assert!(finished.stdout.contains("given back: 2 paths"), "{finished}");
    assert!(finished.stdout.contains("was not run"), "{finished}");
    assert!(finished.stdout.contains("(example.org/httpd:1-slim-restored)"), "{finished}");
    let given = Contents::read(&place.path("out/slim-restored.tar"));
    for (path, facts) in &given.files {
        assert_eq!(facts.content, fat.files[path].content, "{path}");
        assert_eq!(facts.xattrs, fat.files[path].xattrs, "{path}");
    }
    let mut new: Vec<&str> = given
        .files
        .keys()
        .filter(|path| !slim.files.contains_key(*path))
        .map(String::as_str)
        .collect();
    // The directories above are new too, where nothing in them was kept.
    new.retain(|path| given.files[*path].kind != b'5');
    assert_eq!(new, [BALLAST_FILE.trim_start_matches('/'), "var/cache/big.bin"]);
    assert_eq!(given.config["config"], slim.config["config"]);
}

#[test]
fn privileged_what_can_come_back_is_listed_and_why_says_how() {
    let place = slimmed(&[]);
    let listed = restore(&place, &["--list"]).run().expect_code(0);
    assert!(listed.stdout.lines().any(|line| line == BALLAST_FILE), "{listed}");
    assert!(!listed.stdout.contains("/www/index.html"), "{listed}");
    let listed = restore(&place, &["/var", "--list"]).run().expect_code(0);
    assert!(listed.stdout.lines().all(|line| line.starts_with("/var")), "{listed}");
    let why = place.jettison(["why", "slim.tar", BALLAST_FILE]).run().expect_code(0);
    assert!(why.stdout.contains("jettison restore"), "{why}");
    assert!(why.stdout.contains("rest.tar"), "{why}");
}

#[test]
fn privileged_what_cannot_be_given_back_is_told() {
    let place = slimmed(&[]);
    for (args, words) in [
        (["/www/index.html", "--list"], "is in the slim image already"),
        (["/no/such/file", "--list"], "was never in the image"),
        (["relative", "--list"], "must begin with /"),
        (["--to", "docker-archive:rest.tar"], "would be overwritten"),
        (["--to", "docker-archive:no/whole.tar"], "does not exist"),
    ] {
        restore(&place, &args).run().expect_error(2, &[words]);
    }
    let swapped = place.jettison(["restore", "rest.tar", "--rest", "slim.tar", "--list"]).run();
    swapped.expect_error(2, &["slim.tar is no rest", ".jettison-rest/recipe.json"]);
    let other = place.jettison(["restore", "../fat.tar", "--rest", "rest.tar", "--list"]).run();
    other.expect_error(2, &["the rest belongs to the slim image sha256:"]);
}

#[test]
fn a_rest_in_the_place_of_the_image_is_refused() {
    let place = Place::new();
    let source = place.archive(&httpd());
    let run = place.slim_to(&source, "docker-archive:same.tar").args(["--rest", "same.tar"]).run();
    run.expect_error(2, &["same.tar is named twice"]);
    let run = place.slim_to(&source, "app:slim").args(["--rest", "store:app:slim"]).run();
    run.expect_error(2, &["store:app:slim is named twice"]);
    let run = place.slim(&source).args(["--rest", "Upper:x"]).run();
    run.expect_error(2, &["upper case"]);
    let run = place.slim(&source).args(["--rest", "no/rest.tar"]).run();
    run.expect_error(2, &["no/rest.tar", "mkdir -p no"]);
    place.assert_nothing_written();
}
