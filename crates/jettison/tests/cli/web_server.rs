//! A web server made small: what stays is as it was, what nothing used is gone.

use jettison_testkit::{BALLAST_FILE, Contents, UNCHANGED_LAYER, httpd};
use serde_json::Value;

use crate::{contents::assert_kept_as_they_were, place::Place};

fn read_report(place: &Place) -> Value {
    let bytes = fs_err::read(place.path("report.json")).expect("there is a report");
    serde_json::from_slice(&bytes).expect("the report is JSON")
}

/// The files of the slim image, slimmed with `args` more.
fn slim_contents(place: &Place, args: &[&str]) -> (Contents, Contents) {
    let source = place.archive(&httpd());
    place.slim(&source).args(args).run().expect_proven();
    place.assert_no_leftovers();
    (Contents::read(&source), Contents::read(&place.path("out/slim.tar")))
}

#[test]
fn privileged_a_web_server_is_slimmed_and_proven() {
    let place = Place::new();
    let (fat, slim) = slim_contents(&place, &[]);
    assert_kept_as_they_were(&fat, &slim);
    for path in ["bin/httpd", "bin/busybox", "www/index.html", "www/page.html", "www/extra.html"] {
        assert!(slim.files.contains_key(path), "{path} is used and stays");
    }
    for path in [BALLAST_FILE.trim_start_matches('/'), "var/cache/big.bin"] {
        assert!(fat.files.contains_key(path), "{path} is in the fat image");
        assert!(!slim.files.contains_key(path), "{path} is unused and goes");
    }
    assert!(slim.files.contains_key("var/empty"), "the volume's directory stays");

    assert_eq!(fat.config["config"], slim.config["config"], "the configuration is as it was");
    for key in ["architecture", "os", "created", "author", "x-vendor"] {
        assert_eq!(fat.config[key], slim.config[key], "{key} is as it was");
    }
    assert_eq!(
        slim.diff_ids.last(),
        fat.diff_ids.get(UNCHANGED_LAYER),
        "a layer of which everything is used keeps its digest"
    );
    let history = slim.config["history"].as_array().expect("a history");
    let steps = history.iter().filter(|step| step["empty_layer"] != Value::Bool(true));
    assert_eq!(steps.count(), slim.diff_ids.len(), "each layer has its step");
    let last = history.last().expect("a last step")["created_by"].as_str().expect("a text");
    assert!(last.starts_with("jettison slim"), "the history says what was done: {last}");
}

#[test]
fn privileged_included_paths_keep_every_kind_of_metadata() {
    let place = Place::new();
    let (fat, slim) = slim_contents(&place, &["--include-path", "/opt/tool", "--flatten"]);
    assert_kept_as_they_were(&fat, &slim);
    assert_eq!(slim.diff_ids.len(), 1, "everything is in one layer");
    let names = ["run", "run-too", "pipe", "empty", "dangling"];
    for path in names.map(|name| format!("opt/tool/{name}")) {
        assert!(slim.files.contains_key(&path), "{path} is included");
    }
    let run = &slim.files["opt/tool/run"];
    assert_eq!(run.mode & 0o7777, 0o6755, "set-id bits");
    assert!(run.xattrs.contains_key("security.capability"), "capabilities");
    assert_eq!(slim.other_names("opt/tool/run"), ["opt/tool/run-too"], "hard links");
}

#[test]
fn privileged_layers_filtered_one_by_one_keep_metadata_too() {
    let place = Place::new();
    let (fat, slim) = slim_contents(&place, &["--include-path", "/opt/tool/**"]);
    assert_kept_as_they_were(&fat, &slim);
    assert_eq!(slim.files["opt/tool/run"].mode & 0o7777, 0o6755);
    assert_eq!(slim.files["opt/tool/empty"].owner, (7, 8));
}

#[test]
fn privileged_the_report_gives_a_reason_for_every_kept_path() {
    let place = Place::new();
    let source = place.archive(&httpd());
    let report = place.path("report.json");
    let args = ["--report".as_ref(), report.as_os_str()];
    let finished = place.slim(&source).args(args).run().expect_proven();
    let slim = Contents::read(&place.path("out/slim.tar"));
    let report = read_report(&place);
    assert_eq!(report["schema"], 1);
    assert_eq!(report["verdict"]["equal"], true);
    let kept = report["kept"].as_array().expect("a list");
    for path in slim.files.keys() {
        let fact = kept.iter().find(|fact| fact["path"] == format!("/{path}"));
        let fact = fact.unwrap_or_else(|| panic!("{path} is in the report"));
        for field in ["rule", "because"] {
            assert_ne!(fact[field].as_str().expect("a text"), "", "{field} of {path}");
        }
    }
    let index = kept.iter().find(|fact| fact["path"] == "/www/index.html").expect("it is kept");
    assert!(index["touches"].to_string().contains("read"), "{index}");
    assert_eq!(report["run"]["listening"], serde_json::json!(["8080/tcp"]));
    assert!(report["slim"]["bytes"].as_u64() < report["source"]["bytes"].as_u64());
    // The result on stdout, what is going on on stderr.
    assert!(finished.stdout.contains("before"), "{finished}");
    assert!(!finished.stderr.contains("verified"), "{finished}");
    assert!(finished.stderr.contains("running the fat image"), "{finished}");
}
