//! SIGKILL at any moment: no process, no mount, no file is left.

use std::{
    fmt::Write,
    thread,
    time::{Duration, Instant},
};

use jettison_testkit::httpd;
use serde_json::json;

use crate::place::Place;

/// How many moments of a run are tried in each tier.
const MOMENTS: u32 = 10;

/// How long the kernel may take to end what belonged to a killed sandbox, on a loaded machine.
const SETTLES_WITHIN: Duration = Duration::from_secs(20);

/// Processes that come from the run in `place`: its name is in their command line or environment, and the image's own
/// environment holds it too.
fn processes_of(place: &Place) -> String {
    let marker = place.path("").display().to_string();
    let marker = marker.trim_end_matches('/');
    let mut found = String::new();
    for entry in fs_err::read_dir("/proc").expect("there is /proc").flatten() {
        let is_process = entry.file_name().to_string_lossy().bytes().all(|b| b.is_ascii_digit());
        let own = std::process::id().to_string();
        if !is_process || entry.file_name() == own.as_str() {
            continue;
        }
        let text = |name: &str| {
            let bytes = fs_err::read(entry.path().join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).replace('\0', " ")
        };
        let command = text("cmdline");
        let is_zombie = text("stat").rsplit(')').next().is_some_and(|s| s.starts_with(" Z"));
        let is_ours = command.contains(marker) || text("environ").contains(marker);
        if is_ours && !is_zombie {
            writeln!(found, "{}: {command}", entry.path().display()).expect("a string");
        }
    }
    found
}

/// Mounts of this namespace that a run made.
fn mounts_of(place: &Place) -> String {
    let mounts = fs_err::read_to_string("/proc/self/mountinfo").expect("there is /proc");
    let marker = place.path("").display().to_string();
    let is_ours = |line: &&str| {
        [marker.trim_end_matches('/'), " fuse.jettison ", " tmpfs jettison "]
            .iter()
            .any(|mark| line.contains(mark))
    };
    mounts.lines().filter(is_ours).collect::<Vec<_>>().join("\n")
}

/// Waits until `what` is empty.
#[track_caller]
fn assert_settles(what: impl Fn() -> String, context: &str) {
    let begin = Instant::now();
    loop {
        let left = what();
        if left.is_empty() {
            return;
        }
        assert!(begin.elapsed() < SETTLES_WITHIN, "left {context}: {left}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Kills runs with `options` at moments spread over the time that a whole one takes.
fn kill_at_every_moment(options: &[&str]) {
    let place = Place::new();
    let marker = format!("MARKER={}", place.path("image").display());
    let source = place.archive(&httpd().with("Env", json!(["PATH=/bin", marker])));
    let slim = || place.slim(&source).args(options);
    let begin = Instant::now();
    slim().run().expect_proven();
    let whole = begin.elapsed();
    fs_err::remove_file(place.path("out/slim.tar")).expect("it was written");
    for moment in 0..MOMENTS {
        let after = whole * (2 * moment + 1) / (2 * MOMENTS);
        let mut child = slim().start();
        thread::sleep(after);
        child.kill().expect("it can be killed");
        child.wait().expect("it can be waited for");
        let context = format!("with {options:?} by a run killed after {after:?} of {whole:?}");
        assert_settles(|| processes_of(&place), &context);
        assert_settles(|| mounts_of(&place), &context);
        let output = place.list("out");
        if output == ["slim.tar"] {
            // It was quicker this time. What is there must be whole.
            jettison_testkit::Contents::read(&place.path("out/slim.tar"));
            fs_err::remove_file(place.path("out/slim.tar")).expect("it was written");
        } else {
            assert_eq!(output, Vec::<String>::new(), "no half-written output is left {context}");
        }
        assert_settles(|| place.list("work").join(", "), &context);
    }
}

#[test]
fn privileged_a_killed_run_on_fuse_leaves_nothing() {
    kill_at_every_moment(&["--tier", "1"]);
}

#[test]
fn privileged_a_killed_run_that_writes_to_disk_leaves_nothing() {
    kill_at_every_moment(&["--tier", "1", "--write-to-disk"]);
}

#[test]
fn privileged_a_killed_run_on_a_copy_leaves_nothing() {
    kill_at_every_moment(&["--tier", "2"]);
}
