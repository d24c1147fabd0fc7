//! `pull`, `push`, `tags`, `login`, `logout`, and what they say when something is wrong.

use std::{os::unix::fs::PermissionsExt as _, thread, time::Duration};

use jettison_testkit::{
    Contents, Entry, PASSWORD, Registry, RegistryAuth, RegistryOptions, ServerCertificate, USER,
    httpd, layer,
};
use serde_json::Value;

use crate::place::{Finished, Place, Run};

/// A run with a local store of its own.
fn jettison<'p>(place: &'p Place, args: &[&str]) -> Run<'p> {
    place.jettison(args).env("JETTISON_STORE", &place.path("store").display().to_string())
}

/// One line on stderr, and what it says.
#[track_caller]
fn assert_one_line(finished: &Finished, parts: &[&str]) {
    let errors = finished.stderr.lines().filter(|line| line.starts_with("error:"));
    assert_eq!(errors.count(), 1, "{finished}");
    let line = finished.stderr.lines().last().unwrap_or_default();
    assert!(line.starts_with("error:"), "the error is the last line: {finished}");
    for part in parts {
        assert!(line.contains(part), "{part:?}: {finished}");
    }
}

fn pushed(place: &Place, registry: &Registry, names: &[&str]) -> String {
    let source = format!("docker-archive:{}", place.archive(&httpd()).display());
    let names: Vec<String> =
        names.iter().map(|name| format!("{}/{name}", registry.domain())).collect();
    let finished = jettison(place, &["push", &source]).args(&names).run().expect_code(0);
    let digests: Vec<&str> =
        finished.stdout.lines().map(|line| line.split_once('@').expect("NAME@DIGEST").1).collect();
    assert_eq!(digests.len(), names.len());
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{finished}");
    digests[0].to_owned()
}

#[test]
fn privileged_there_and_back() {
    let (place, registry) = (Place::new(), Registry::open());
    let digest = pushed(&place, &registry, &["app:1.2", "app:1", "copy:1"]);
    let app = format!("{}/app", registry.domain());
    let tags = jettison(&place, &["tags", &app]).run().expect_code(0);
    assert_eq!(tags.stdout, "1\n1.2\n");
    let pulled = jettison(&place, &["pull", &format!("{app}:1")]).run().expect_code(0);
    assert_eq!(pulled.stdout, format!("{app}@{digest}\n"));
    let to = format!("docker-archive:{}", place.path("out/back.tar").display());
    jettison(&place, &["copy", &format!("docker://{app}@{digest}"), &to]).run().expect_code(0);
    let (before, after) =
        (Contents::read(&place.path("fat.tar")), Contents::read(&place.path("out/back.tar")));
    assert_eq!(before.diff_ids, after.diff_ids);
    // Pushed again from the local store: nothing moves.
    let again = jettison(&place, &["push", &format!("{app}:1")]).run().expect_code(0);
    assert_eq!(again.stdout, format!("{app}@{digest}\n"));
    assert!(again.stderr.contains("(0 B moved"), "{again}");
}

#[test]
fn privileged_growth_is_measured_against_the_version_before_in_a_registry() {
    let (place, registry) = (Place::new(), Registry::open());
    let app = format!("{}/app", registry.domain());
    let mut image = httpd();
    for (tag, more) in [("1.0.0", 10_000), ("1.1.0", 300_000), ("1.2.0-rc1", 1)] {
        image.layers.push(layer([Entry::file("srv/data", vec![1; more])]));
        let archive = format!("docker-archive:{}", place.archive(&image).display());
        let name = format!("{app}:{tag}");
        jettison(&place, &["push", &archive, &name]).run().expect_code(0);
    }
    let newest = format!("docker://{app}:1.1.0");
    let arguments = ["analyze", &newest, "--baseline", "previous"];
    let finished =
        jettison(&place, &arguments).args(["--format", "json"]).run().expect_code(0).stdout;
    let report: Value = serde_json::from_str(&finished).expect("JSON");
    let growth = &report["growth"];
    assert_eq!(growth["baseline"], format!("{app}:1.0.0"), "{growth}");
    let grown = report["size"]["now"].as_u64().zip(growth["bytes"].as_u64());
    // A header, 300,000 bytes in whole blocks, and the end of the tar.
    assert_eq!(grown.map(|(now, before)| now - before), Some(512 + 300_032 + 1024));
    let broken = jettison(&place, &arguments).args(["--max-growth", "5kB"]).run().expect_code(1);
    assert!(broken.stderr.contains("max-growth"), "{broken}");
    let first = format!("docker://{app}:1.0.0");
    let none = jettison(&place, &["analyze", &first, "--baseline", "previous"]).run();
    none.expect_error(2, &["no earlier version", "name the baseline"]);
}

/// How often a transfer is killed.
const KILLS: u64 = 100;

#[test]
fn privileged_killed_in_a_transfer_the_store_and_the_registry_are_whole() {
    let (place, registry) = (Place::new(), Registry::open());
    let digest = pushed(&place, &registry, &["app:1"]);
    let app = format!("{}/app:1", registry.domain());
    let archive = format!("docker-archive:{}", place.path("fat.tar").display());
    for round in 0..KILLS {
        // A repository of its own: all of the image has to be sent.
        let other = format!("{}/other{round}:1", registry.domain());
        let args = match round % 4 {
            0 => vec!["rm", "--force", &app],
            1 => vec!["pull", &app],
            2 => vec!["push", &archive, &other],
            _ => vec!["gc", "--all"],
        };
        let mut child = jettison(&place, &args).start();
        // From before its first system call to after its last one.
        thread::sleep(Duration::from_micros(round * 7919 % 60_000));
        drop(child.kill());
        child.wait().expect("a child can be waited for");
        if round % 10 == 9 {
            let verified = jettison(&place, &["store", "verify"]).run().expect_code(0);
            assert!(verified.stdout.contains(": 0 problems"), "round {round}: {verified}");
        }
    }
    // And both go on working: what broke off is completed.
    let pulled = jettison(&place, &["pull", &app]).run().expect_code(0);
    assert!(pulled.stdout.ends_with(&format!("@{digest}\n")), "{pulled}");
    let other = format!("{}/other2:1", registry.domain());
    let sent = jettison(&place, &["push", &archive, &other]).run().expect_code(0);
    assert!(sent.stdout.ends_with(&format!("@{digest}\n")), "{sent}");
    jettison(&place, &["store", "verify"]).run().expect_code(0);
}

#[test]
fn privileged_an_image_is_slimmed_from_registry_to_registry() {
    let (place, registry) = (Place::new(), Registry::open());
    pushed(&place, &registry, &["app:1"]);
    let app = format!("docker://{}/app", registry.domain());
    // A bare name that begins with the registry's host means that registry.
    let slim = format!("{}/app:slim", registry.domain());
    let slimmed = jettison(&place, &["slim", &format!("{app}:1"), "--to", &slim])
        .args(["--stop-timeout", "1"])
        .run();
    slimmed.expect_code(0);
    let tags = jettison(&place, &["tags", &app]).run().expect_code(0);
    assert_eq!(tags.stdout, "1\nslim\n");
}

#[test]
fn privileged_a_mirror_with_damaged_layers_is_passed_over() {
    let (place, registry, mirror) = (Place::new(), Registry::open(), Registry::open());
    let digest = pushed(&place, &registry, &["app:1"]);
    assert_eq!(digest, pushed(&place, &mirror, &["app:1"]));
    let manifest = fs_err::read(mirror.blob_file(&digest["sha256:".len()..])).expect("readable");
    let manifest = jettison_image::Manifest::from_slice(&manifest).expect("a manifest");
    for layer in &manifest.layers {
        let file = mirror.blob_file(layer.digest.hex());
        let mut bytes = fs_err::read(&file).expect("readable");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs_err::write(&file, bytes).expect("writable");
    }
    let app = format!("{}/app:1", registry.domain());
    let through = format!("{}=http://{}", registry.domain(), mirror.domain());
    let pulled = jettison(&place, &["pull", "--mirror", &through, &app]).run().expect_code(0);
    assert!(pulled.stdout.ends_with(&format!("@{digest}\n")), "{pulled}");
    assert!(pulled.stderr.contains("sent other bytes than asked for"), "{pulled}");
    assert!(pulled.stderr.contains(&mirror.domain()), "{pulled}");
    jettison(&place, &["store", "verify"]).run().expect_code(0);
    // Into another registry as well, where half of it is sent when it turns out.
    let other = Registry::open();
    let to = format!("docker://{}/copy:1", other.domain());
    let copied = jettison(&place, &["copy", "--mirror", &through, &format!("docker://{app}"), &to]);
    copied.run().expect_code(0);
    // The registry itself is believed nothing either.
    let direct = format!("{}/app:1", mirror.domain());
    let refused = jettison(&place, &["pull", "--store", "other", &direct]).run().expect_code(4);
    assert!(refused.stderr.contains("not what its digest says"), "{refused}");
}

#[test]
fn privileged_what_is_wrong_is_said_in_one_line() {
    let (place, registry) = (Place::new(), Registry::open());
    pushed(&place, &registry, &["app:1.27"]);
    let app = format!("{}/app", registry.domain());
    let pull = |name: &str| jettison(&place, &["--quiet", "pull", name]).run();
    assert_one_line(&pull(&format!("{app}:1.28")), &["no tag \"1.28\"", "there is: 1.27"]);
    assert_one_line(&pull("localhost:1/app"), &["cannot reach localhost:1", "check the name"]);
    assert_one_line(&pull("registry.invalid/app"), &["registry.invalid: no such host"]);
    let other = jettison(&place, &["--quiet", "pull", "--platform", "linux/s390x"])
        .arg(format!("{app}:1.27"))
        .run();
    assert_one_line(&other.expect_code(2), &["not for linux/s390x; it is for linux/"]);

    let expired = Registry::start(&RegistryOptions {
        certificate: Some(ServerCertificate::Expired),
        ..RegistryOptions::default()
    });
    let ca = expired.certificates().ca().display().to_string();
    let app = format!("{}/app", expired.domain());
    let finished = jettison(&place, &["--quiet", "tags", "--tls-ca", &ca, &app]).run();
    assert_one_line(&finished.expect_code(4), &["certificate has expired", "operator"]);
    let insecure = jettison(&place, &["--quiet", "tags", "--tls-verify=false", &app]).run();
    assert_one_line(&insecure.expect_code(2), &["knows no such repository"]);
    assert_one_line(&pull("nginx@"), &["digest"]);
}

fn with_password() -> Registry {
    Registry::start(&RegistryOptions { auth: RegistryAuth::Password, ..RegistryOptions::default() })
}

fn login<'p>(place: &'p Place, domain: &str, password: &str) -> Run<'p> {
    jettison(place, &["login", "-u", USER, "--password-stdin", domain]).input(password)
}

#[test]
fn privileged_a_login_is_checked_kept_used_and_forgotten() {
    let (place, registry) = (Place::new(), with_password());
    let domain = registry.domain();
    let file = place.path("home/.docker/config.json");

    let wrong = login(&place, &domain, "wrong password\n").run().expect_code(2);
    assert_one_line(&wrong, &["refuses the password of \"alice\"", "jettison login"]);
    assert!(!file.exists(), "what is wrong is not kept");

    let right = login(&place, &domain, &format!("{PASSWORD}\n")).run().expect_code(0);
    let mode = fs_err::metadata(&file).expect("it is kept").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    pushed(&place, &registry, &["app:1"]);
    let app = format!("{domain}/app");
    let tags = jettison(&place, &["tags", &app]).run().expect_code(0);
    assert_eq!(tags.stdout, "1\n");

    jettison(&place, &["logout", &domain]).run().expect_code(0);
    let refused = jettison(&place, &["tags", &app]).run().expect_code(2);
    assert_one_line(&refused, &["log in: jettison login"]);
    for finished in [wrong, right, refused] {
        let shown = finished.to_string();
        assert!(!shown.contains(PASSWORD) && !shown.contains("wrong password"), "{shown}");
    }
}

/// A credential helper that keeps what it is told in a file, as `docker-credential-*` do.
const HELPER: &str = r#"#!/bin/sh
dir=$(dirname "$0")
case $1 in
  store) cat >"$dir/kept" ;;
  get) cat >/dev/null; [ -s "$dir/kept" ] && cat "$dir/kept" || { echo "credentials not found in native keychain"; exit 1; } ;;
  erase) cat >/dev/null; rm -f "$dir/kept" ;;
esac
"#;

#[test]
fn privileged_helpers_keep_what_the_file_does_not() {
    let (place, registry) = (Place::new(), with_password());
    let (domain, helper) = (registry.domain(), place.path("work/docker-credential-test"));
    fs_err::write(&helper, HELPER).expect("writable");
    fs_err::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).expect("ours");
    fs_err::create_dir(place.path("home/.docker")).expect("writable");
    let file = place.path("home/.docker/config.json");
    fs_err::write(&file, r#"{"credsStore":"test","x":1}"#).expect("writable");
    let path = format!("{}:/usr/bin:/bin", place.path("work").display());

    login(&place, &domain, PASSWORD).env("PATH", &path).run().expect_code(0);
    let text = fs_err::read_to_string(&file).expect("readable");
    assert!(
        text.contains(&domain) && text.contains("\"x\"") && !text.contains("auth\":"),
        "{text}"
    );
    let kept = fs_err::read_to_string(place.path("work/kept")).expect("readable");
    assert!(kept.contains("\"Username\":\"alice\""), "{kept}");

    let app = format!("{domain}/app");
    let known = jettison(&place, &["tags", &app]).env("PATH", &path).run().expect_code(2);
    assert_one_line(&known, &["knows no such repository"]);
    jettison(&place, &["logout", &domain]).env("PATH", &path).run().expect_code(0);
    assert!(!place.path("work/kept").exists());
    let missing = jettison(&place, &["tags", &app]).run().expect_code(2);
    assert_one_line(&missing, &["docker-credential-test is not installed"]);
}

#[test]
fn logins_that_cannot_be() {
    let place = Place::new();
    for (args, part) in [
        (&["login", "ghcr.io"][..], "the user's name is missing"),
        (&["login", "-u", "a", "ghcr.io"], "no terminal to ask for the password"),
        (&["login", "-u", "a:b", "--password-stdin"], "cannot be a user's name"),
        (&["login", "-u", "a", "--password-stdin", "not a registry"], "is no registry"),
        (&["login", "-u", "a", "--password-stdin", "ghcr.io"], "the password is empty"),
        (&["tags", "--authfile", "/nonexistent", "nginx"], "no such file of credentials"),
        (&["tags", "--mirror", "ftp://a", "nginx"], "names no mirror"),
        (&["push", "oci:dir"], "say where it goes"),
    ] {
        let finished = jettison(&place, args).run().expect_code(2);
        assert!(finished.stderr.contains(part), "{part:?}: {finished}");
    }
}
