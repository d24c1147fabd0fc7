//! The bill of materials of a slim image.

use std::io::Read;

use jettison_testkit::{Contents, Entry, FatImage, base, layer};
use serde_json::{Value, json};

use crate::place::Place;

/// Two packages, of which one is used, and a module of Node.js that the program reads.
fn packaged() -> FatImage {
    let status = "Package: greeting\nStatus: install ok installed\nArchitecture: all\nVersion: 1:2.0-3\n\n\
                  Package: recipe\nStatus: install ok installed\nArchitecture: all\nVersion: 4\n";
    let mut entries = base();
    for directory in ["var/lib", "var/lib/dpkg", "var/lib/dpkg/info", "app", "app/node_modules"] {
        entries.push(Entry::directory(directory));
    }
    entries.extend([
        Entry::directory("app/node_modules/left"),
        Entry::file(
            "app/node_modules/left/package.json",
            r#"{"name": "left", "version": "1.3.0"}"#,
        ),
        Entry::file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n"),
        Entry::file("usr/share/recipe", "flour, water, salt\n"),
        Entry::file("var/lib/dpkg/status", status),
        Entry::file("var/lib/dpkg/info/greeting.list", "/etc/greeting\n"),
        Entry::file("var/lib/dpkg/info/recipe.list", "/usr/share/recipe\n"),
    ]);
    let script = "cat /etc/greeting /app/node_modules/left/package.json";
    let config = json!({"Cmd": ["/bin/sh", "-c", script], "Env": ["PATH=/bin"]});
    FatImage::new("example.org/packaged:1", config, vec![layer(entries)])
}

fn read(place: &Place, name: &str) -> Value {
    let text = fs_err::read(place.path(&format!("out/{name}"))).expect("it is written");
    serde_json::from_slice(&text).expect("it is JSON")
}

#[test]
fn privileged_a_bill_lists_what_is_left() {
    let place = Place::new();
    let source = place.archive(&packaged());
    place.slim(&source).args(["--sbom", "bill.json"]).run().expect_proven();
    let bill = read(&place, "bill.json");
    let purls: Vec<&str> = bill["components"]
        .as_array()
        .expect("it is a list")
        .iter()
        .filter_map(|component| component["purl"].as_str())
        .collect();
    assert_eq!(
        purls,
        ["pkg:deb/debian/greeting@1:2.0-3?arch=all&distro=debian-12", "pkg:npm/left@1.3.0"]
    );
    assert_eq!(bill["metadata"]["timestamp"], "2024-01-01T00:00:00Z");
    assert_eq!(bill["metadata"]["component"]["name"], "example.org/packaged:1-slim");
}

#[test]
fn privileged_its_form_and_its_time_can_be_chosen() {
    let place = Place::new();
    let source = place.archive(&packaged());
    let run = place.slim(&source).args(["--sbom", "bill.json", "--sbom-format", "spdx"]);
    run.env("SOURCE_DATE_EPOCH", "1700000000").run().expect_proven();
    let bill = read(&place, "bill.json");
    assert_eq!(bill["spdxVersion"], "SPDX-2.3");
    assert_eq!(bill["creationInfo"]["created"], "2023-11-14T22:13:20Z");
}

#[test]
fn a_bill_that_cannot_be_written_is_told_before_anything_runs() {
    let place = Place::new();
    let source = place.archive(&packaged());
    let run = place.slim(&source).args(["--sbom", "no/bill.json"]).run();
    run.expect_error(2, &["no/bill.json", "mkdir -p no"]);
    let run = place.slim(&source).args(["--sbom", "bill.json", "--sbom-format", "xml"]).run();
    run.expect_code(2);
    let run = place.slim(&source).args(["--sbom", "bill.json"]).env("SOURCE_DATE_EPOCH", "today");
    run.run().expect_error(2, &["SOURCE_DATE_EPOCH=today"]);
    place.assert_nothing_written();
}

/// Three packages of rpm's in an SQLite database, of which one is used.
fn packaged_by_rpm(script: &str) -> FatImage {
    let compressed = include_bytes!("../../../jettison-packages/tests/fixtures/rpmdb.sqlite.gz");
    let mut database = Vec::new();
    flate2::read::GzDecoder::new(&compressed[..])
        .read_to_end(&mut database)
        .expect("fixtures are whole");
    let mut entries = base();
    for directory in ["usr", "usr/bin", "var", "var/lib", "var/lib/rpm"] {
        entries.push(Entry::directory(directory));
    }
    entries.extend(
        ["small", "large", "epochal"].map(|name| Entry::file(&format!("usr/bin/{name}"), name)),
    );
    entries.extend([
        Entry::file("etc/os-release", "ID=fedora\nVERSION_ID=39\n"),
        Entry::file("var/lib/rpm/rpmdb.sqlite", database),
        Entry::file("var/lib/rpm/rpmdb.sqlite-shm", "what was cached of a log"),
    ]);
    let config = json!({"Cmd": ["/bin/sh", "-c", script], "Env": ["PATH=/bin"]});
    FatImage::new("example.org/packaged:1", config, vec![layer(entries)])
}

/// The names of rpm's packages by `jettison analyze`, which reads the database in the image.
fn analyzed(place: &Place) -> Vec<String> {
    let args = ["analyze", "slim.tar", "--format", "json", "--output", "analysis.json"];
    place.jettison(args).run().expect_code(0);
    let analysis = read(place, "analysis.json");
    let packages = analysis["packages"].as_array().expect("it is a list").iter();
    let mut names: Vec<String> = packages
        .filter(|package| package["kind"] == "rpm")
        .filter_map(|package| package["name"].as_str().map(str::to_owned))
        .collect();
    names.sort();
    names
}

#[test]
fn privileged_rpms_database_lists_what_is_left() {
    let place = Place::new();
    let source = place.archive(&packaged_by_rpm("cat /usr/bin/epochal"));
    let run = place.slim(&source).args(["--sbom", "bill.json", "--report", "report.json"]);
    run.run().expect_proven();
    let bill = read(&place, "bill.json");
    let components = bill["components"].as_array().expect("it is a list");
    let purls: Vec<&str> = components.iter().filter_map(|part| part["purl"].as_str()).collect();
    assert!(
        purls.len() == 1 && purls[0].starts_with("pkg:rpm/fedora/epochal@2.3.4-5.el9?"),
        "{purls:?}"
    );
    assert_eq!(analyzed(&place), ["epochal"]);
    let slim = Contents::read(&place.path("out/slim.tar"));
    assert!(!slim.files.contains_key("var/lib/rpm/rpmdb.sqlite-shm"));
    let report = read(&place, "report.json");
    assert_eq!(report["warnings"], json!([]));
    // What is reported of it is what was written.
    let kept = report["kept"].as_array().expect("it is a list");
    let database = kept.iter().find(|kept| kept["path"] == "/var/lib/rpm/rpmdb.sqlite");
    let content = &slim.files["var/lib/rpm/rpmdb.sqlite"].content;
    assert_eq!(database.expect("it is kept")["bytes"], content.len());
}

#[test]
fn privileged_a_database_that_the_program_reads_is_whole_and_it_is_told() {
    let place = Place::new();
    let script = "cat /var/lib/rpm/rpmdb.sqlite > /dev/null; cat /usr/bin/epochal";
    let source = place.archive(&packaged_by_rpm(script));
    place.slim(&source).args(["--report", "report.json"]).run().expect_proven();
    assert_eq!(analyzed(&place), ["epochal", "large", "small"]);
    let warnings = read(&place, "report.json")["warnings"].to_string();
    for words in
        ["rpm-database-whole", "the program itself read it", "lists 3 packages; of 1 of them"]
    {
        assert!(warnings.contains(words), "{words} in {warnings}");
    }
}
