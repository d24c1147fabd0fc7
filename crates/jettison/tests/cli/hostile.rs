//! Input that is damaged or means harm: one clear error, in bounded time, and nothing written.

use std::{path::Path, time::Duration};

use jettison_testkit::{Entry, FatImage, command_line, layer};

use crate::place::{Finished, Place};

/// Nobody waits longer to hear that an archive is damaged.
const BOUND: Duration = Duration::from_mins(1);

/// Fails unless jettison says what is wrong with `source`, by its name, and writes nothing.
#[track_caller]
fn assert_refused(place: &Place, source: &Path) -> Finished {
    let name = source.file_name().expect("a name").to_string_lossy().into_owned();
    let finished = place.slim(source).within(BOUND).run().expect_error(2, &[&name]);
    place.assert_nothing_written();
    finished
}

/// The image of a command, with one more layer.
fn with_layer(entries: impl IntoIterator<Item = Entry>) -> FatImage {
    let mut image = command_line();
    image.layers.push(layer(entries));
    image
}

/// Whatever jettison makes of the image: it ends in time, with an error or with a proven image, and nothing outside its
/// directories is touched.
#[track_caller]
fn assert_harmless(image: &FatImage) -> Finished {
    let place = Place::new();
    let canary = place.path("canary");
    fs_err::write(&canary, "alive").expect("writable");
    let source = place.archive(image);
    let finished = place.slim(&source).within(BOUND).run();
    assert!(matches!(finished.code, Some(0..=2)), "{finished}");
    if finished.code == Some(0) {
        assert_eq!(place.list("out"), ["slim.tar"]);
        place.assert_no_leftovers();
    } else {
        place.assert_nothing_written();
        assert!(finished.stderr.contains("error: "), "{finished}");
    }
    assert_eq!(fs_err::read_to_string(&canary).expect("it is there"), "alive");
    assert_eq!(place.list("."), ["cache", "canary", "fat.tar", "home", "out", "state", "work"]);
    finished
}

#[test]
fn a_source_that_is_missing_or_no_image_is_named() {
    let place = Place::new();
    assert_refused(&place, &place.path("no-such.tar"));
    let empty = place.path("empty.tar");
    fs_err::write(&empty, "").expect("writable");
    assert_refused(&place, &empty);
    let text = place.path("letter.txt");
    fs_err::write(&text, "Dear Sir or Madam, ".repeat(1000)).expect("writable");
    assert_refused(&place, &text);
    let directory = place.path("nothing-in-it");
    fs_err::create_dir(&directory).expect("a directory");
    place
        .slim_to(Path::new(&format!("oci:{}", directory.display())), "docker-archive:x.tar")
        .run()
        .expect_error(2, &["nothing-in-it"]);
    place.assert_nothing_written();
}

#[test]
fn a_truncated_archive_is_refused_wherever_it_ends() {
    let place = Place::new();
    let whole = fs_err::read(place.archive(&command_line())).expect("it is there");
    let cut = place.path("cut.tar");
    for part in [1, 511, 512, 1000, whole.len() / 4, whole.len() / 2, whole.len() - 4096] {
        fs_err::write(&cut, &whole[..part]).expect("writable");
        assert_refused(&place, &cut);
    }
}

#[test]
fn a_flipped_bit_is_found() {
    let place = Place::new();
    let whole = fs_err::read(place.archive(&command_line())).expect("it is there");
    let flipped = place.path("flipped.tar");
    for at in [100_000, whole.len() / 2] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs_err::write(&flipped, &bytes).expect("writable");
        let finished = assert_refused(&place, &flipped);
        assert!(finished.stderr.contains("sha256:"), "the digests are told: {finished}");
    }
}

#[test]
fn a_layout_with_a_damaged_blob_is_refused() {
    let place = Place::new();
    let layout = place.path("layout");
    command_line().write_oci_layout(&layout);
    let blobs = place.list("layout/blobs/sha256");
    for blob in blobs.iter().map(|name| layout.join("blobs/sha256").join(name)) {
        let bytes = fs_err::read(&blob).expect("a blob");
        let mut damaged = bytes.clone();
        damaged[bytes.len() / 2] ^= 1;
        fs_err::write(&blob, damaged).expect("writable");
        assert_refused(&place, &layout);
        fs_err::remove_file(&blob).expect("removable");
        assert_refused(&place, &layout);
        fs_err::write(&blob, bytes).expect("writable");
    }
}

#[test]
fn privileged_names_that_lead_outside_stay_inside() {
    for path in ["../canary", "../../canary", "etc/../../canary", "/../canary", "a/./../../canary"]
    {
        assert_harmless(&with_layer([Entry::file(path, "overwritten")]));
    }
}

#[test]
fn privileged_links_that_lead_outside_stay_inside() {
    let place = Place::new();
    let outside = place.path("home").display().to_string();
    let hostile = [
        vec![Entry::symlink("out", &outside), Entry::file("out/planted", "x")],
        vec![Entry::symlink("up", "../../../../../.."), Entry::file("up/planted", "x")],
        vec![Entry::hard_link("copy", "/etc/shadow")],
        vec![Entry::hard_link("copy", "../../../etc/shadow")],
        vec![Entry::symlink("etc/greeting", "/etc/shadow")],
        vec![Entry::hard_link("a", "b"), Entry::hard_link("b", "a")],
        vec![Entry::symlink("etc/greeting", "greeting")],
        vec![Entry::symlink("a", "b"), Entry::symlink("b", "a"), Entry::file("a/c", "x")],
    ];
    for entries in hostile {
        assert_harmless(&with_layer(entries));
    }
    assert_eq!(place.list("home"), Vec::<String>::new(), "nothing is planted");
}

#[test]
fn privileged_whiteouts_of_everything_harm_the_image_alone() {
    let hostile = [
        vec![Entry::file(".wh..wh..opq", "")],
        vec![Entry::file(".wh.", "")],
        vec![Entry::file(".wh...", "")],
        vec![Entry::file("etc/.wh..", "")],
        vec![Entry::file("../.wh.canary", "")],
        vec![Entry::directory("etc/.wh.greeting")],
        vec![Entry::whiteout("bin", "busybox")],
    ];
    for entries in hostile {
        assert_harmless(&with_layer(entries));
    }
}

#[test]
fn huge_and_malformed_records_are_refused() {
    let long = "d/".repeat(600_000);
    let hostile = [
        Entry::file(&long, "x"),
        Entry::file("etc/greeting", "x").record("comment", &vec![b'x'; 80 << 20]),
        Entry::file("etc/greeting", "x").record("size", b"99999999999999999999"),
        Entry::file("etc/greeting", "x").record("size", b"-1"),
    ];
    for entry in hostile {
        let place = Place::new();
        let source = place.archive(&with_layer([entry]));
        assert_refused(&place, &source);
    }
}

#[test]
fn privileged_a_layer_that_inflates_a_thousandfold_is_bounded() {
    let place = Place::new();
    let mut image = command_line();
    image.layers.push(layer([Entry::file("usr/share/zeros", vec![0; 256 << 20])]));
    let layout = place.path("bomb");
    image.write_oci_layout(&layout);
    let finished = place.slim(&layout).within(BOUND).run();
    // 256 MB are not too much to inflate: it may be slimmed or refused, in bounded time.
    assert!(matches!(finished.code, Some(0 | 2)), "{finished}");
    place.assert_no_leftovers();
}

#[test]
fn deep_json_and_wrong_types_are_refused() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for manifest in
        [deep.as_str(), "{}", "[]", "[{\"Config\": 7}]", "[{\"Config\": \"../../etc/passwd\"}]"]
    {
        let place = Place::new();
        let source = place.path("odd.tar");
        let bytes = layer([Entry::file("manifest.json", manifest)]);
        fs_err::write(&source, bytes).expect("writable");
        assert_refused(&place, &source);
    }
}

#[test]
fn a_destination_that_cannot_be_written_is_told_before_anything_runs() {
    let place = Place::new();
    let source = place.archive(&command_line());
    let before = fs_err::read(&source).expect("it is there");
    let at = |name: &str| place.path(name).display().to_string();
    let wrong = [
        (format!("docker-archive:{}", at("no/such/slim.tar")), "no/such"),
        (format!("docker-archive:{}", at("fat.tar")), "overwritten"),
        (format!("oci:{}", at("fat.tar")), "is a file"),
        (format!("oci-archive:{}", at("home")), "is a directory"),
    ];
    for (destination, word) in wrong {
        let finished =
            place.slim_to(&source, &destination).run().expect_error(2, &[word, "hint: "]);
        assert!(!finished.stderr.contains("running"), "{finished}");
        place.assert_nothing_written();
    }
    let report = at("no/report.json");
    place.slim(&source).args(["--report", &report]).run().expect_error(2, &["no/report.json"]);
    place.assert_nothing_written();
    assert!(before == fs_err::read(&source).expect("it is there"), "the fat image is as it was");
}

#[test]
fn a_default_name_that_is_taken_is_not_overwritten() {
    let place = Place::new();
    let source = place.archive(&command_line());
    fs_err::write(place.path("out/fat-slim.tar"), "mine").expect("writable");
    let finished = place.jettison(["slim".as_ref(), source.as_os_str()]).run();
    finished.expect_error(2, &["fat-slim.tar", "hint: ", "--to"]);
    let left = fs_err::read_to_string(place.path("out/fat-slim.tar")).expect("it is there");
    assert_eq!(left, "mine");
}

#[test]
fn arguments_that_make_no_sense_are_named() {
    let place = Place::new();
    let source = place.archive(&command_line());
    let wrong: [&[&str]; 9] = [
        &["--env", "novalue"],
        &["--label", "=x"],
        &["--mount", "/tmp"],
        &["--mount", "/no/such/dir:/x"],
        &["--cmd", "'open"],
        &["--no-rule", "no-such-rule"],
        &["--tag", "UPPER CASE"],
        &["--env-file", "/no/such/env"],
        &["--include-path", "[z-"],
    ];
    for args in wrong {
        let finished = place.slim(&source).args(args).run();
        finished.expect_error(2, &[args[1].trim_matches(['\'', '='])]);
        place.assert_nothing_written();
    }
}

#[test]
fn an_image_of_another_machine_is_refused() {
    let place = Place::new();
    let mut image = command_line();
    image.architecture = "s390x".to_owned();
    let source = place.archive(&image);
    place.slim(&source).run().expect_error(2, &["linux/s390x", "--platform"]);
    place.assert_nothing_written();
}
