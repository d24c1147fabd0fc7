//! `jettison squash` as its users run it.

use jettison_testkit::{Contents, FatImage, corners, httpd};
use serde_json::Value;

use crate::place::Place;

#[test]
fn squashes_above_the_base_and_says_so() {
    let place = Place::new();
    let source = place.archive(&corners());
    let to = format!("docker-archive:{}", place.path("out/new.tar").display());
    let report = place.path("out/report.json");
    let finished = place
        .jettison(["squash".as_ref(), source.as_os_str()])
        .args(["--to", &to, "-t", "new:1", "-m", "all in one", "--report"])
        .arg(&report)
        .run()
        .expect_code(0);
    for line in [
        "base image: layers up to 1 stay (the history has CMD [\"sh\"] there)",
        "layers 2 to 5 became one: ",
        "verified: the same file tree and configuration",
        "new.tar (new:1)",
    ] {
        assert!(finished.stdout.contains(line), "{line:?}: {finished}");
    }
    let after = Contents::read(&place.path("out/new.tar"));
    assert_eq!(after.diff_ids.len(), 2);
    assert_eq!(after.config["history"][7]["comment"], "all in one");
    let report: Value =
        serde_json::from_slice(&fs_err::read(report).expect("it is written")).expect("JSON");
    assert_eq!(report["schema"], 1);
    assert_eq!(report["base"]["known_from"], "history");
    assert_eq!(report["layers"][4]["becomes"], 2);
    place.assert_no_leftovers();
}

#[test]
fn the_destination_is_named_after_the_source_and_never_overwritten() {
    let place = Place::new();
    let source = place.archive(&httpd());
    let squash = || place.jettison(["squash".as_ref(), source.as_os_str()]).args(["--all"]);
    let chinese = squash().env("JETTISON_LANG", "zh").run().expect_code(0);
    assert!(chinese.stdout.contains("第 1 至 3 层合并为一层"), "{chinese}");
    assert_eq!(place.list("out"), ["fat-squashed.tar"]);
    squash().run().expect_error(2, &["fat-squashed.tar is there already", "--to docker-archive:"]);
    let dry = squash().arg("--dry-run").run();
    assert!(dry.stdout.contains("nothing was written"), "{dry}");
}

#[test]
fn wrong_questions_are_answered_in_one_line() {
    let place = Place::new();
    let source = place.archive(&corners());
    for (args, code, words) in [
        (&["--range", "2..9"][..], 2, &["layers 2 to 9", "the image has 5"][..]),
        (&["--range", "x"], 2, &["\"x\" is no layer number"]),
        (&["--from", "feedfacefeed"], 2, &["no layer of the image is \"feedfacefeed\""]),
        (&["-f", "40"], 2, &["the last 40 steps", "the history has 8"]),
        (&["--all", "--auto"], 2, &["cannot be used with"]),
        (&["--base", "/nonexistent.tar"], 2, &["/nonexistent.tar"]),
        (&["--to", "docker-archive:/nonexistent/x.tar"], 2, &["its directory does not exist"]),
    ] {
        let run = place.jettison(["squash".as_ref(), source.as_os_str()]).args(args).run();
        run.expect_error(code, words);
        place.assert_nothing_written();
    }
}

#[test]
fn an_image_of_the_local_store_is_known_as_the_base() {
    let place = Place::new();
    let image = corners();
    let base =
        FatImage::new("example.org/base:1", image.config.clone(), image.layers[..3].to_vec());
    let (store, file) = (place.path("store"), place.path("base.tar"));
    base.write_docker_archive(&file);
    let store = ["--store".as_ref(), store.as_os_str()];
    place
        .jettison(["copy".as_ref(), file.as_os_str(), "store:example.org/base:1".as_ref()])
        .args(store)
        .run()
        .expect_code(0);
    let source = place.archive(&image);
    let finished = place
        .jettison(["squash".as_ref(), source.as_os_str(), "--dry-run".as_ref()])
        .args(store)
        .run()
        .expect_code(0);
    let line = "base image: layers up to 3 stay (example.org/base:1, kept here)";
    assert!(finished.stdout.contains(line), "{finished}");
}
