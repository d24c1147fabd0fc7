//! `jettison diff` as its users run it.

use jettison_testkit::{Entry, FatImage, corners, layer};
use serde_json::{Value, json};

use crate::place::{Place, Run};

/// Two images with a layer in common, and the command that compares them.
fn pair(place: &Place) -> Run<'_> {
    let old = corners();
    let mut new = FatImage::new("example.org/new:1", old.config.clone(), old.layers[..2].to_vec())
        .with("Env", json!(["PATH=/bin", "API_TOKEN=do-not-tell"]))
        .with("User", json!("www"));
    new.layers.push(layer([
        Entry::directory("opt"),
        Entry::file("opt/new", vec![7; 5000]),
        Entry::file("opt/\u{1b}[31m|red`", "an evil name"),
        Entry::file("etc/greeting", "good evening\n").mode(0o600),
        Entry::whiteout("srv", "linked"),
    ]));
    for (name, image) in [("old.tar", old), ("new.tar", new)] {
        image.write_docker_archive(&place.path(name));
    }
    let paths = ["old.tar", "new.tar"].map(|name| place.path(name));
    place.jettison(["diff".as_ref()].into_iter().chain(paths.iter().map(|path| path.as_os_str())))
}

#[test]
fn the_summary_tells_what_matters() {
    let place = Place::new();
    let finished = pair(&place).run().expect_code(0);
    for text in [
        "old.tar",
        "whoever has the old image pulls",
        "in 1 of 3 layers",
        "+ USER www",
        "+ ENV API_TOKEN **** (11)",
        "files: ",
        "/opt: 3 added",
    ] {
        assert!(finished.stdout.contains(text), "{text:?}: {finished}");
    }
    assert!(!finished.stdout.contains("do-not-tell"), "{finished}");
    let chinese = pair(&place).env("JETTISON_LANG", "zh").run();
    assert!(chinese.stdout.contains("已有旧镜像者只需拉取"), "{chinese}");
    place.assert_nothing_written();
}

#[test]
fn the_exit_status_is_that_of_git_diff_when_asked_for() {
    let place = Place::new();
    pair(&place).arg("--exit-code").run().expect_code(1);
    let old = place.path("old.tar");
    let same = place
        .jettison(["diff".as_ref(), old.as_os_str(), old.as_os_str()])
        .arg("--exit-code")
        .run()
        .expect_code(0);
    assert!(same.stdout.contains("files and configuration are the same"), "{same}");
    let missing = place.jettison(["diff", "/nonexistent.tar", "/nonexistent.tar"]).run();
    missing.expect_error(2, &["/nonexistent.tar"]);
}

#[test]
fn every_view_and_format_holds_the_same() {
    let place = Place::new();
    let files = pair(&place).args(["--by", "file", "--limit", "0"]).run().expect_code(0);
    assert!(files.stdout.contains("/etc/greeting (content, mode 0644 → 0600, mtime"), "{files}");
    assert!(!files.stdout.contains('\u{1b}'), "names do not steer the terminal: {files}");
    let few = pair(&place).args(["--by", "file", "--limit", "3"]).run();
    assert!(few.stdout.contains("more (--limit 0 shows all)"), "{few}");
    let json = pair(&place).args(["--format", "json", "--by", "package"]).run().expect_code(0);
    let json: Value = serde_json::from_str(&json.stdout).expect("JSON");
    let changes = json["files"].as_array().expect("a list").len();
    assert_eq!(files.stdout.lines().filter(|line| line.starts_with("  ")).count(), changes);
    assert_eq!(json["layers"]["shared_lowest"], 2);
    let total = &json["total"];
    let count: u64 =
        ["added", "removed", "changed"].iter().filter_map(|key| total[key].as_u64()).sum();
    assert_eq!(count, changes as u64);
    let file = place.path("out/diff.md");
    let quiet = pair(&place).args(["--format", "markdown", "-o"]).arg(&file).run().expect_code(0);
    assert_eq!(quiet.stdout, "");
    let markdown = fs_err::read_to_string(file).expect("it is written");
    assert!(markdown.starts_with("### `"), "{markdown}");
    assert!(markdown.contains("| + `ENV API_TOKEN` |  | `**** (11)` |"), "{markdown}");
}

#[test]
fn what_is_ignored_does_not_count() {
    let place = Place::new();
    let image = |mtime| {
        let entries = [Entry::file("a", "a").later(mtime)];
        FatImage::new("a:1", json!({}), vec![layer(entries)])
    };
    for (name, mtime) in [("old.tar", 1), ("new.tar", 2)] {
        image(mtime).write_docker_archive(&place.path(name));
    }
    let run = |args: &[&str]| {
        let paths = ["old.tar", "new.tar"].map(|name| place.path(name));
        place.jettison(["diff", "--exit-code"]).args(paths).args(args).run()
    };
    run(&[]).expect_code(1);
    run(&["--ignore", "mtime,owner"]).expect_code(0);
    run(&["--ignore", "colour"]).expect_error(2, &["colour"]);
}

#[test]
fn explore_asks_for_a_terminal() {
    let place = Place::new();
    let source = place.archive(&corners());
    let run = place.jettison(["explore".as_ref(), source.as_os_str()]).run();
    run.expect_error(2, &["explore needs a terminal"]);
}
