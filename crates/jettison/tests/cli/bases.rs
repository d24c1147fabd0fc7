//! `lint` of Dockerfiles whose base images are in the local store, or in a registry with `--online`.

use jettison_testkit::{Entry, FatImage, Registry, layer};
use serde_json::json;

use crate::place::{Finished, Place, Run};

/// A Debian 9 with dash, apt-get and Python 3.6; as `app` in /srv, with a variable of its own; a JDK 17 in its second layer.
fn base() -> FatImage {
    let program = |path: &str| Entry::file(path, "\u{7f}ELF").mode(0o755);
    let system = layer([
        Entry::file("etc/os-release", "ID=debian\nVERSION_ID=\"9\"\n"),
        program("bin/dash"),
        Entry::symlink("bin/sh", "dash"),
        program("usr/bin/apt-get"),
        program("usr/bin/perl"),
        Entry::file("lib64/ld-linux-x86-64.so.2", "x"),
        Entry::file("usr/local/lib/python3.6/os.py", ""),
    ]);
    let java = layer([
        Entry::file("opt/java/release", "JAVA_VERSION=\"17.0.9\"\n"),
        Entry::file("opt/java/lib/modules", "x"),
    ]);
    let config = json!({
        "User": "app",
        "Env": ["PATH=/usr/bin:/bin", "APP_HOME=/srv/app"],
        "WorkingDir": "/srv",
        "Healthcheck": {"Test": ["CMD", "true"]},
    });
    FatImage::new("example/base:1", config, vec![system, java])
}

const RULES: &str = "JT-missing-command,JT-wrong-manager,JT-runs-as-root,JT-undefined-variable,\
    JT-workdir-relative,JT-end-of-life,JT-java-removed-option";

/// A Dockerfile on that base, with what the image itself says is wrong, and what it says is right.
fn dockerfile(image: &str) -> String {
    format!(
        "FROM {image} AS first\nWORKDIR app\nCOPY a $APP_HOME/\nCOPY b $APP_HOEM/\nFROM first\nEXPOSE 80\n\
         RUN apk add --no-cache a=1\nHEALTHCHECK CMD curl -f http://localhost/ || exit 1\n\
         CMD [\"java\", \"-XX:+UseConcMarkSweepGC\", \"-jar\", \"a.jar\"]\n"
    )
}

fn jettison<'p>(place: &'p Place, args: &[&str]) -> Run<'p> {
    place.jettison(args).env("JETTISON_STORE", &place.path("store").display().to_string())
}

fn lint(place: &Place, image: &str, more: &[&str]) -> Finished {
    fs_err::write(place.path("out/Dockerfile"), dockerfile(image)).expect("writable");
    let args = ["lint", "--format", "concise", "--select", RULES];
    jettison(place, &args).args(more).arg("Dockerfile").run()
}

/// Fails unless what is found is `expected`: line, rule, and a part of the message.
#[track_caller]
fn assert_found(finished: &Finished, expected: &[(usize, &str, &str)]) {
    let lines: Vec<&str> =
        finished.stdout.lines().filter(|line| line.starts_with("Dockerfile:")).collect();
    assert_eq!(lines.len(), expected.len(), "{finished}");
    for (line, rule, part) in expected {
        let place = format!("Dockerfile:{line}:");
        let is_it =
            |one: &&str| one.starts_with(&place) && one.contains(rule) && one.contains(part);
        assert!(lines.iter().any(is_it), "{line} {rule} {part}: {finished}");
    }
}

/// What an image that can be looked into adds and takes away.
fn assert_looked_up(finished: &Finished, place: &str) {
    assert_found(
        finished,
        &[
            (1, "JT-end-of-life", place),
            (4, "JT-undefined-variable", "neither in this file nor in its base"),
            (7, "JT-wrong-manager", "has no apk; use apt-get"),
            (8, "JT-missing-command", "has no curl"),
            (9, "JT-java-removed-option", "UseConcMarkSweepGC"),
        ],
    );
}

/// What the name alone allows to say.
fn assert_by_name(finished: &Finished) {
    assert_found(
        finished,
        &[
            (2, "JT-workdir-relative", "app"),
            (3, "JT-undefined-variable", "APP_HOME"),
            (4, "JT-undefined-variable", "APP_HOEM"),
            (9, "JT-runs-as-root", "probably"),
        ],
    );
}

#[test]
fn a_base_in_the_local_store_is_looked_into() {
    let place = Place::new();
    let source = format!("docker-archive:{}", place.archive(&base()).display());
    assert_by_name(&lint(&place, "example/base:1", &[]));
    jettison(&place, &["copy", &source, "store:example/base:1"]).run().expect_code(0);
    for _ in ["read", "from the index that was kept"] {
        let finished = lint(&place, "example/base:1", &[]).expect_code(1);
        assert_looked_up(
            &finished,
            "Debian 9 has had no fixes since 2022-06-30 (looked up in the image in the local store)",
        );
    }
    // Another tag is another image.
    assert_by_name(&lint(&place, "example/base:2", &[]));
}

#[test]
fn privileged_a_base_in_a_registry_is_looked_into_only_when_asked() {
    let (place, registry) = (Place::new(), Registry::open());
    let source = format!("docker-archive:{}", place.archive(&base()).display());
    let name = format!("{}/base:1", registry.domain());
    jettison(&place, &["copy", &source, &format!("docker://{name}")]).run().expect_code(0);
    let before = registry.log();
    assert_by_name(&lint(&place, &name, &[]));
    assert_eq!(registry.log(), before, "nobody is asked without --online");

    assert_looked_up(&lint(&place, &name, &["--online"]).expect_code(1), "in its registry");
    let first = fetched(&registry.log()[before.len()..]);
    assert_eq!(first.len(), 3, "the config and both layers: {first:?}");
    let before = registry.log();
    assert_looked_up(&lint(&place, &name, &["--online"]).expect_code(1), "in its registry");
    let again = fetched(&registry.log()[before.len()..]);
    assert_eq!(again.len(), 1, "layers are known by their digests: {again:?}");
    assert!(!place.path("store/index.json").exists(), "nothing is pulled into the store");
    place.assert_no_leftovers();
}

/// Blobs that were asked for.
fn fetched(log: &str) -> std::collections::BTreeSet<String> {
    let asked = log.split("/blobs/").skip(1).filter_map(|rest| rest.get(.."sha256:".len() + 64));
    asked.filter(|digest| digest.starts_with("sha256:")).map(str::to_owned).collect()
}

#[test]
fn a_registry_that_does_not_answer_is_a_remark() {
    let place = Place::new();
    // Nothing listens on port 1.
    let finished = lint(&place, "localhost:1/base:1", &["--online", "--retries", "0"]);
    assert_by_name(&finished);
    let remarks: Vec<&str> =
        finished.stderr.lines().filter(|line| line.contains("cannot look into")).collect();
    assert_eq!(remarks.len(), 1, "{finished}");
    assert!(remarks[0].starts_with("note: cannot look into localhost:1/base:1"), "{finished}");
    assert!(!finished.stderr.lines().any(|line| line.starts_with("error")), "{finished}");
}
