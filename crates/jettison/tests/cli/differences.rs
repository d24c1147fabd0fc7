//! Images that do not work, that vary, and that answer differently once they are small.

use jettison_testkit::{BALLAST_FILE, Contents, FatImage, broken, deaf, differing, flaky};

use crate::place::{Finished, Place};

fn slim(image: &FatImage, args: &[&str]) -> (Place, Finished) {
    let place = Place::new();
    let source = place.archive(image);
    let finished = place.slim(&source).args(args).run();
    place.assert_no_leftovers();
    (place, finished)
}

#[test]
fn privileged_a_fat_image_that_does_not_start_is_told_with_its_last_words() {
    let (place, finished) = slim(&broken(), &[]);
    finished.expect_error(1, &["cannot reach the database at db.example", "3", "hint: "]);
    place.assert_nothing_written();
}

#[test]
fn privileged_what_varies_between_fat_runs_is_not_compared() {
    let (place, finished) = slim(&flaky(), &[]);
    finished.expect_proven();
    let slim = Contents::read(&place.path("out/slim.tar"));
    assert!(slim.files.contains_key("etc/greeting"));
}

#[test]
fn privileged_a_file_whose_presence_alone_matters_stays() {
    let (place, finished) = slim(&differing(), &[]);
    finished.expect_proven();
    let slim = Contents::read(&place.path("out/slim.tar"));
    assert!(slim.files.contains_key(BALLAST_FILE.trim_start_matches('/')));
}

#[test]
fn privileged_another_answer_of_the_slim_image_is_an_error_that_shows_it() {
    let (place, finished) = slim(&differing(), &["--exclude-path", BALLAST_FILE]);
    finished.expect_error(1, &["heavy", "light", BALLAST_FILE]);
    place.assert_nothing_written();
}

#[test]
fn privileged_a_server_that_ignores_its_stop_signal_is_ended() {
    let (place, finished) = slim(&deaf(), &[]);
    finished.expect_proven();
    assert!(Contents::read(&place.path("out/slim.tar")).files.contains_key("www/index.html"));
}
