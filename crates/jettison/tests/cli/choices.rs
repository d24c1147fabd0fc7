//! What a user chooses to keep, and evidence that adds up.

use jettison_testkit::{Contents, Entry, FatImage, base, command_line, layer, on_post};
use serde_json::{Value, json};

use crate::place::{Finished, Place};

const RECIPE: &str = "usr/share/secret-recipe";
const BALLAST: &str = "usr/share/ballast/07.bin";

#[track_caller]
fn slim(place: &Place, image: &FatImage, args: &[&str]) -> (Contents, Finished) {
    let source = place.archive(image);
    let finished = place.slim(&source).args(args).run().expect_proven();
    (Contents::read(&place.path("out/slim.tar")), finished)
}

/// A script with a branch that is not taken.
fn branching() -> FatImage {
    let script = "#!/bin/sh\ncase $1 in later) tar --help ;; esac\ncat /etc/greeting\n";
    let mut entries = base();
    entries.extend([
        Entry::file("entry.sh", script).mode(0o755),
        Entry::file("bin/tar", "#!/bin/sh\necho archives\n").mode(0o755),
        Entry::file("usr/share/unused", "never"),
    ]);
    let config = json!({"Cmd": ["/entry.sh"], "Env": ["PATH=/bin"]});
    FatImage::new("example.org/branching:1", config, vec![layer(entries)])
}

#[test]
fn privileged_levels_keep_more_and_more() {
    let kept = |level: &str| slim(&Place::new(), &branching(), &["--keep", level]).0.files;
    let (minimal, balanced, generous) = (kept("minimal"), kept("balanced"), kept("generous"));
    assert!(!minimal.contains_key("bin/tar") && balanced.contains_key("bin/tar"));
    assert!(minimal.keys().all(|path| balanced.contains_key(path)));
    assert!(balanced.keys().all(|path| generous.contains_key(path)));
    assert!(!generous.contains_key("usr/share/unused"));
}

#[test]
fn privileged_a_rule_that_is_off_is_a_risk_that_is_told() {
    let place = Place::new();
    let report = place.path("report.json");
    let args = ["--no-rule", "shell", "--report", report.to_str().expect("UTF-8")];
    let (slim, finished) = slim(&place, &branching(), &args);
    assert!(!slim.files.contains_key("bin/tar"));
    let told = finished.stdout.split("dropped, would be needed for\n").nth(1).expect("a section");
    let line = told.lines().next().expect("a line");
    assert!(
        line.contains("shell: 1 paths, /bin/tar first") && line.contains("/entry.sh"),
        "{line}"
    );
    let report: Value =
        serde_json::from_slice(&fs_err::read(&report).expect("a report")).expect("it is JSON");
    assert_eq!(report["risks"][0]["path"], "/bin/tar");
    assert_eq!(report["risks"][0]["rule"], "shell");
    assert!(report["rules"]["evidence"]["bytes"].as_u64() > Some(0), "what rules cost: {report}");
}

#[test]
fn privileged_evidence_of_several_runs_adds_up() {
    let place = Place::new();
    let [first, second, both] = ["first", "second", "both"].map(|name| place.path(name));
    let text = |path: &std::path::Path| path.to_str().expect("UTF-8").to_owned();
    let (post, cat) = ("POST:/cgi-bin/recipe", format!("cat /{BALLAST}"));
    let out = text(&first);
    let (seen, _) = slim(&place, &on_post(), &["--http-probe-cmd", post, "--evidence-out", &out]);
    assert!(seen.files.contains_key(RECIPE) && !seen.files.contains_key(BALLAST));
    slim(&place, &on_post(), &["--exec", &cat, "--evidence-out", &text(&second)]);

    let (plain, _) = slim(&place, &on_post(), &[]);
    assert!(!plain.files.contains_key(RECIPE) && !plain.files.contains_key(BALLAST));
    let (first, second) = (text(&first), text(&second));
    let merged = text(&both);
    let args = ["--evidence-in", &first, "--evidence-in", &second, "--evidence-out", &merged];
    let (slimmed, _) = slim(&place, &on_post(), &args);
    assert!(slimmed.files.contains_key(RECIPE) && slimmed.files.contains_key(BALLAST));
    let (again, _) = slim(&place, &on_post(), &["--evidence-in", &merged]);
    assert_eq!(again.files.keys().collect::<Vec<_>>(), slimmed.files.keys().collect::<Vec<_>>());

    fs_err::write(place.path("torn"), &fs_err::read(&first).expect("it is there")[..40])
        .expect("writable");
    let source = place.archive(&on_post());
    let finished = place.slim(&source).arg("--evidence-in").arg(place.path("torn")).run();
    finished.expect_error(2, &["torn"]);
}

#[test]
fn privileged_programs_and_shells_are_kept_by_name() {
    let has = |args: &[&str], path: &str| {
        slim(&Place::new(), &command_line(), args).0.files.contains_key(path)
    };
    assert!(!has(&["--keep", "minimal"], "bin/date"));
    assert!(has(&["--keep", "minimal", "--include-bin", "date"], "bin/date"));
    assert!(has(&["--keep", "minimal", "--include-shell"], "bin/sleep"));
    let place = Place::new();
    let source = place.archive(&command_line());
    let args = ["--include-bin", "no-program", "--include-path", "/srv/x", "--exclude-path", "/y"];
    let finished = place.slim(&source).args(args).run().expect_proven();
    for told in ["--include-bin no-program", "--include-path /srv/x", "--exclude-path /y"] {
        assert!(finished.stdout.contains(told), "{told}: {finished}");
    }
}

#[test]
fn privileged_files_of_requests_and_commands_are_carried_out() {
    let place = Place::new();
    let requests = place.path("requests.json");
    let command =
        r#"{"commands": [{"resource": "/cgi-bin/recipe", "method": "POST", "body": "a=b"}]}"#;
    fs_err::write(&requests, command).expect("writable");
    let script = place.path("smoke.sh");
    fs_err::write(&script, format!("# all at once\ncat /{BALLAST} >/dev/null\necho done\n"))
        .expect("writable");
    let args = [
        "--http-probe-cmd-file",
        requests.to_str().expect("UTF-8"),
        "--exec-file",
        script.to_str().expect("UTF-8"),
    ];
    let (slim, finished) = slim(&place, &on_post(), &args);
    assert!(slim.files.contains_key(RECIPE) && slim.files.contains_key(BALLAST), "{finished}");
}
