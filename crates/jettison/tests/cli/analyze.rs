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
