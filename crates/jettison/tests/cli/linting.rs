//! `jettison lint` and `jettison lsp`.

use std::{
    fs::Permissions,
    io::{BufRead, BufReader, Read, Write},
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use jettison_testkit::directory as files;
use tempfile::TempDir;

struct Answer {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Runs `jettison` with `args` in `directory`, with `input` on standard input.
fn jettison(directory: &Path, args: &[&str], input: &str) -> Answer {
    let mut child = Command::new(env!("CARGO_BIN_EXE_jettison"))
        .current_dir(directory)
        .args(args)
        .env("JETTISON_LANG", "en")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // A command that does not read its input may end before it is written.
    drop(child.stdin.take().expect("a pipe").write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Answer { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

const BAD: &str = "FROM debian:12\nRUN cd /x && make\nUSER 1000\n";
const CD: &[&str] = &["lint", "--select", "JT-cd"];

#[test]
fn exit_statuses() {
    let place = files(&[("Dockerfile", BAD), ("fine/Dockerfile", "FROM scratch\n")]);
    let at = |args: &[&str]| jettison(place.path(), args, "");
    assert_eq!(at(CD).code, Some(1));
    assert_eq!(at(&["lint", "--select", "JT-cd", "fine"]).code, Some(0));
    assert_eq!(at(&["lint", "--select", "JT-cd", "--fail-on", "error"]).code, Some(0));
    for wrong in [
        &["lint", "nothing/Dockerfile"][..],
        &["lint", "--select", "JT-none"],
        &["lint", "--fail-on", "loud"],
        &["lint", "--format", "none"],
        &["lint", "--baseline", "none.json"],
        &["lint", "--config", "none.toml"],
        &["lint", "--unsafe-fixes"],
        &["lint", "--fix", "--write-baseline", "known.json"],
    ] {
        let answer = at(wrong);
        assert_eq!(answer.code, Some(2), "{wrong:?}: {}", answer.err);
        assert!(!answer.err.is_empty() && answer.out.is_empty(), "{wrong:?}");
    }
    let empty = files(&[]);
    assert_eq!(jettison(empty.path(), &["lint"], "").code, Some(2), "nothing to look at is told");
}

#[test]
fn a_file_that_cannot_be_looked_at_hides_no_other() {
    let place = files(&[
        ("a/Dockerfile", BAD),
        ("b/Dockerfile", BAD),
        ("b/jettison.toml", "[lint\n"),
        ("b/sub/Dockerfile", BAD),
        ("c/Dockerfile", BAD),
    ]);
    let large = place.path().join("large.Dockerfile");
    fs_err::write(&large, "#".repeat((4 << 20) + 1)).expect("the file");
    std::os::unix::fs::symlink("loop", place.path().join("loop")).expect("a link to itself");
    let args = ["--format", "json", "a", "b", "large.Dockerfile", "none", "loop", "c"];
    let answer = jettison(place.path(), &[CD, &args].concat(), "");
    assert_eq!(answer.code, Some(2));
    let found: serde_json::Value = serde_json::from_str(&answer.out).expect("a whole document");
    let found = found["findings"].as_array().expect("a list");
    let files: Vec<_> = found.iter().filter_map(|one| one["file"].as_str()).collect();
    assert_eq!(files, ["a/Dockerfile", "c/Dockerfile"]);
    for part in ["b/jettison.toml", "large.Dockerfile has more than 4 MiB", "`none`", "`loop`"] {
        assert_eq!(answer.err.matches(part).count(), 1, "{part}: {}", answer.err);
    }
    let baseline = [CD, &["--write-baseline", "known.json", "a", "none"]].concat();
    assert_eq!(jettison(place.path(), &baseline, "").code, Some(2));
    assert!(!place.path().join("known.json").exists(), "a part is no baseline");
}

#[test]
fn a_full_disk_is_told_and_a_reader_may_go() {
    let place = files(&[("Dockerfile", BAD)]);
    let to = |out: &str| {
        let command = format!("\"$0\" lint --select JT-cd --format json {out}");
        let answer = Command::new("sh")
            .args(["-c", &command, env!("CARGO_BIN_EXE_jettison")])
            .current_dir(place.path())
            .output()
            .expect("a shell");
        (answer.status.code(), String::from_utf8_lossy(&answer.stderr).into_owned())
    };
    let (code, told) = to("> /dev/full");
    assert!(code == Some(4) && told.contains("cannot be written"), "{code:?} {told}");
    assert_eq!(to("--format concise | true").0, Some(0));
    let (_, told) = to("2>&1 >&- | true");
    assert_eq!(told, "");
}

#[test]
fn bytes_that_are_no_text_stay_what_they_are() {
    const OLD: &[u8] = b"FROM a:1\nENV B \xe9\nENV C d\n# \xff\n";
    const NEW: &[u8] = b"FROM a:1\nENV B \xe9\nENV C=d\n# \xff\n";
    let place = files(&[]);
    let path = place.path().join("Dockerfile");
    fs_err::write(&path, OLD).expect("the file");
    jettison(place.path(), &["lint", "--fix", "--select", "JT-legacy-pair"], "");
    assert_eq!(fs_err::read(&path).expect("it is there"), NEW);
    fs_err::write(&path, OLD).expect("the file");
    let fixed = Command::new(env!("CARGO_BIN_EXE_jettison"))
        .args(["lint", "--fix", "--select", "JT-legacy-pair", "-"])
        .stdin(std::fs::File::open(&path).expect("it is there"))
        .output()
        .expect("it runs");
    assert_eq!(fixed.stdout, NEW);
}

#[test]
fn what_may_not_be_written_to_is_left_and_told() {
    let place = files(&[("a/Dockerfile", BAD), ("b/Dockerfile", BAD)]);
    for name in ["a", "b"] {
        let text = "FROM a:1\nENV B 1\n";
        fs_err::write(place.path().join(name).join("Dockerfile"), text).expect("the file");
    }
    let kept = place.path().join("a/Dockerfile");
    fs_err::set_permissions(&kept, Permissions::from_mode(0o444)).expect("its mode");
    let answer = jettison(place.path(), &["lint", "--fix", "--select", "JT-legacy-pair"], "");
    assert_eq!(answer.code, Some(4), "{}", answer.err);
    assert!(answer.err.contains("a/Dockerfile may not be written to"), "{}", answer.err);
    let read = |name| fs_err::read_to_string(place.path().join(name)).expect("it is there");
    assert_eq!(read("a/Dockerfile"), "FROM a:1\nENV B 1\n");
    assert_eq!(read("b/Dockerfile"), "FROM a:1\nENV B=1\n");
}

#[test]
fn standard_input_has_a_name_and_neighbours() {
    let place = files(&[("a/jettison.toml", "[lint]\nignore = [\"DL3003\"]\n")]);
    let named = |args: &[&str]| jettison(place.path(), args, BAD);
    let plain = named(&["lint", "--select", "JT-cd", "--format", "concise", "-"]);
    assert!(plain.out.starts_with("-:2:5: "), "{}", plain.out);
    assert_eq!(named(&["lint", "--select", "JT-cd", "--stdin"]).code, Some(1));
    let args = ["lint", "--format", "concise", "--stdin-filename", "a/Dockerfile"];
    let called =
        jettison(place.path(), &args, "FROM debian:12\nRUN cd /x && sudo make\nUSER 1000\n");
    assert!(
        called.out.contains("a/Dockerfile:2") && !called.out.contains("JT-cd"),
        "{}",
        called.out
    );
    let fixed = jettison(place.path(), &["lint", "--fix", "--stdin"], "FROM a:1\nENV B 1\n");
    assert_eq!(fixed.out, "FROM a:1\nENV B=1\n", "the fixed text is the result");
    let same = jettison(place.path(), &["lint", "--fix", "--stdin"], "FROM scratch\n");
    assert_eq!(same.out, "FROM scratch\n", "changed or not");
}

#[test]
fn a_patch_is_printed_and_nothing_changed() {
    let place = files(&[("Dockerfile", "FROM a:1\nENV B 1\n")]);
    let select = ["lint", "--select", "JT-legacy-pair"];
    let patch = jettison(place.path(), &[&select[..], &["--diff"]].concat(), "");
    assert_eq!(patch.code, Some(1));
    assert!(patch.out.contains("-ENV B 1\n+ENV B=1\n"), "{}", patch.out);
    let read = || fs_err::read_to_string(place.path().join("Dockerfile")).expect("it is there");
    assert_eq!(read(), "FROM a:1\nENV B 1\n");
    assert_eq!(jettison(place.path(), &[&select[..], &["--fix"]].concat(), "").code, Some(0));
    assert_eq!(read(), "FROM a:1\nENV B=1\n");
    assert_eq!(jettison(place.path(), &[&select[..], &["--diff"]].concat(), "").code, Some(0));
}

#[test]
fn what_a_baseline_knows_is_left_out() {
    let place = files(&[("Dockerfile", BAD)]);
    let at = |args: &[&str]| jettison(place.path(), &[CD, args].concat(), "");
    assert_eq!(at(&["--write-baseline", "known.json"]).code, Some(0));
    assert_eq!(at(&["--baseline", "known.json"]).code, Some(0));
    fs_err::write(place.path().join("Dockerfile"), format!("{BAD}RUN cd /y && b\n"))
        .expect("it is ours");
    let answer = at(&["--baseline", "known.json", "--format", "concise"]);
    assert_eq!((answer.code, answer.out.lines().count()), (Some(1), 1), "{}", answer.out);
}

#[test]
fn only_lines_that_git_does_not_know() {
    let place = files(&[("sub/Dockerfile", BAD)]);
    let git = |args: &[&str]| {
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        let status = Command::new("git").arg("-C").arg(place.path()).args(who).args(args).status();
        assert!(status.expect("git is there").success(), "{args:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "first"]);
    let at = |args: &[&str]| jettison(place.path(), &[CD, args].concat(), "");
    assert_eq!(at(&["--only-new"]).code, Some(0));
    let text = BAD.replace("FROM debian:12\n", "FROM debian:12\nRUN cd /new && b\n");
    fs_err::write(place.path().join("sub/Dockerfile"), text).expect("it is ours");
    let answer = at(&["--only-new", "--format", "concise"]);
    assert!(
        answer.out.starts_with("sub/Dockerfile:2:") && answer.out.lines().count() == 1,
        "{}",
        answer.out
    );
    fs_err::write(place.path().join("sub/Dockerfile.new"), BAD).expect("it is ours");
    assert_eq!(
        at(&["--only-new=HEAD", "--format", "concise"]).out.lines().count(),
        2,
        "a new file is new"
    );
    let wrong = at(&["--only-new=no-such-thing"]);
    assert!(wrong.code == Some(2) && wrong.err.contains("no-such-thing"), "{}", wrong.err);
}

#[test]
fn configuration_is_found_upwards_and_unused_ignores_are_told() {
    let place = files(&[
        (
            "jettison.toml",
            "[lint]\nfail-on = \"error\"\nlevels = { JT-cd = \"error\" }\n[[lint.overrides]]\npaths = [\"tests/**\"]\nignore = [\"JT-cd\"]\n",
        ),
        ("app/Dockerfile", BAD),
        ("tests/Dockerfile", BAD),
        ("old/.hadolint.yaml", "ignored:\n  - DL3003\nfailure-threshold: info\n"),
        (
            "old/Dockerfile",
            "FROM debian:12\n# jettison ignore=JT-sudo\nRUN cd /x && make\nUSER 1000\n",
        ),
    ]);
    let at = |path: &str| jettison(place.path(), &["lint", "--format", "concise", path], "");
    let app = at("app");
    assert!(app.code == Some(1) && app.out.contains("error JT-cd (DL3003)"), "{}", app.out);
    let tests = at("tests");
    assert!(tests.code == Some(0) && !tests.out.contains("JT-cd"), "{}", tests.out);
    let old = at("old");
    assert!(!old.out.contains("JT-cd") && old.out.contains("JT-unused-ignore"), "{}", old.out);
    let extended = files(&[
        ("jettison.toml", "[lint]\nextend = \"base.toml\"\n"),
        ("base.toml", "[lint]\nignore = [\"JT-cd\"]\n"),
        ("Dockerfile", BAD),
    ]);
    let answer = jettison(extended.path(), &["lint", "--format", "concise"], "");
    assert!(!answer.out.contains("JT-cd"), "{}", answer.out);
}

const BUILT_ABOVE: &str =
    "FROM debian:13\nCOPY docker/run.sh nginx.conf /\nCOPY src /src\nENTRYPOINT [\"/run.sh\"]\n";

/// A Dockerfile in `docker/` that is built from the directory above.
fn built_above(more: &[(&str, &str)]) -> TempDir {
    let mut all = vec![
        (".git/HEAD", ""),
        ("docker/Dockerfile", BUILT_ABOVE),
        ("docker/run.sh", "#!/bin/sh\nset -e\nnginx -g 'daemon off;'\n"),
        ("nginx.conf", "worker_processes auto;\n"),
        ("src/.env", "TOKEN=1\n"),
    ];
    all.extend(more);
    files(&all)
}

const BESIDE: &str = "JT-script-exec,JT-nginx-workers,JT-dockerignore";

/// Places and rules of what is found about the context.
fn beside(directory: &Path, args: &[&str]) -> Vec<String> {
    let args = [&["lint", "--format", "concise", "--select", BESIDE], args].concat();
    let answer = jettison(directory, &args, "");
    assert!(answer.err.is_empty(), "{}", answer.err);
    let places = answer.out.lines().map(|line| {
        let mut words = line.split_whitespace();
        let place = words.next().expect("a place");
        format!("{place} {}", words.nth(1).expect("a rule").trim_end_matches(':'))
    });
    let mut places: Vec<String> = places.collect();
    places.sort();
    places
}

#[test]
fn a_build_context_above_is_found_asked_for_and_configured() {
    let expected = [
        "docker/Dockerfile:3:6: JT-dockerignore",
        "docker/run.sh:3:1: JT-script-exec",
        "nginx.conf:1:1: JT-nginx-workers",
    ];
    let place = built_above(&[]);
    assert_eq!(beside(place.path(), &[]), expected, "all that is copied is above");
    let inside = beside(&place.path().join("docker"), &["Dockerfile"]);
    let from_inside = [
        "../nginx.conf:1:1: JT-nginx-workers",
        "Dockerfile:3:6: JT-dockerignore",
        "run.sh:3:1: JT-script-exec",
    ];
    assert_eq!(inside, from_inside);

    let missing = BUILT_ABOVE.replace("COPY src", "COPY made src");
    let unknown = built_above(&[("docker/Dockerfile", &missing)]);
    assert_eq!(beside(unknown.path(), &[]), [""; 0], "nobody knows");
    assert_eq!(beside(unknown.path(), &["--context", "."]).len(), 3, "it is asked for");
    let odd = jettison(unknown.path(), &["lint", "--context", "nginx.conf"], "");
    assert!(odd.code == Some(2) && odd.err.contains("is no directory"), "{}", odd.err);

    let compose = "services: {a: {build: {context: ., dockerfile: docker/Dockerfile}}}\n";
    let configured = "[[lint.overrides]]\npaths = [\"docker/**\"]\ncontext = \".\"\n";
    for told in [("compose.yaml", compose), ("jettison.toml", configured)] {
        let place = built_above(&[("docker/Dockerfile", &missing), told]);
        assert_eq!(beside(place.path(), &[]).len(), 3, "{told:?}");
    }
}

#[test]
fn what_stands_in_a_context_above_is_fixed_there() {
    let place = built_above(&[("docker/Dockerfile.dockerignore", "x\n")]);
    let args = ["lint", "--fix", "--unsafe-fixes", "--select", BESIDE];
    let fixed = jettison(place.path(), &args, "");
    assert_eq!(fixed.code, Some(0), "{}{}", fixed.out, fixed.err);
    let read = |name: &str| fs_err::read_to_string(place.path().join(name)).unwrap_or_default();
    assert!(read("docker/run.sh").contains("exec nginx"));
    assert_eq!(read("nginx.conf"), "worker_processes 2;\n");
    assert_eq!(read("docker/Dockerfile.dockerignore"), "x\n**/.env\n", "the Dockerfile's own");
    assert!(!place.path().join(".dockerignore").exists());

    // A Dockerfile outside of its context has its own one, too.
    let outside = built_above(&[("docker/Dockerfile.dockerignore", "x\n")]);
    let all = "FROM a:1\nCOPY . /\n";
    fs_err::write(outside.path().join("docker/Dockerfile"), all).expect("the file");
    let context = [&args[..], &["--context", "src", "docker"]].concat();
    let fixed = jettison(outside.path(), &context, "");
    assert_eq!(fixed.code, Some(0), "{}{}", fixed.out, fixed.err);
    let ignored = fs_err::read_to_string(outside.path().join("docker/Dockerfile.dockerignore"));
    assert_eq!(ignored.expect("it is there"), "x\n.env\n");
}

#[test]
fn statistics_and_chinese() {
    let place = files(&[("Dockerfile", BAD)]);
    let counted = jettison(place.path(), &["lint", "--statistics", "--select", "JT-cd"], "");
    assert!(counted.out.starts_with("     1  JT-cd  "), "{}", counted.out);
    let chinese = jettison(place.path(), &["lint", "--lang", "zh"], "");
    assert!(chinese.out.contains("个文件"), "{}", chinese.out);
    let page = jettison(place.path(), &["explain", "SC2086"], "");
    assert!(page.out.starts_with("# SC2086: Quote variables"), "{}", page.out);
}

#[test]
fn manifests_are_looked_at_and_fixed() {
    let manifest = "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        \
        - name: app\n          image: openjdk:21\n          resources:\n            requests: {memory: 512Mi, cpu: 1}\n            \
        limits: {memory: 1Gi}\n---\nkind: ConfigMap\ndata:\n  nginx.conf: |\n    worker_processes auto;\n";
    let place = files(&[("k8s/a.yaml", manifest)]);
    let found = jettison(place.path(), &["lint", "--k8s", "k8s", "--format", "concise"], "");
    assert_eq!(found.code, Some(1));
    assert!(found.out.contains("k8s/a.yaml:10:32: warning JT-k8s-memory"), "{}", found.out);
    assert!(found.out.contains("k8s/a.yaml:16:5: warning JT-k8s-nginx-workers"), "{}", found.out);
    jettison(place.path(), &["lint", "--k8s", "k8s", "--fix", "--unsafe-fixes"], "");
    let text = fs_err::read_to_string(place.path().join("k8s/a.yaml")).expect("it is there");
    assert_eq!(text, manifest.replace("512Mi", "1Gi").replace("auto", "2"));
}

#[test]
fn what_stands_beside_is_fixed_with_its_mode() {
    const SCRIPT: &str = "#!/bin/sh\nset -e\nnginx -g 'daemon off;'\n";
    const FILE: &str =
        "FROM debian:13\nCOPY run.sh nginx.conf /\nCOPY . /srv\nENTRYPOINT [\"/run.sh\"]\n";
    let place = files(&[
        ("a/Dockerfile", FILE),
        ("a/two.Dockerfile", FILE),
        ("a/nginx.conf", "worker_processes auto;\n"),
        ("a/.env", "TOKEN=1\n"),
    ]);
    let script = place.path().join("a/run.sh");
    fs_err::write(&script, SCRIPT).expect("the script");
    fs_err::set_permissions(&script, Permissions::from_mode(0o754)).expect("its mode");
    let at = |args: &[&str], input: &str| jettison(place.path(), args, input);
    let read = |name: &str| fs_err::read_to_string(place.path().join(name)).unwrap_or_default();

    let patch = at(&["lint", "--diff", "--unsafe-fixes", "a"], "");
    assert_eq!(patch.code, Some(1));
    for part in [
        "+++ b/a/run.sh\n",
        "+exec nginx",
        "+++ b/a/nginx.conf\n",
        "+worker_processes 2;",
        "+++ b/a/.dockerignore\n",
        "+.env\n",
    ] {
        assert_eq!(
            patch.out.matches(part).count(),
            1,
            "{part} once, for both files: {}",
            patch.out
        );
    }
    assert_eq!((read("a/run.sh").as_str(), read("a/.dockerignore").as_str()), (SCRIPT, ""));

    // What comes by standard input only borrows the name.
    let fixed = at(&["lint", "--fix", "--unsafe-fixes", "--stdin-filename", "a/Dockerfile"], FILE);
    assert!(fixed.out.starts_with("FROM debian:13\n"), "{}", fixed.out);
    assert_eq!(read("a/run.sh"), SCRIPT);

    let found =
        at(&["lint", "--format", "concise", "--select", "JT-script-exec", "a/Dockerfile"], "");
    assert!(found.out.starts_with("a/run.sh:3:1: warning JT-script-exec"), "{}", found.out);
    let fixed = at(&["lint", "--fix", "--select", "JT-script-exec", "a"], "");
    assert_eq!(fixed.code, Some(0), "{}", fixed.out);
    assert!(fixed.err.contains("a/run.sh: Start nginx with exec"), "{}", fixed.err);
    assert_eq!(read("a/run.sh"), SCRIPT.replace("nginx", "exec nginx"));
    let mode = fs_err::metadata(&script).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o754, "it can still be run");
}

/// Lines that a process writes, as they come.
fn lines_of(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

#[test]
fn changes_are_watched_until_interrupted() {
    const PATIENCE: Duration = Duration::from_secs(30);
    let place = files(&[("Dockerfile", BAD), ("jettison.toml", "")]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_jettison"))
        .current_dir(place.path())
        .args(["lint", "--watch", "--format", "concise", "--select", "JT-cd,JT-sudo"])
        .env("JETTISON_LANG", "en")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let found = lines_of(child.stdout.take().expect("a pipe"));
    let said = lines_of(child.stderr.take().expect("a pipe"));
    let next = || found.recv_timeout(PATIENCE).expect("something is found");
    let waits = || {
        let line = said.recv_timeout(PATIENCE).expect("it says that it waits");
        assert!(line.contains("watching for changes"), "{line}");
    };
    assert!(next().starts_with("Dockerfile:2:5: warning JT-cd"));
    waits();
    // As editors save: another file that takes the name.
    let text = "FROM debian:12\nUSER 1000\nRUN sudo make\n";
    fs_err::write(place.path().join("Dockerfile.new"), text).expect("the file");
    fs_err::rename(place.path().join("Dockerfile.new"), place.path().join("Dockerfile"))
        .expect("the name");
    // The first look may have seen both files.
    while !next().starts_with("Dockerfile:3:5: error JT-sudo") {}
    waits();
    fs_err::write(
        place.path().join("jettison.toml"),
        "[lint]\nlevels = { JT-sudo = \"warning\" }\n",
    )
    .expect("the configuration");
    while !next().starts_with("Dockerfile:3:5: warning JT-sudo") {}
    // What Ctrl-C does.
    let id = i32::try_from(child.id()).expect("it fits");
    let interrupted = Command::new("kill").args(["-INT", &id.to_string()]).status();
    assert!(interrupted.expect("kill is there").success());
    let status = child.wait().expect("it ends");
    assert!(status.signal() == Some(2) || status.code() == Some(130), "{status}");
    let mut left: Vec<_> = fs_err::read_dir(place.path())
        .expect("the directory")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["Dockerfile", "jettison.toml"], "and leaves nothing behind");
}

/// Reads one message of the language server protocol.
fn message(stream: &mut impl Read) -> serde_json::Value {
    let mut header = Vec::new();
    while !header.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a header");
        header.push(byte[0]);
    }
    let header = String::from_utf8(header).expect("text");
    let length = header.split_once(": ").expect("a length").1.trim().parse().expect("a number");
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("a body");
    serde_json::from_slice(&body).expect("JSON")
}

#[test]
fn an_editor_is_served_over_standard_input_and_output() {
    let place = files(&[]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_jettison"))
        .args(["lsp", "--stdio"])
        .current_dir(place.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let (mut input, mut output) =
        (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
    let mut send = |value: serde_json::Value| {
        let body = value.to_string();
        write!(input, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("it listens");
    };
    send(
        serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "capabilities": {} } }),
    );
    assert_eq!(message(&mut output)["result"]["serverInfo"]["name"], "jettison");
    send(serde_json::json!({ "jsonrpc": "2.0", "method": "initialized", "params": {} }));
    let document = serde_json::json!({ "uri": "untitled:a", "languageId": "dockerfile", "version": 1, "text": BAD });
    send(
        serde_json::json!({ "jsonrpc": "2.0", "method": "textDocument/didOpen", "params": { "textDocument": document } }),
    );
    let told = message(&mut output);
    assert_eq!(told["method"], "textDocument/publishDiagnostics");
    assert!(
        told["params"]["diagnostics"]
            .as_array()
            .expect("a list")
            .iter()
            .any(|one| one["code"] == "JT-cd")
    );
    send(serde_json::json!({ "jsonrpc": "2.0", "id": 2, "method": "shutdown" }));
    assert_eq!(message(&mut output)["id"], 2);
    send(serde_json::json!({ "jsonrpc": "2.0", "method": "exit" }));
    assert!(child.wait().expect("it ends").success());
}
