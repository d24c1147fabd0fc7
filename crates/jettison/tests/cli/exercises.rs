//! Each way to exercise an image reaches what nothing else reaches, and is compared.

use jettison_testkit::{Contents, FatImage, api, command_line, httpd, on_post, socket};

use crate::place::{Finished, Place};

const RECIPE: &str = "usr/share/secret-recipe";

/// Slims an image with `args` more; whether the recipe stayed, and what was said.
fn slim(image: &FatImage, args: &[&str]) -> (bool, Finished) {
    let place = Place::new();
    let source = place.archive(image);
    let finished = place.slim(&source).args(args).run().expect_proven();
    place.assert_no_leftovers();
    (Contents::read(&place.path("out/slim.tar")).files.contains_key(RECIPE), finished)
}

#[test]
fn privileged_an_api_is_exercised_by_its_description() {
    let (kept, _) = slim(&api(), &[]);
    assert!(!kept, "a description that is only found is asked with safe methods");
    let (kept, _) = slim(&api(), &["--http-probe-apispec", "/openapi.json"]);
    assert!(kept, "one that is given is asked with all");

    let place = Place::new();
    let file = place.path("api.yaml");
    fs_err::write(&file, "swagger: '2.0'\npaths:\n  /recipe:\n    post: {}\n").expect("writable");
    let spec = format!("{}:/cgi-bin", file.display());
    let (kept, _) = slim(&api(), &["--http-probe-apispec-file", &spec]);
    assert!(kept, "a file of this machine, below a prefix");
}

#[test]
fn privileged_a_description_that_is_not_served_is_an_error() {
    let place = Place::new();
    let source = place.archive(&api());
    let finished = place.slim(&source).args(["--http-probe-apispec", "/none.json"]).run();
    finished.expect_error(2, &["/none.json", "status 404"]);
    place.assert_nothing_written();
}

#[test]
fn faulty_descriptions_and_credentials_are_named() {
    let place = Place::new();
    let file = place.path("api.yaml");
    fs_err::write(&file, "openapi: 3.0.0\npaths: {}\n").expect("writable");
    let file = file.to_str().expect("UTF-8").to_owned();
    let table: [(&[&str], &[&str]); 5] = [
        (&["--http-probe-apispec", "api.yaml"], &["api.yaml", "--http-probe-apispec-file"]),
        (&["--http-probe-apispec-file", "/none.yaml"], &["/none.yaml"]),
        (&["--http-probe-apispec-auth", "key=s3cret"], &["key", "no API description"]),
        (
            &["--http-probe-apispec-file", &file, "--http-probe-apispec-auth", "key=s3cret"],
            &["key", "security scheme"],
        ),
        (&["--http-probe-ws", "chat"], &["chat", "starts with"]),
    ];
    for (args, words) in table {
        let finished = place.jettison(["slim", "none.tar", "--to", "oci:x"]).args(args).run();
        let finished = finished.expect_error(2, words);
        assert!(!finished.stderr.contains("s3cret"), "{finished}");
    }
}

#[test]
fn privileged_a_websocket_is_opened_and_compared() {
    let (kept, _) = slim(&socket(), &[]);
    assert!(!kept, "nobody opened it");
    let (kept, finished) = slim(&socket(), &["--http-probe-ws", "/chat hello"]);
    assert!(kept, "it was read for the socket");
    assert!(finished.stdout.contains("1 socket: equal"), "{finished}");
}

const READ_RECIPE: &str = r#"["/bin/sh", "-c", "cat /usr/share/secret-recipe"]"#;

#[test]
fn privileged_further_commands_run_in_containers_of_their_own() {
    let args = ["--also-run", READ_RECIPE, "--also-run", "httpd -f -p 9090 -h /www"];
    let (kept, finished) = slim(&command_line(), &args);
    assert!(kept, "the first one reads it");
    // The image's own run is a command too.
    assert!(finished.stdout.contains("3 commands: equal"), "{finished}");
}

#[test]
fn privileged_a_further_command_that_differs_or_fails_is_told() {
    let place = Place::new();
    let source = place.archive(&command_line());
    let differs = r#"["/bin/sh", "-c", "test -e /usr/share/ballast/07.bin && exec httpd -f -p 9090; echo none"]"#;
    let exclude = ["--exclude-path", "/usr/share/ballast/07.bin"];
    let finished = place.slim(&source).args(["--also-run", differs]).args(exclude).run();
    finished.expect_error(1, &["in a container of its own"]);
    place.assert_nothing_written();

    let report = place.path("report.json");
    let args = ["--also-run", "false-start", "--report"];
    place
        .slim(&source)
        .args(args)
        .arg(&report)
        .run()
        .expect_error(1, &["false-start", "not found"]);
    let fails = r#"["/bin/sh", "-c", "echo oops; exit 4"]"#;
    let finished = place
        .slim(&source)
        .args(["--also-run", fails, "--report"])
        .arg(&report)
        .run()
        .expect_proven();
    assert!(finished.stdout.contains("command-failed"), "{finished}");
}

#[test]
fn privileged_the_users_own_tests_decide_too() {
    let post = "busybox wget -q -O - --post-data=a=b ${JETTISON_URL}cgi-bin/recipe && test $JETTISON_PORT_8080 = $TARGET_PORT";
    let (kept, finished) = slim(&on_post(), &["--host-exec", post]);
    assert!(kept, "it posts");
    assert!(finished.stdout.contains("2 commands,"), "{finished}");

    let place = Place::new();
    let source = place.archive(&on_post());
    let file = place.path("tests.sh");
    fs_err::write(&file, "# my tests\n\necho to-be-seen >&2; exit 3\n").expect("writable");
    let finished = place.slim(&source).arg("--host-exec-file").arg(&file).run();
    finished.expect_error(1, &["fails against the fat image", "exit status 3", "to-be-seen"]);
    place.assert_nothing_written();
}

#[test]
fn privileged_published_ports_lead_into_the_image() {
    let args = ["--publish", "127.0.0.1:0:8080", "--continue-after", "enter"];
    let (_, finished) = slim(&httpd(), &args);
    assert!(finished.stderr.contains("the image is at http://127.0.0.1:"), "{finished}");

    let place = Place::new();
    let source = place.archive(&httpd());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = taken.local_addr().expect("bound").to_string();
    let finished = place.slim(&source).args(["--publish", &format!("{taken}:8080")]).run();
    finished.expect_error(2, &["cannot publish", &taken]);
    let finished = place.slim(&source).args(["-p", "80/udp"]).run();
    finished.expect_error(2, &["--publish", "UDP"]);
}

#[test]
fn privileged_processes_that_live_for_a_moment_are_named() {
    for tier in ["1", "2"] {
        let place = Place::new();
        let source = place.archive(&httpd());
        let report = place.path("report.json");
        let exec = "cat /usr/share/ballast/03.bin > /dev/null; true";
        let args = ["--tier", tier, "--exec", exec, "--report"];
        place.slim(&source).args(args).arg(&report).run().expect_proven();
        let bytes = fs_err::read(&report).expect("there is a report");
        let report: serde_json::Value = serde_json::from_slice(&bytes).expect("it is JSON");
        let kept = report["kept"].as_array().expect("a list");
        let fact = kept.iter().find(|fact| fact["path"] == "/usr/share/ballast/03.bin");
        let because = fact.expect("it is kept")["because"].as_str().expect("a text");
        assert!(because.contains(" cat (probe)"), "tier {tier}: {because}");
    }
}
