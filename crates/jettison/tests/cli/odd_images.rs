//! Images that are unusual and right: without a shell, without anything but a program, with odd users, odd names, odd
//! files, and programs that behave oddly. And those that cannot run, which is said with a way out.

use jettison_testkit::{Contents, Entry, FatImage, base, busybox, layer};
use serde_json::{Value, json};

use crate::{
    contents::assert_kept_as_they_were,
    place::{Finished, Place},
};

/// busybox with the usual surroundings, files of the test's own, and this script.
fn scripted(script: &str, files: impl IntoIterator<Item = Entry>) -> FatImage {
    let mut entries = base();
    entries.extend(files);
    for applet in ["ls", "tail", "test", "sort", "env", "wc", "id", "nc", "printf", "mkdir"] {
        entries.push(Entry::symlink(&format!("bin/{applet}"), "busybox"));
    }
    entries.push(Entry::file("usr/share/unused", "nobody asks for it"));
    let config = json!({"Cmd": ["/bin/sh", "-c", script], "Env": ["PATH=/bin"]});
    FatImage::new("example.org/odd:1", config, vec![layer(entries)])
}

/// The same as a server on port 8080.
fn serving(script: &str, files: impl IntoIterator<Item = Entry>) -> FatImage {
    let page = Entry::file("www/index.html", "<a href=/page.html>page</a>");
    let files = files.into_iter().chain([page, Entry::file("www/page.html", "the page")]);
    scripted(script, files)
        .with("ExposedPorts", json!({"8080/tcp": {}}))
        .with("StopSignal", json!("SIGKILL"))
}

const SERVE: &str = "exec httpd -f -p 8080 -h /www";

/// Slims it, and returns what it became and what was said.
#[track_caller]
fn slim_with(image: &FatImage, args: &[&str]) -> (Contents, Finished) {
    let place = Place::new();
    let source = place.archive(image);
    let finished = place.slim(&source).args(args).run().expect_proven();
    place.assert_no_leftovers();
    let slim = Contents::read(&place.path("out/slim.tar"));
    assert_kept_as_they_were(&Contents::read(&source), &slim);
    (slim, finished)
}

#[track_caller]
fn slim(image: &FatImage) -> (Contents, Finished) {
    slim_with(image, &[])
}

#[track_caller]
fn assert_asked(finished: &Finished) {
    let requests = finished.stdout.split("verified: ").nth(1).expect("it says so");
    let count: usize = requests.split(' ').next().expect("a number").parse().expect("a number");
    assert!(count > 1, "its pages were asked for: {finished}");
}

#[test]
fn privileged_a_lone_static_program_is_an_image() {
    // FROM scratch: no directory, no account, no shell, and /proc, /dev and /tmp are made by whoever runs it.
    let layers = vec![layer([
        Entry::file("httpd", busybox()).mode(0o755),
        Entry::file("index.html", "alone"),
        Entry::file("unused.bin", vec![7; 30_000]),
    ])];
    let config = json!({
        "Entrypoint": ["/httpd"], "Cmd": ["-f", "-p", "8080", "-h", "/"],
        "ExposedPorts": {"8080/tcp": {}}, "StopSignal": "SIGKILL", "User": "65532:65532",
    });
    let (slim, finished) = slim(&FatImage::new("example.org/scratch:1", config, layers));
    assert_asked(&finished);
    assert!(slim.files.contains_key("httpd") && slim.files.contains_key("index.html"));
    assert!(!slim.files.keys().any(|path| path.starts_with("proc") || path.starts_with("bin")));
}

#[test]
fn privileged_without_a_shell_probes_go_on_and_shell_commands_are_told_to_fail() {
    let mut entries = vec![
        Entry::directory("app"),
        Entry::file("app/httpd", busybox()).mode(0o755),
        Entry::directory("www"),
        Entry::file("www/index.html", "distroless"),
        Entry::directory("etc"),
        Entry::file("etc/passwd", "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"),
    ];
    entries.push(Entry::directory("home"));
    entries.push(Entry::directory("home/nonroot").mode(0o700).owner(65532, 65532));
    let config = json!({
        "Entrypoint": ["/app/httpd", "-f", "-p", "8080", "-h", "/www"], "User": "nonroot",
        "ExposedPorts": {"8080/tcp": {}}, "StopSignal": "SIGKILL", "WorkingDir": "/home/nonroot",
    });
    let image = FatImage::new("example.org/distroless:1", config, vec![layer(entries)]);
    let (slim, finished) = slim_with(&image, &["--exec", "echo needs a shell"]);
    assert_asked(&finished);
    assert!(slim.files.contains_key("home/nonroot"), "the user's home");
    assert!(finished.stdout.contains("command-failed"), "the shell line is told: {finished}");
}

#[test]
fn privileged_a_working_directory_that_is_not_there_is_made() {
    let image = serving("pwd; exec httpd -f -p 8080 -h /www", []);
    let (slim, finished) = slim(&image.with("WorkingDir", json!("/srv/not/there")));
    assert_asked(&finished);
    assert_eq!(slim.config["config"]["WorkingDir"], "/srv/not/there");
}

#[test]
fn privileged_users_are_names_numbers_or_an_error() {
    let table = [
        ("www", 33, 33),
        ("4321", 4321, 0),
        ("4321:77", 4321, 77),
        ("www:77", 33, 77),
        ("0", 0, 0),
    ];
    for (user, uid, gid) in table {
        let script = format!("test $(id -u):$(id -g) = {uid}:{gid} && cat /etc/greeting");
        let (slim, finished) = slim(&scripted(&script, []).with("User", json!(user)));
        assert!(slim.files.contains_key("etc/greeting"), "{user}: {finished}");
    }

    let place = Place::new();
    for (user, words) in
        [("ghost", ["ghost", "/etc/passwd"]), ("www:ghosts", ["ghosts", "/etc/group"])]
    {
        let source = place.archive(&scripted("true", []).with("User", json!(user)));
        let finished = place.slim(&source).run();
        let finished = finished.expect_error(2, &words);
        assert!(finished.stderr.contains("hint: "), "{finished}");
        place.assert_nothing_written();
    }
}

#[test]
fn privileged_servers_on_ipv6_alone_are_asked() {
    for address in ["[::1]:8080", "[::]:8080"] {
        let (slim, finished) = slim(&serving(&format!("exec httpd -f -p {address} -h /www"), []));
        assert_asked(&finished);
        assert!(slim.files.contains_key("www/page.html"), "{address}");
    }
}

#[test]
fn privileged_programs_share_memory_and_write_where_they_like() {
    let script = "echo shared > /dev/shm/part && cat /dev/shm/part && mkdir -p /var/new/deep && echo x > /var/new/deep/y && \
                  exec httpd -f -p 8080 -h /www";
    let (slim, finished) = slim(&serving(script, []));
    assert_asked(&finished);
    let is_made = |path: &String| path.contains("shm") || path.starts_with("var/new");
    assert!(!slim.files.keys().any(is_made), "what the run made is not the image's");
}

#[test]
fn privileged_many_layers_stay_layers() {
    let mut image = serving(SERVE, []);
    for number in 0..40 {
        image.layers.push(layer([
            Entry::directory("www"),
            Entry::file("www/index.html", format!("<a href=/{number}.html>page {number}</a>")),
            Entry::file(&format!("www/{number}.html"), format!("page {number}")),
            Entry::directory("var/cache"),
            Entry::file(&format!("var/cache/unused-{number}"), vec![1; 5000]),
        ]));
    }
    let (slim, finished) = slim(&image);
    assert_asked(&finished);
    assert_eq!(slim.diff_ids.len(), 41, "each has a page that stays");
    assert!(!slim.files.contains_key("var/cache/unused-7"));
}

#[test]
fn privileged_an_image_without_a_command_is_told_how_to_give_one() {
    let place = Place::new();
    let image = scripted("true", []).with("Cmd", json!(null));
    let source = place.archive(&image);
    let finished = place.slim(&source).run().expect_error(2, &["ENTRYPOINT", "CMD"]);
    assert!(finished.stderr.contains("--cmd"), "the way out: {finished}");
    place.assert_nothing_written();
    let args = ["--cmd", "cat /etc/greeting"];
    let (slim, _) = slim_with(&image, &args);
    assert!(slim.files.contains_key("etc/greeting"));
    assert_eq!(slim.config["config"]["Cmd"], json!(["cat", "/etc/greeting"]));
}

#[test]
fn privileged_a_program_that_wants_a_terminal_ends_as_in_a_container_without_one() {
    let script =
        "test -t 0 || { echo 'no terminal: run with -t' >&2; exit 9; }; cat /usr/share/unused";
    let place = Place::new();
    let source = place.archive(&scripted(script, []).with("ExposedPorts", json!({"80/tcp": {}})));
    place.slim(&source).run().expect_error(1, &["no terminal: run with -t", "exit status 9"]);
    let (_, finished) = slim(&scripted(script, []));
    assert!(finished.stdout.contains("command-failed"), "it exercises little: {finished}");
}

#[test]
fn privileged_what_a_program_needs_for_its_end_stays() {
    // As PID 1 it ends only because it has a handler; what the handler reads is read at no other time.
    let script = "trap 'cat /usr/share/farewell; exit 5' TERM; httpd -p 8080 -h /www; while true; do sleep 0.1; done";
    let files = [Entry::file("usr/share/farewell", "good bye\n")];
    let image = serving(script, files).with("StopSignal", json!("SIGTERM"));
    let (slim, finished) = slim(&image);
    assert_asked(&finished);
    assert!(slim.files.contains_key("usr/share/farewell"));
}

#[test]
fn privileged_a_server_that_leaves_the_foreground_ends_its_container_and_that_is_told() {
    // As in an engine: the end of the first process is the end of all.
    let (_, finished) = slim(&serving("httpd -p 8080 -h /www", []));
    assert!(finished.stdout.contains("ended-early"), "to look at: {finished}");
}

#[test]
fn privileged_processes_that_nobody_waits_for_do_no_harm() {
    let script = "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do (sleep 0.01 & ); done; exec httpd -f -p 8080 -h /www";
    assert_asked(&slim(&serving(script, [])).1);
}

#[test]
fn privileged_large_environments_reach_the_program() {
    // The longest that execve(2) takes is 128 KiB for one.
    let mut env = vec!["PATH=/bin".to_owned(), format!("LONG={}", "x".repeat(120_000))];
    env.extend((0..600).map(|number| format!("VARIABLE_{number}={}", "y".repeat(200))));
    let script = "test ${#LONG} = 120000 && test $(env | wc -l) -gt 600 && cat /etc/greeting";
    let (slim, finished) = slim(&scripted(script, []).with("Env", json!(env)));
    assert!(slim.files.contains_key("etc/greeting"), "{finished}");
    assert!(!finished.stdout.contains("command-failed"), "{finished}");
}

#[test]
fn privileged_names_that_are_no_text_are_names() {
    let mut files = vec![Entry::directory("srv"), Entry::file("srv/two\nlines", "0")];
    // Latin-1, a tabulator, and the longest name that there is.
    let long = [&b"srv/"[..], &[b'n'; 255]].concat();
    for name in [&b"srv/caf\xe9"[..], b"srv/ta\tb", &long] {
        files.push(Entry::file("srv/x", "1").record("path", name));
    }
    let place = Place::new();
    let report = place.path("report.json");
    let args = ["--report", report.to_str().expect("UTF-8")];
    let (slim, _) = slim_with(&scripted("cat /srv/*", files), &args);
    let kept = slim.files.keys().filter(|path| path.starts_with("srv/")).count();
    assert_eq!(kept, 4, "{:?}", slim.files.keys());
    let report: Value =
        serde_json::from_slice(&fs_err::read(&report).expect("a report")).expect("it is JSON");
    assert!(report["kept"].to_string().contains("/srv/caf"), "the report shows them");
}

#[test]
fn privileged_links_that_lead_nowhere_are_kept_as_links() {
    let files = [
        Entry::directory("srv"),
        Entry::symlink("srv/loop", "loop-too"),
        Entry::symlink("srv/loop-too", "loop"),
        Entry::symlink("srv/self", "self/deeper"),
        Entry::symlink("srv/up", "../../../../../../etc/greeting"),
        Entry::symlink("srv/out", "/proc/1/root/etc/greeting"),
    ];
    let script = "for f in loop self up out; do cat /srv/$f; done; ls -l /srv | sort | wc -l; true";
    let (slim, _) = slim(&scripted(script, files));
    for link in ["loop", "loop-too", "self", "up", "out"] {
        assert!(slim.files.contains_key(&format!("srv/{link}")), "{link}");
    }
    assert!(slim.files.contains_key("etc/greeting"));
}

#[test]
fn privileged_devices_and_pipes_of_an_image_are_kept_as_they_are() {
    let files = [
        Entry::directory("srv"),
        Entry::device("srv/null", (1, 3)).mode(0o666),
        Entry::device("dev/null", (1, 3)).mode(0o666),
        Entry::device("dev/console", (5, 1)),
        Entry::fifo("srv/pipe").mode(0o622),
    ];
    let script =
        "test -c /srv/null && test -p /srv/pipe && echo x > /dev/null && cat /etc/greeting";
    let image = scripted(script, files);
    let (slim, finished) = slim(&image);
    assert!(!finished.stdout.contains("command-failed"), "{finished}");
    assert_eq!(slim.files["srv/null"].kind, b'3');
    assert_eq!(slim.files["srv/pipe"].kind, b'6');
    for tier in ["2", "3"] {
        let (copied, _) = slim_with(&image, &["--tier", tier]);
        assert_eq!(copied.files["srv/null"], slim.files["srv/null"], "tier {tier}");
    }
}
