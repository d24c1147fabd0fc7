//! Secrets of an image: those of its layers' files, and those that its config tells everybody.

use std::collections::BTreeMap;

use jettison_rootfs::EntryRef;

use crate::{
    analysis::{SecretFinding, SecretPlace},
    history::ReadStep,
    index::ImageIndex,
    language::Level,
    owners::{Owner, Owners},
    purpose::command,
    secrets::{SecretHit, SecretRule, SecretScanner, identity},
    subject::Subject,
    waste::shown,
};

/// Directories of examples and tests: keys in them are made to be seen.
const SAMPLES: &[&str] = &[
    "test",
    "tests",
    "testing",
    "testdata",
    "test_data",
    "test-data",
    "testsuite",
    "fixtures",
    "fixture",
    "example",
    "examples",
    "sample",
    "samples",
    "spec",
    "specs",
    "doc",
    "docs",
    "demo",
    "demos",
    "__tests__",
    "mock",
    "mocks",
    "e2e",
    "cypress",
];

/// Kinds that are told by what stands beside them: in packages of languages, they are settings of examples.
const LOOSE: &[&str] = &[
    "password-setting",
    "key-setting",
    "url-password",
    "authorization-header",
    "basic-authorization",
    "jwt",
    "google-api-key",
    "wireguard-key",
];

/// Collects places by value.
struct Collector {
    found: BTreeMap<(u16, u64), SecretFinding>,
}

impl Collector {
    fn add(&mut self, hit: &SecretHit, level: Level, place: SecretPlace) {
        let finding = self.found.entry(identity(hit)).or_insert_with(|| SecretFinding {
            rule: hit.rule().id.to_owned(),
            level,
            masked: hit.masked.clone(),
            places: Vec::new(),
        });
        finding.level = finding.level.max(level);
        if !finding.places.contains(&place) {
            finding.places.push(place);
        }
    }
}

/// All secrets, the worst first.
pub(crate) fn secrets(
    subject: &Subject,
    index: &ImageIndex,
    owners: &Owners,
    steps: &[ReadStep],
    scanner: &SecretScanner,
) -> Vec<SecretFinding> {
    let mut collector = Collector { found: BTreeMap::new() };
    files(index, owners, &mut collector);
    config(subject, scanner, &mut collector);
    history(steps, scanner, &mut collector);
    let mut secrets: Vec<SecretFinding> = collector.found.into_values().collect();
    secrets.sort_by(|one, other| {
        let rest = |finding: &SecretFinding| (finding.rule.clone(), finding.places.clone());
        other.level.cmp(&one.level).then_with(|| rest(one).cmp(&rest(other)))
    });
    secrets
}

fn files(index: &ImageIndex, owners: &Owners, collector: &mut Collector) {
    for (number, record) in (0..).zip(&index.layers) {
        for hit in &record.secrets {
            let at = EntryRef { layer: number, entry: hit.entry };
            let path = shown(index, at);
            let Some(level) = level(hit.rule(), &path, owners.owner(index, at)) else { continue };
            let hidden_by = index.tree.hidden_by(at).map(|by| by.layer as usize);
            let layer = number as usize;
            collector.add(hit, level, SecretPlace::File { layer, path, line: hit.line, hidden_by });
        }
    }
}

/// How much a secret in a file matters; `None` when it is known to be none.
fn level(rule: &SecretRule, path: &str, owner: Option<Owner>) -> Option<Level> {
    let is_sample = path.split('/').rev().skip(1).any(|name| SAMPLES.contains(&name));
    let in_system = path.starts_with("/usr/share/") || path.starts_with("/usr/lib/");
    match owner {
        // What a distribution gives to everybody is no secret.
        Some(owner) if owner.is_system && owner.is_unchanged => None,
        Some(owner) if !owner.is_system && (is_sample || LOOSE.contains(&rule.id)) => None,
        None if is_sample && in_system => None,
        _ if is_sample => Some(rule.level.min(Level::Low)),
        _ => Some(rule.level),
    }
}

fn config(subject: &Subject, scanner: &SecretScanner, collector: &mut Collector) {
    let run = &subject.config.config;
    for variable in &run.env {
        let name = variable.split('=').next().unwrap_or_default().to_owned();
        for hit in scanner.scan_setting(variable) {
            collector.add(&hit, hit.rule().level, SecretPlace::Env { name: name.clone() });
        }
    }
    for (name, value) in &run.labels {
        for hit in scanner.scan_setting(&format!("{name}={value}")) {
            collector.add(&hit, hit.rule().level, SecretPlace::Label { name: name.clone() });
        }
    }
    let check = run.healthcheck.iter().flat_map(|check| check.test.iter().map(String::as_str));
    let mut hits = scanner.scan_words(command(run));
    hits.extend(scanner.scan_words(check));
    hits.extend(run.on_build.iter().flatten().flat_map(|text| scanner.scan_commands(text)));
    for hit in hits {
        collector.add(&hit, hit.rule().level, SecretPlace::Command);
    }
}

fn history(steps: &[ReadStep], scanner: &SecretScanner, collector: &mut Collector) {
    for (step, read) in steps.iter().enumerate() {
        for hit in scanner.scan_commands(&read.text()) {
            let place = SecretPlace::History { step, layer: read.layer };
            collector.add(&hit, hit.rule().level, place);
        }
        for argument in &read.build_arguments {
            let name = argument.split('=').next().unwrap_or_default();
            let is_first =
                !steps[..step].iter().any(|before| before.build_arguments.contains(argument));
            for hit in scanner.scan_setting(argument).iter().filter(|_| is_first) {
                let place = SecretPlace::BuildArgument { name: name.to_owned(), step };
                collector.add(hit, hit.rule().level, place);
            }
        }
    }
}
