//! What a user changes about an image, its keep-set and its probes.

use jettison_testkit::{Contents, FatImage, command_line, httpd, on_post};
use serde_json::json;

use crate::place::{Finished, Place};

const RECIPE: &str = "usr/share/secret-recipe";

/// Slims an image with `args` more; the place holds what was written.
fn slim(image: &FatImage, args: &[&str]) -> (Place, Finished) {
    let place = Place::new();
    let source = place.archive(image);
    let finished = place.slim(&source).args(args).run();
    place.assert_no_leftovers();
    (place, finished)
}

fn proven(image: &FatImage, args: &[&str]) -> Contents {
    let (place, finished) = slim(image, args);
    finished.expect_proven();
    Contents::read(&place.path("out/slim.tar"))
}

#[test]
fn privileged_a_command_is_run_and_its_output_compared() {
    let slim = proven(&command_line(), &[]);
    assert!(slim.files.contains_key("etc/greeting"));
    assert!(!slim.files.contains_key("usr/share/ballast/07.bin"));
}

#[test]
fn privileged_overrides_land_in_the_configuration_and_in_the_run() {
    let args = [
        "--entrypoint",
        r#"["/bin/sh", "-c"]"#,
        "--cmd",
        "'cat $FILE; cat ../share/ballast/07.bin'",
        "--env",
        "FILE=/etc/group",
        "--user",
        "www",
        "--workdir",
        "/usr/share",
        "--expose",
        "9/udp",
        "--label",
        "org.example.c=3",
        "--stop-signal",
        "SIGQUIT",
    ];
    let slim = proven(&command_line(), &args);
    let config = &slim.config["config"];
    assert_eq!(config["Entrypoint"], json!(["/bin/sh", "-c"]));
    assert_eq!(config["Cmd"], json!(["cat $FILE; cat ../share/ballast/07.bin"]));
    assert_eq!(config["Env"], json!(["PATH=/bin", "FILE=/etc/group"]));
    assert_eq!(config["User"], "www");
    assert_eq!(config["WorkingDir"], "/usr/share");
    assert_eq!(config["ExposedPorts"], json!({"9/udp": {}}));
    assert_eq!(config["Labels"], json!({"org.example.c": "3"}));
    assert_eq!(config["StopSignal"], "SIGQUIT");
    for path in ["etc/group", "usr/share/ballast/07.bin"] {
        assert!(slim.files.contains_key(path), "{path} is read by the command given");
    }
}

#[test]
fn privileged_an_excluded_file_that_is_needed_is_named() {
    let exclude = ["--exclude-path", "/etc/greeting"];
    let (place, finished) = slim(&command_line(), &exclude);
    finished.expect_error(1, &["/etc/greeting", "hint: ", "--keep-failed"]);
    place.assert_nothing_written();

    let (place, finished) = slim(&command_line(), &[&exclude[..], &["--keep-failed"]].concat());
    finished.expect_error(1, &["/etc/greeting"]);
    let slim = Contents::read(&place.path("out/slim.tar"));
    assert!(!slim.files.contains_key("etc/greeting"), "it is written as it was tried");
}

#[test]
fn privileged_what_an_exec_reads_stays() {
    let slim = proven(&httpd(), &["--exec", "cat /usr/share/ballast/03.bin > /dev/null"]);
    assert!(slim.files.contains_key("usr/share/ballast/03.bin"));
    assert!(!slim.files.contains_key("usr/share/ballast/04.bin"));
}

#[test]
fn privileged_what_a_given_request_reads_stays() {
    assert!(!proven(&on_post(), &[]).files.contains_key(RECIPE), "GET does not read it");
    let posted = proven(&on_post(), &["--http-probe-cmd", "POST /cgi-bin/recipe"]);
    assert!(posted.files.contains_key(RECIPE), "POST does");
}

#[test]
fn privileged_nothing_is_requested_when_probing_is_off() {
    let (place, finished) = slim(&httpd(), &["--http-probe-off"]);
    let finished = finished.expect_proven();
    assert!(!finished.stderr.contains("probing port"), "{finished}");
    assert!(Contents::read(&place.path("out/slim.tar")).files.contains_key("bin/httpd"));
}

#[test]
fn privileged_the_values_of_an_env_file_stay_out_of_everything() {
    let place = Place::new();
    let secret = "correct-horse-battery";
    let env = place.path("env");
    fs_err::write(&env, format!("# comment\nTOKEN={secret}\n")).expect("writable");
    let script = "'test -n \"$TOKEN\" && cat /etc/greeting'";
    let source = place.archive(&command_line());
    let (report, artifacts) = (place.path("report.json"), place.path("artifacts"));
    let finished = place
        .slim(&source)
        .args(["--entrypoint", "/bin/sh -c", "--cmd", script])
        .args(["--env-file".as_ref(), env.as_os_str()])
        .args(["--report".as_ref(), report.as_os_str()])
        .args(["--copy-meta-artifacts".as_ref(), artifacts.as_os_str()])
        .run()
        .expect_proven();
    let slim = Contents::read(&place.path("out/slim.tar"));
    assert!(slim.files.contains_key("etc/greeting"), "the command saw the variable");
    let mut texts = vec![finished.to_string(), slim.config.to_string()];
    let names = ["artifacts", "state/jettison/reports"];
    let files = names.map(|name| place.list(name).into_iter().map(move |file| (name, file)));
    let written = files.into_iter().flatten().map(|(name, file)| place.path(name).join(file));
    for file in written.chain([report]) {
        texts.push(fs_err::read_to_string(file).expect("a text"));
    }
    assert!(texts.len() >= 7, "report, profile, Dockerfile and stored report are looked at");
    for text in texts {
        assert!(!text.contains(secret), "the value is in {text}");
    }
}

#[test]
fn privileged_a_mounted_directory_is_seen_and_does_not_get_into_the_image() {
    let place = Place::new();
    let shared = place.path("shared");
    fs_err::create_dir(&shared).expect("a directory");
    fs_err::write(shared.join("note"), "from outside").expect("writable");
    let source = place.archive(&command_line());
    let mount = format!("{}:/mounted:ro", shared.display());
    let cmd = r#"["/bin/sh", "-c", "test -e /mounted/note && cat /etc/greeting && ! echo x > /mounted/y"]"#;
    place.slim(&source).args(["--mount", &mount, "--cmd", cmd]).run().expect_proven();
    let slim = Contents::read(&place.path("out/slim.tar"));
    assert!(slim.files.contains_key("etc/greeting"), "the command saw the file");
    assert!(!slim.files.keys().any(|path| path.starts_with("mounted/")));
    assert!(!shared.join("y").exists(), "it is mounted for reading");
}
