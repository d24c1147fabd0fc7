//! Rules ask what an image provides: the image itself when somebody could look into it, else its name.

use std::{collections::BTreeMap, sync::Arc};

use jettison_lint::{
    Child, GivenFiles, ImageFacts, Images, Libc, Neighbours, Origin, Settings, lint,
};

/// Images by name.
#[derive(Debug, Default)]
struct Given(BTreeMap<&'static str, Arc<ImageFacts>>);

impl Images for Given {
    fn facts(&self, name: &str) -> Option<Arc<ImageFacts>> {
        self.0.get(name).cloned()
    }
}

#[derive(Debug)]
struct Beside(Given);

impl Neighbours for Beside {
    fn text(&self, path: &str) -> Option<String> {
        GivenFiles::default().text(path)
    }

    fn children(&self, _directory: &str) -> Option<Arc<[Child]>> {
        None
    }

    fn bytes(&self, _path: &str) -> u64 {
        0
    }

    fn image(&self, name: &str) -> Option<Arc<ImageFacts>> {
        self.0.facts(name)
    }
}

fn facts(system: &str, programs: &[&str]) -> ImageFacts {
    ImageFacts {
        os: "linux".to_owned(),
        system: system.to_owned(),
        programs: programs.iter().map(|name| (*name).to_owned()).collect(),
        has_all_programs: true,
        shell: programs.contains(&"sh").then(|| "dash".to_owned()),
        ..ImageFacts::default()
    }
}

/// Whether `rule` finds something in `source` on an image called `x/base:1` with these facts.
fn finds(rule: &str, source: &str, facts: Option<ImageFacts>) -> bool {
    let images = facts.map(|facts| ("x/base:1", Arc::new(facts))).into_iter().collect();
    let settings =
        Settings { select: [rule.to_owned()].into(), today: Some(20_778), ..Settings::default() };
    !lint(source.as_bytes(), &Beside(Given(images)), &settings).findings.is_empty()
}

#[test]
fn what_the_image_holds_decides() {
    let check = "FROM x/base:1\nHEALTHCHECK CMD [\"curl\", \"-f\", \"http://localhost/\"]\n";
    let debian = || facts("debian", &["sh", "apt-get"]);
    let with_curl = || facts("debian", &["sh", "apt-get", "curl"]);
    let mut partly = facts("debian", &["sh"]);
    partly.has_all_programs = false;
    let mut bash = facts("fedora", &["sh", "dnf"]);
    bash.shell = Some("bash".to_owned());
    let user = |user: &str| ImageFacts { user: user.to_owned(), ..debian() };
    let installed = format!("{check}RUN apt-get install -y curl\n");
    let wheels = "FROM debian:12 AS b\nFROM x/base:1\nCOPY --from=b /wheels /wheels\n";
    let musl = ImageFacts { libc: Some(Libc::Musl), ..facts("", &["sh"]) };
    let glibc = ImageFacts { libc: Some(Libc::Glibc), ..facts("alpine", &["sh"]) };
    let double = "FROM x/base:1\nRUN [[ -f a ]]\n";
    let cases = [
        ("JT-missing-command", check, None, false),
        ("JT-missing-command", check, Some(debian()), true),
        ("JT-missing-command", check, Some(with_curl()), false),
        ("JT-missing-command", check, Some(partly), false),
        ("JT-missing-command", &installed, Some(debian()), false),
        ("JT-missing-command", "FROM x/base:1\nCMD echo a\n", Some(facts("debian", &[])), true),
        ("JT-missing-command", "FROM x/base:1\nCMD [\"serve\"]\n", Some(debian()), true),
        ("JT-missing-command", "FROM x/base:1\nCMD [\"/app/serve\"]\n", Some(debian()), false),
        (
            "JT-missing-command",
            "FROM x/base:1\nCOPY serve /usr/bin/\nCMD [\"serve\"]\n",
            Some(debian()),
            false,
        ),
        ("JT-wrong-manager", "FROM x/base:1\nRUN apk add a\n", None, false),
        ("JT-wrong-manager", "FROM x/base:1\nRUN apk add a\n", Some(debian()), true),
        (
            "JT-wrong-manager",
            "FROM x/base:1\nRUN apk add a\n",
            Some(facts("wolfi", &["apk"])),
            false,
        ),
        ("JT-runs-as-root", "FROM x/base:1\nCMD [\"a\"]\n", Some(user("1000:1000")), false),
        ("JT-runs-as-root", "FROM x/base:1\nCMD [\"a\"]\n", Some(user("0:0")), true),
        ("JT-musl-wheels", wheels, Some(musl), true),
        ("JT-musl-wheels", wheels, Some(glibc), false),
        ("SC3010", double, Some(bash), false),
        ("SC3010", double, Some(debian()), cfg!(feature = "shuck")),
    ];
    for (rule, source, facts, expected) in cases {
        let shown = format!("{rule}: {facts:?}\n{source}");
        assert_eq!(finds(rule, source, facts), expected, "{shown}");
    }
}

#[test]
fn names_tell_what_official_images_do_not_hold() {
    let check = |image: &str, more: &str| {
        format!("FROM {image}\n{more}HEALTHCHECK CMD curl -f http://localhost/ || exit 1\n")
    };
    let cases = [
        ("python:3.13-slim", "", true),
        ("debian:12", "", true),
        ("node:22-alpine", "", true),
        ("python:3.13", "", false),
        ("nginx:1.29-alpine", "", false),
        ("example/python:slim", "", false),
        ("debian:12", "RUN apt-get update && apt-get install -y curl\n", false),
        ("debian:12", "RUN ./install.sh\n", false),
        ("debian:12", "RUN apt-get install -y $(cat packages)\n", false),
        ("debian:12", "COPY --from=x/y:1 /usr/bin/curl /usr/bin/\n", false),
        ("gcr.io/distroless/base-debian12", "", true),
    ];
    for (image, more, expected) in cases {
        let source = check(image, more);
        assert_eq!(finds("JT-missing-command", &source, None), expected, "{source}");
    }
}

#[test]
fn messages_say_where_it_was_looked_up() {
    let mut found = facts("debian", &["sh", "apt-get"]);
    found.origin = Origin::Registry;
    let images = [("x/base:1", Arc::new(found))].into();
    let settings =
        Settings { select: ["JT-wrong-manager".to_owned()].into(), ..Settings::default() };
    let source = b"FROM x/base:1 AS a\nFROM a\nRUN apk add a\n";
    let findings = lint(source, &Beside(Given(images)), &settings).findings;
    let message = &findings[0].message;
    assert_eq!(message.en, "a has no apk; use apt-get (looked up in the image in its registry)");
    assert!(message.zh.contains("查自仓库"), "{}", message.zh);
}
