//! Every kind of secret is found where it was planted, wherever it lies, and shown nowhere.

mod given;

use std::collections::{BTreeMap, BTreeSet};

use jettison_analyze::{
    Analysis, AnalyzeOptions, FileMap, Language, Level,
    analysis::SecretPlace,
    analyze,
    format::{Colour, Detail, Format, Style, render},
    secrets::{RULES, SecretScanner},
};
use jettison_testkit::{Entry, FatImage, layer, secret_samples};
use serde_json::json;

fn analysis(image: &FatImage) -> Analysis {
    analyzed(image).0
}

fn analyzed(image: &FatImage) -> (Analysis, FileMap) {
    let (subject, index) = (given::subject(image), given::index(image));
    let found = analyze(&subject, &index, &AnalyzeOptions::default());
    (found.analysis, FileMap::of(&index, &found.waste))
}

/// Every report that can be written.
fn reports((analysis, files): &(Analysis, FileMap)) -> String {
    let mut all = String::new();
    for format in Format::names().filter_map(Format::parse) {
        for language in [Language::English, Language::Chinese] {
            let (colour, detail) = (Colour::Never, Detail::Full);
            let style = Style { format, language, colour, detail, width: 100 };
            all += &render(analysis, &|| files.clone(), &style);
        }
    }
    all
}

#[test]
fn every_kind_is_found_and_none_is_shown() {
    let samples = secret_samples(1);
    let kinds: BTreeSet<&str> = samples.iter().map(|sample| sample.kind).collect();
    let known: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(kinds, known, "a sample for each kind, and a kind for each sample");
    let entries = samples.iter().map(|sample| Entry::file(&sample.path, sample.content.clone()));
    let image = FatImage::new("leaky:1", json!({"Cmd": ["/app/server"]}), vec![layer(entries)]);
    let shown = analyzed(&image);
    let found = &shown.0;
    let by_path: BTreeMap<&str, &str> = found
        .secrets
        .iter()
        .flat_map(|secret| {
            secret.places.iter().filter_map(|place| match place {
                SecretPlace::File { path, .. } => {
                    Some((path.trim_start_matches('/'), secret.rule.as_str()))
                }
                _ => None,
            })
        })
        .collect();
    let missed: Vec<_> = samples
        .iter()
        .filter(|sample| by_path.get(sample.path.as_str()) != Some(&sample.kind))
        .map(|sample| (sample.kind, by_path.get(sample.path.as_str())))
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
    assert_eq!(found.secrets.len(), samples.len(), "nothing else is reported");
    let shown = reports(&shown);
    for sample in samples.iter().filter(|sample| !sample.value.is_empty()) {
        assert!(!shown.contains(&sample.value), "{} is shown", sample.kind);
    }
}

#[test]
fn other_values_of_each_kind_are_found_too() {
    let scanner = SecretScanner::new();
    for seed in 2..40 {
        for sample in secret_samples(seed) {
            let hits = scanner.scan(sample.path.as_bytes(), &sample.content);
            let kinds: Vec<&str> = hits.iter().map(|hit| hit.rule().id).collect();
            assert_eq!(kinds, [sample.kind], "seed {seed}");
        }
    }
}

#[test]
fn secrets_are_found_in_every_place() {
    let samples = secret_samples(20);
    let value = |kind: &str| {
        let sample = samples.iter().find(|sample| sample.kind == kind).expect(kind);
        let text = String::from_utf8(sample.content.clone()).expect("text");
        text.split('"').nth(1).expect("quoted").to_owned()
    };
    let (env, label, history, argument, file) = (
        value("stripe-key"),
        value("gitlab-token"),
        value("slack-token"),
        value("npm-token"),
        value("github-token"),
    );
    let layers = vec![
        layer([Entry::file("app/token.txt", file.clone())]),
        layer([Entry::whiteout("app", "token.txt")]),
    ];
    let config = json!({
        "Cmd": ["/app/server"],
        "Env": [format!("STRIPE={env}"), "POSTGRES_PASSWORD=tiger77"],
        "Labels": {"x": label},
    });
    let mut image = FatImage::new("leaky:1", config, layers);
    image.history = vec![
        json!({"created_by": format!("RUN |1 NPM={argument} /bin/sh -c npm ci # buildkit")}),
        json!({"created_by": format!("RUN /bin/sh -c notify {history} # buildkit")}),
    ];
    let shown = analyzed(&image);
    let found = &shown.0;
    let place = |rule: &str| {
        let secret = found.secrets.iter().find(|secret| secret.rule == rule).expect(rule);
        assert_eq!(secret.places.len(), 1, "{secret:?}");
        secret.places[0].clone()
    };
    let name = |name: &str| name.to_owned();
    assert_eq!(place("stripe-key"), SecretPlace::Env { name: name("STRIPE") });
    assert_eq!(place("password-setting"), SecretPlace::Env { name: name("POSTGRES_PASSWORD") });
    assert_eq!(place("gitlab-token"), SecretPlace::Label { name: name("x") });
    assert_eq!(place("slack-token"), SecretPlace::History { step: 1, layer: Some(1) });
    assert_eq!(place("npm-token"), SecretPlace::BuildArgument { name: name("NPM"), step: 0 });
    let path = name("/app/token.txt");
    assert_eq!(
        place("github-token"),
        SecretPlace::File { layer: 0, path, line: 1, hidden_by: Some(1) }
    );
    let shown = reports(&shown);
    for secret in [env, label, history, argument, file, name("tiger77")] {
        assert!(!shown.contains(&secret), "{secret} is shown");
    }
}

#[test]
fn passwords_of_commands_are_found_and_not_shown() {
    let config = json!({
        "Entrypoint": ["sh", "-c", "exec app -p 8080 \"$@\"", "--"],
        "Cmd": ["--db-password", "zebra 11"],
        "Env": ["REDISCLI_AUTH=zebra22", "START=mysqladmin -pzebra33 ping"],
        "Healthcheck": {"Test": ["CMD-SHELL", "redis-cli -a zebra44 ping || exit 1"]},
        "Labels": {"probe": "curl -u joe:zebra55 http://localhost/"},
        "OnBuild": ["RUN sshpass -p zebra66 ssh x"],
    });
    let layers =
        vec![layer([Entry::file("app/server", "x")]), layer([Entry::file("app/more", "x")])];
    let mut image = FatImage::new("leaky:1", config, layers);
    image.history = vec![
        json!({"created_by": "/bin/sh -c echo 'root:zebra77' | chpasswd"}),
        json!({"created_by": "RUN /bin/sh -c mkdir -p /a && curl http://joe:zebra88@localhost/ # buildkit"}),
    ];
    let shown = analyzed(&image);
    let places = |rule: &str| {
        let found = shown.0.secrets.iter().filter(|secret| secret.rule == rule);
        found.flat_map(|secret| secret.places.clone()).collect::<Vec<_>>()
    };
    let command = SecretPlace::Command;
    let history = SecretPlace::History { step: 0, layer: Some(0) };
    assert_eq!(places("password-setting"), [history, command.clone(), command]);
    let shown = reports(&shown);
    assert!(!shown.contains("zebra"), "{}", shown.split("zebra").next().unwrap_or_default());
    // People count from 1.
    for readable in [
        "history, step 1 (layer 1)",
        "mkdir -p /a",
        "exec app -p 8080",
        "curl http://joe:**** (7)@localhost/",
    ] {
        assert!(shown.contains(readable), "{readable}");
    }
}

/// An application with its translations, unpacked by hand: thousands of messages are called `password`.
#[test]
fn translated_messages_are_no_passwords() {
    let messages = "{\"password\": \"Passwort\", \"login-password\": \"Geheim77\"}";
    let scanner = SecretScanner::new();
    for path in [
        "srv/wiki/languages/i18n/de.json",
        "app/locales/de/login.yml",
        "app/messages_de.properties",
    ] {
        assert_eq!(scanner.scan(path.as_bytes(), messages.as_bytes()), [], "{path}");
    }
    assert_eq!(scanner.scan(b"app/config.json", messages.as_bytes()).len(), 2);
    // What is a secret by itself is one there, too.
    let samples = secret_samples(5);
    let token = samples.iter().find(|sample| sample.kind == "github-token").expect("it is there");
    assert_eq!(scanner.scan(b"srv/wiki/languages/i18n/de.json", &token.content).len(), 1);
}

#[test]
fn long_files_are_searched_in_pieces_without_a_gap() {
    let samples = secret_samples(3);
    let sample = samples.iter().find(|sample| sample.kind == "github-token").expect("it is there");
    let piece = 512 << 10;
    for offset in [0, 1, piece - 30, piece - 8192, piece, 2 * piece - 41, 3 * piece + 5] {
        let mut bytes = vec![b' '; 4 * piece];
        bytes[offset..offset + sample.content.len()].copy_from_slice(&sample.content);
        let image =
            FatImage::new("long:1", json!({}), vec![layer([Entry::file("app/long.js", bytes)])]);
        let found = analysis(&image);
        assert_eq!(found.secrets.len(), 1, "at {offset}: {:?}", found.secrets);
    }
}

#[test]
fn samples_and_what_distributions_bring_do_not_alarm() {
    let samples = secret_samples(4);
    let content =
        |kind: &str| samples.iter().find(|sample| sample.kind == kind).expect(kind).content.clone();
    let status = "Package: ssl-cert\nStatus: install ok installed\nVersion: 1\n";
    let packaged = layer([
        Entry::file("var/lib/dpkg/status", status),
        Entry::file(
            "var/lib/dpkg/info/ssl-cert.list",
            "/etc/ssl/snakeoil.pem\n/etc/ssl/changed.pem\n",
        ),
        Entry::file("etc/ssl/snakeoil.pem", content("pkcs8-key")),
        Entry::file("etc/ssl/changed.pem", content("ec-key")),
        Entry::file("usr/share/app/examples/key.pem", content("rsa-key")),
        Entry::file(
            "app/node_modules/tls/package.json",
            "{\"name\":\"tls\",\"version\":\"1.0.0\"}",
        ),
        Entry::file("app/node_modules/tls/test/key.pem", content("dsa-key")),
        Entry::file("app/node_modules/tls/config.json", content("key-setting")),
    ]);
    let found = analysis(&FatImage::new("clean:1", json!({}), vec![packaged.clone()]));
    assert_eq!(found.secrets, []);
    // A package's file that a later layer changed is somebody's own; so is a test key outside of packages, though less so.
    let changed = layer([
        Entry::file("etc/ssl/changed.pem", content("openssh-key")),
        Entry::file("app/tests/key.pem", content("other-pem-key")),
    ]);
    let found = analysis(&FatImage::new("changed:1", json!({}), vec![packaged, changed]));
    let rules: Vec<_> =
        found.secrets.iter().map(|secret| (secret.rule.as_str(), secret.level)).collect();
    assert_eq!(rules, [("openssh-key", Level::High), ("other-pem-key", Level::Low)]);
}
