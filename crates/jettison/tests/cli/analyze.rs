//! `jettison analyze` as its users run it.

use jettison_testkit::{Entry, FatImage, corners, layer};
use serde_json::{Value, json};

use crate::place::{Place, Run};

/// A private key that nobody has: the armour is what tells it.
const KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\n\
    b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n\
    QyNTUxOQAAACDq3n0Zk1b8Yy4mV7o2c9uXw5Jt6hLr0aGfPzS8eKd1NQAAAJh3mVxFd5lc\n\
    -----END OPENSSH PRIVATE KEY-----\n";

/// 20,000 bytes that a later layer deletes: a header and whole blocks of 512.
const DELETED: usize = 20_000;

/// An image that wastes and leaks, and the command that says so.
fn wasteful(place: &Place) -> Run<'_> {
    let base = corners();
    let mut image = FatImage::new("example.org/wasteful:1", base.config.clone(), base.layers)
        .with("Env", json!(["PATH=/bin", "DB_PASSWORD=do-not-tell-8231"]));
    image.layers.push(layer([
        Entry::directory("opt"),
        Entry::file("opt/big", vec![7; DELETED]),
        Entry::file("opt/id_ed25519", KEY),
    ]));
    image.layers.push(layer([Entry::whiteout("opt", "big"), Entry::whiteout("opt", "id_ed25519")]));
    let path = place.path("wasteful.tar");
    image.write_docker_archive(&path);
    place.jettison(["analyze".as_ref(), path.as_os_str()])
}

#[test]
fn the_report_names_waste_secrets_and_risks_and_no_value() {
    let place = Place::new();
    let finished = wasteful(&place).run().expect_code(0);
    for text in ["wasteful.tar", "removed by a later layer", "/opt/id_ed25519", "runs as root"] {
        assert!(finished.stdout.contains(text), "{text:?}: {finished}");
    }
    for secret in ["do-not-tell-8231", "b3BlbnNzaC1rZXktdjEAAAAA"] {
        assert!(!finished.stdout.contains(secret), "{finished}");
    }
    // The second run reads the index alone, and says the same.
    assert_eq!(wasteful(&place).run().expect_code(0).stdout, finished.stdout);
    let chinese = wasteful(&place).args(["--lang", "zh"]).run().expect_code(0);
    assert!(chinese.stdout.contains("浪费"), "{chinese}");
    place.assert_nothing_written();
}

#[test]
fn the_numbers_add_up_in_json() {
    let place = Place::new();
    let finished = wasteful(&place).args(["--format", "json"]).run().expect_code(0);
    let report: Value = serde_json::from_str(&finished.stdout).expect("JSON");
    let size = &report["size"];
    let bytes = |name: &str| size[name].as_u64().unwrap_or_else(|| panic!("{name}: {size}"));
    assert_eq!(bytes("now") - bytes("wasted"), bytes("after"));
    let causes = report["causes"].as_array().expect("a list");
    let all: u64 = causes.iter().filter_map(|cause| cause["bytes"].as_u64()).sum();
    assert_eq!(all, bytes("wasted"));
    let deleted = causes.iter().find(|cause| cause["cause"] == "deleted").expect("deleted files");
    assert!(deleted["bytes"].as_u64() >= Some(DELETED as u64), "{deleted}");
}

#[test]
fn a_broken_bound_is_exit_status_1_and_named() {
    let place = Place::new();
    wasteful(&place).args(["--max-layers", "100", "--max-size", "10MB"]).run().expect_code(0);
    for (bound, value) in [("--max-wasted", "10kB"), ("--max-layers", "2"), ("--max-secrets", "0")]
    {
        let broken = wasteful(&place).args([bound, value]).run().expect_code(1);
        let said = format!("{}{}", broken.stdout, broken.stderr);
        assert!(said.contains(bound.trim_start_matches("--max-")), "{bound}: {broken}");
    }
}

#[test]
fn what_cannot_be_read_is_said() {
    let place = Place::new();
    let missing =
        place.jettison(["analyze", "docker-archive:/nonexistent.tar"]).run().expect_code(2);
    assert!(missing.stderr.contains("/nonexistent.tar"), "{missing}");
    let unknown = wasteful(&place).args(["--ignore", "JR-no-such-thing"]).run().expect_code(2);
    assert!(unknown.stderr.contains("JR-no-such-thing"), "{unknown}");
}

#[test]
fn growth_is_measured_against_the_version_before() {
    let place = Place::new();
    let mut image = corners();
    for (tag, more) in [("app:1.0.0", 10_000), ("app:1.1.0", 300_000), ("app:1.1.0-rc1", 1)] {
        image.layers.push(layer([Entry::file("srv/data", vec![1; more])]));
        tag.clone_into(&mut image.tag);
        let archive = place.archive(&image);
        let name = format!("store:{tag}");
        place.jettison(["copy".as_ref(), archive.as_os_str(), name.as_ref()]).run().expect_code(0);
    }
    let arguments = ["analyze", "store:app:1.1.0", "--baseline", "previous"];
    let finished = place.jettison(arguments).args(["--format", "json"]).run().expect_code(0);
    let report: Value = serde_json::from_str(&finished.stdout).expect("JSON");
    let growth = &report["growth"];
    assert_eq!(growth["baseline"], "app:1.0.0", "{growth}");
    let grown = report["size"]["now"].as_u64().zip(growth["bytes"].as_u64());
    // A header, 300,000 bytes in whole blocks, and the end of the tar.
    assert_eq!(grown.map(|(now, before)| now - before), Some(512 + 300_032 + 1024));
    place.jettison(arguments).args(["--max-growth", "1MB"]).run().expect_code(0);
    let broken = place.jettison(arguments).args(["--max-growth", "5kB"]).run().expect_code(1);
    assert!(broken.stderr.contains("max-growth"), "{broken}");
    let archive = place.archive(&image);
    for (source, words) in [
        ("store:app:1.0.0", "no earlier version"),
        (archive.to_str().expect("UTF-8"), "no name with a tag"),
    ] {
        let arguments = ["analyze", source, "--baseline", "previous"];
        place.jettison(arguments).run().expect_error(2, &[words, "name the baseline"]);
    }
}

#[test]
fn the_page_is_one_file_that_tells_no_secret() {
    let place = Place::new();
    let page = place.path("page.html");
    wasteful(&place).arg("--html").arg(&page).run().expect_code(0);
    let text = fs_err::read_to_string(&page).expect("the page is written");
    for part in
        ["<!doctype html>", "Content-Security-Policy", "default-src 'none'", "/opt/id_ed25519"]
    {
        assert!(text.contains(part), "{part}");
    }
    for secret in ["do-not-tell-8231", "b3BlbnNzaC1rZXktdjEAAAAA"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let printed = wasteful(&place).args(["--format", "html"]).run().expect_code(0);
    assert_eq!(printed.stdout.trim_end(), text.trim_end());
    let broken = ["--format", "sarif", "--max-layers", "1"];
    let report = wasteful(&place).args(broken).run().expect_code(1).stdout;
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let first = &report["runs"][0]["results"][0];
    assert_eq!((&first["ruleId"], &first["level"]), (&json!("JB-max-layers"), &json!("error")));
}
