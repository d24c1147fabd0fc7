//! Images in the local store: in, out, named, removed, killed in the middle, and on a full disk.

use std::{
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use jettison_testkit::{Entry, FatImage, layer};
use serde_json::{Value, json};

use crate::place::Place;

/// Rounds in which a command is killed.
const ROUNDS: u64 = 100;

/// Bytes that look random, the same for each seed.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..len / 8).flat_map(|_| next()).collect()
}

fn image(tag: &str, seed: u64, len: usize) -> FatImage {
    let layers = vec![
        layer([Entry::file("base", noise(0, 200_000))]),
        layer([Entry::file("own", noise(seed, len))]),
    ];
    FatImage::new(tag, json!({"Cmd": ["/app"], "ExposedPorts": {"80/tcp": {}}}), layers)
}

fn archive(place: &Place, name: &str, image: &FatImage) -> PathBuf {
    let path = place.path(name);
    image.write_docker_archive(&path);
    path
}

fn listed(place: &Place) -> Vec<Value> {
    let listed = place.jettison(["images", "--format", "json"]).run().expect_code(0);
    listed.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn names(place: &Place) -> Vec<String> {
    let name = |image: &Value| format!("{}:{}", text(&image["name"]), text(&image["tag"]));
    listed(place).iter().map(name).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("none")
}

#[test]
fn images_come_in_and_go_out_as_they_are() {
    let place = Place::new();
    let one = archive(&place, "one.tar", &image("one:1", 1, 100_000));
    let two = archive(&place, "two.tar", &image("two:1", 2, 100_000));
    let loaded = place.jettison(["load", "-i"]).arg(&one).run().expect_code(0);
    assert_eq!(loaded.stdout, "Loaded image: one:1\n");
    let copied = place.jettison(["copy"]).arg(&two).arg("two:2").run().expect_code(0);
    assert!(copied.stdout.starts_with("sha256:"), "{copied}");
    assert_eq!(names(&place), ["one:1", "two:2"]);
    let images = listed(&place);
    let sum = |image: &Value| image["shared"].as_u64().zip(image["own"].as_u64());
    assert!(images.iter().all(|image| {
        let (shared, own) = sum(image).expect("numbers");
        shared >= 200_000 && shared + own == image["size"].as_u64().expect("a number")
    }));
    let ids = place.jettison(["images", "-q"]).run().expect_code(0);
    assert_eq!(ids.stdout.lines().count(), 2);

    // Both in one archive, and back into another store: the same digests.
    place.jettison(["save", "one:1", "two:2", "-o", "both.tar"]).run().expect_code(0);
    let other = place.path("other").display().to_string();
    let loaded = place.jettison(["load", "-i", "both.tar", "--store", &other]).run().expect_code(0);
    assert_eq!(loaded.stdout, "Loaded image: one:1\nLoaded image: two:2\n");
    let there = place.jettison(["images", "--digests", "--store", &other]).run().expect_code(0);
    for image in &images {
        assert!(there.stdout.contains(text(&image["digest"])), "{there}");
    }
    let saved = place.path("out/both.tar");
    place.jettison(["save", "one:1", "two:2", "-o", "again.tar"]).run().expect_code(0);
    let again = fs_err::read(place.path("out/again.tar")).expect("saved");
    assert!(again == fs_err::read(saved).expect("saved"), "the same images, the same bytes");

    // Images without a name are told by their id.
    let id = text(&images[0]["id"]).trim_start_matches("sha256:")[..12].to_owned();
    let shown = place.jettison(["inspect", &id, "--format", "{{.Id}} {{len .Layers}}"]).run();
    assert!(shown.expect_code(0).stdout.contains(&id));
}

#[test]
fn what_is_not_there_is_told_with_the_way_out() {
    let place = Place::new();
    for (args, words) in [
        (&["rm", "none:1"][..], &["there is no image none:1", "jettison images"][..]),
        (&["inspect", "store:none"], &["there is no image none"]),
        (&["inspect", "./none"], &["no such file or directory"]),
        (&["load", "-i", "none.tar"], &["none.tar", "No such file"]),
        (&["copy", "store:none", "a:1"], &["there is no image none"]),
        (&["copy", "store:none", "a.tar"], &["cannot write to \"a.tar\"", "docker-archive:FILE"]),
        (&["tag", "dir:/", "a:1"], &["jettison copy SOURCE NAME"]),
        (&["tag", "store:none", "a:latest", "--series"], &["is no version", "1.4.2"]),
        (
            &["copy", "docker-daemon:a", "b"],
            &["no engine answers at unix:///nowhere", "DOCKER_HOST"],
        ),
    ] {
        let run = place.jettison(args).env("DOCKER_HOST", "unix:///nowhere").run();
        let code = if args.contains(&"docker-daemon:a") { 4 } else { 2 };
        run.expect_error(code, words);
    }
}

#[test]
fn a_series_stays_with_those_who_keep_its_promise() {
    let place = Place::new();
    let load = |tag: &str, seed, config: Value| {
        let mut image = image(tag, seed, 1000);
        image.config = config;
        let path = archive(&place, "image.tar", &image);
        place.jettison(["load", "-i"]).arg(&path).run().expect_code(0);
    };
    let config = json!({"Cmd": ["/app"], "ExposedPorts": {"80/tcp": {}}});
    load("app:1.4.1", 1, config.clone());
    place.jettison(["tag", "app:1.4.1", "--series"]).run().expect_code(0);
    assert_eq!(names(&place), ["app:1", "app:1.4", "app:1.4.1"]);

    // The contract is kept: the tags move on, and do not move back.
    load("app:1.4.2", 2, config);
    place.jettison(["tag", "app:1.4.2", "--series"]).run().expect_code(0);
    let digest = |name: &str| {
        let shown = place.jettison(["inspect", name, "--format", "{{.Id}}"]).run().expect_code(0);
        shown.stdout.trim().to_owned()
    };
    assert_eq!(digest("app:1"), digest("app:1.4.2"));
    let back = place.jettison(["tag", "app:1.4.1", "--series"]).run().expect_code(0);
    assert!(back.stdout.contains("app:1.4: stays with 1.4.2, which is newer"), "{back}");

    // The contract is broken: nothing moves.
    load("app:1.5.0", 3, json!({"Cmd": ["/app"]}));
    let refused = place.jettison(["tag", "app:1.5.0", "--series"]).run();
    let refused = refused.expect_error(1, &["app:1 is not moved", "should be 2.0.0", "--force"]);
    assert!(refused.stdout.contains("breaks EXPOSE: 80/tcp -> -"), "{refused}");
    assert!(!names(&place).contains(&"app:1.5".to_owned()));
    assert_eq!(digest("app:1"), digest("app:1.4.2"));
    place.jettison(["tag", "app:1.5.0", "--series", "--force"]).run().expect_code(0);
    assert_eq!(digest("app:1"), digest("app:1.5.0"));
    assert_eq!(digest("app:1.4"), digest("app:1.4.2"), "another series");
}

#[test]
fn killed_at_any_moment_the_store_is_whole() {
    let place = Place::new();
    let archives: Vec<PathBuf> = (0..3)
        .map(|n| archive(&place, &format!("{n}.tar"), &image("app:1", n + 1, 3_000_000)))
        .collect();
    let from = |n: u64| archives[usize::try_from(n % 3).expect("small")].display().to_string();
    for round in 0..ROUNDS {
        let name = format!("app:{}", round % 5);
        let args: Vec<String> = match round % 6 {
            0 | 2 => vec!["copy".into(), from(round / 2), name],
            1 => vec!["load".into(), "-i".into(), from(round)],
            3 => vec!["rm".into(), "--force".into(), name],
            4 => vec!["gc".into(), "--all".into()],
            _ => vec!["tag".into(), "store:app:0".into(), name],
        };
        let mut child = place.jettison(args).start();
        // From before its first system call to after its last one.
        thread::sleep(Duration::from_micros(round * 7919 % 60_000));
        drop(child.kill());
        child.wait().expect("a child can be waited for");
        if round % 10 == 9 {
            let verified = place.jettison(["store", "verify"]).run().expect_code(0);
            assert!(verified.stdout.contains(": 0 problems"), "round {round}: {verified}");
        }
    }
    // And it goes on working: what is put in is in it, what is garbage goes.
    place.jettison(["copy", &from(0), "last:1"]).run().expect_code(0);
    let all: Vec<String> = names(&place).into_iter().filter(|name| name != "last:1").collect();
    for name in all {
        place.jettison(["rm", "--force", &format!("store:{name}")[6..]]).run().expect_code(0);
    }
    place.jettison(["gc", "--all"]).run().expect_code(0);
    place.jettison(["store", "verify"]).run().expect_code(0);
    let store = place.path("home/.local/share/jettison/images");
    let count = |name: &str| fs_err::read_dir(store.join(name)).expect("there").count();
    assert_eq!(count("blobs/sha256"), 4, "two layers, a config, a manifest");
    assert_eq!(count("partial"), 0);
    assert_eq!(names(&place), ["last:1"]);
}

#[test]
fn privileged_a_full_disk_is_told_and_the_store_is_whole() {
    let place = Place::new();
    let small = archive(&place, "small.tar", &image("small:1", 1, 100_000));
    let large = archive(&place, "large.tar", &image("large:1", 2, 9_000_000));
    let disk = place.path("disk");
    fs_err::create_dir(&disk).expect("writable");
    // The disk is a tmpfs in a mount namespace of the test's own.
    let script = r#"
        mount -t tmpfs -o size=4m none "$1"
        export TMPDIR="$1"
        "$2" load --store "$1/store" -i "$3"
        for again in 1 2; do
            "$2" load --store "$1/store" -i "$4" && exit 9
            "$2" copy "$4" large:1 --store "$1/store" && exit 9
        done
        "$2" store verify --store "$1/store"
        "$2" images --store "$1/store" -q
        "$2" rm small:1 --store "$1/store"
    "#;
    let jettison = Path::new(env!("CARGO_BIN_EXE_jettison"));
    let run = std::process::Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-euc", script, "sh"])
        .args([&disk, jettison, &small, &large])
        .env("HOME", place.path("home"))
        .output()
        .expect("unshare is installed");
    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{out}{err}");
    assert_eq!(err.matches("error: ").count(), 4, "{err}");
    assert!(err.contains("No space left on device") && err.contains("jettison gc"), "{err}");
    assert!(out.contains("1 names, ") && out.contains(": 0 problems"), "{out}");
    assert!(out.contains("Untagged: small:1"), "{out}");
}

#[test]
fn a_dockerfile_is_pinned_and_stays_as_it_was() {
    let place = Place::new();
    let base = archive(&place, "base.tar", &image("localhost:1/base:1", 1, 1000));
    let tool = archive(&place, "tool.tar", &image("localhost:1/tool:latest", 2, 1000));
    for path in [&base, &tool] {
        place.jettison(["load", "-i"]).arg(path).run().expect_code(0);
    }
    let digest = |name: &str| {
        let shown = place.jettison(["inspect", name, "--format", "{{.Digest}}"]).run();
        shown.expect_code(0).stdout.trim().to_owned()
    };
    let (one, two) = (digest("store:localhost:1/base:1"), digest("store:localhost:1/tool"));
    let source = "# kept\r\nFROM localhost:1/base:1 AS build\n\nFROM build\nCOPY --from=localhost:1/tool /a /b\n";
    let file = place.path("out/Dockerfile");
    fs_err::write(&file, source).expect("writable");
    // Nothing listens on port 1: the local store tells what the names mean.
    let pin = |args: &[&str]| {
        place.jettison(["pin"]).args(args).env("DOCKER_HOST", "unix:///nowhere").run()
    };
    let checked = pin(&["--check"]).expect_code(1);
    assert_eq!(checked.stdout.lines().count(), 2, "{checked}");
    assert_eq!(fs_err::read_to_string(&file).expect("there"), source);
    let patch = pin(&["--diff"]).expect_code(0);
    assert!(patch.stdout.contains(&format!("+FROM localhost:1/base:1@{one} AS build")), "{patch}");
    pin(&[]).expect_code(0);
    let pinned = fs_err::read_to_string(&file).expect("there");
    let expected = source
        .replace("base:1 AS", &format!("base:1@{one} AS"))
        .replace("tool /a", &format!("tool:latest@{two} /a"));
    assert_eq!(pinned, expected);
    pin(&["--check"]).expect_code(0);
    pin(&[]).expect_code(0);
    assert_eq!(fs_err::read_to_string(&file).expect("there"), expected, "once is enough");
    // The tag moves on, and a later run follows it.
    place.jettison(["tag", "store:localhost:1/tool", "localhost:1/base:1"]).run().expect_code(0);
    pin(&["--check"]).expect_code(1);
    pin(&[]).expect_code(0);
    let moved = fs_err::read_to_string(&file).expect("there");
    assert!(moved.contains(&format!("base:1@{two}")), "{moved}");
}

#[test]
fn a_root_file_system_becomes_an_image() {
    let place = Place::new();
    let root = place.path("root");
    fs_err::create_dir_all(root.join("bin")).expect("writable");
    fs_err::write(root.join("bin/app"), b"app").expect("writable");
    let change = |text: &'static str| ["--change", text];
    place
        .jettison(["import"])
        .arg(&root)
        .arg("app:1")
        .args(change("CMD [\"/bin/app\", \"-v\"]"))
        .args(change("ENV A=\"b c\" D=e"))
        .args(change("EXPOSE 80"))
        .args(change("LABEL x=y"))
        .args(["--message", "by hand"])
        .run()
        .expect_code(0);
    let shown = place.jettison(["inspect", "app:1"]).run().expect_code(0);
    let image: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    let config = &image[0]["Config"];
    assert_eq!(config["Cmd"], json!(["/bin/app", "-v"]));
    assert_eq!(config["Env"], json!(["A=b c", "D=e"]));
    assert_eq!(config["ExposedPorts"], json!({"80/tcp": {}}));
    assert_eq!(config["Labels"], json!({"x": "y"}));
    assert_eq!(image[0]["Layers"][0]["Comment"], "by hand");
    assert_eq!(image[0]["Layers"][0]["Compression"], "gzip");
    let wrong = place.jettison(["import"]).arg(&root).args(["b:1", "-c", "RUN true"]).run();
    wrong.expect_error(2, &["--change", "expected CMD"]);
}

#[test]
fn privileged_slim_takes_and_gives_names() {
    let place = Place::new();
    let fat = place.archive(&jettison_testkit::httpd());
    place.jettison(["copy"]).arg(&fat).arg("web:1").run().expect_code(0);
    let slim = |args: &[&str]| {
        place.jettison(["slim", "--stop-timeout", "1"]).args(args).run().expect_proven()
    };
    let first = slim(&["web:1"]);
    assert!(first.stderr.contains("web:1 is taken from the local store"), "{first}");
    slim(&["store:web:1", "--to", "small"]);
    assert_eq!(names(&place), ["small:latest", "web:1", "web:1-slim"]);
    let id = |name: &str| {
        let shown = place.jettison(["inspect", name, "--format", "{{.Id}}"]).run().expect_code(0);
        shown.stdout
    };
    assert_eq!(id("web:1-slim"), id("small"), "the same image, wherever it goes");
    let why = place.jettison(["why", "small", "/bin/busybox"]).run();
    assert!(why.code.is_some_and(|code| code <= 1), "it knows the image by its name: {why}");
    place.jettison(["store", "verify"]).run().expect_code(0);
}
