//! Every rule's page holds: its bad example breaks the rule, its good one does not.

use std::collections::{BTreeMap, BTreeSet};

use jettison_lint::{
    Finding, GivenFiles, Language, Level, Rule, Safety, Settings, fix, fix_manifests, lint,
    lint_manifests, rule, rules,
};

/// Rules without a bad example, because they only do something when configured; their own files
/// test them.
const CONFIGURED: &[&str] = &["JT-from-registry", "JT-label-schema"];

/// Whether `rule` does nothing in this build.
fn is_silent(rule: &Rule) -> bool {
    let is_shell = rule.id == "JT-shell" || rule.id.starts_with("SC");
    CONFIGURED.contains(&rule.id) || (is_shell && !cfg!(feature = "shuck"))
}

fn neighbours(rule: &Rule) -> GivenFiles {
    let files = rule.page.files.iter();
    GivenFiles(files.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
}

fn settings(rule: &Rule) -> Settings {
    // Ignores name other rules, which therefore have to run with it.
    let mut select: BTreeSet<String> = [rule.id.to_owned()].into();
    if rule.id == "JT-unused-ignore" {
        select.extend(rules().map(|one| one.id.to_owned()));
    }
    // 2026-11-21
    Settings { select, today: Some(20_778), ..Settings::default() }
}

fn found(rule: &Rule, source: &str, around: &GivenFiles) -> Vec<Finding> {
    let settings = settings(rule);
    if rule.id.starts_with("JT-k8s") {
        return lint_manifests(source, &settings);
    }
    let mut findings = lint(source.as_bytes(), around, &settings).findings;
    findings.retain(|finding| {
        finding.rule == rule.id || (rule.id == "JT-shell" && finding.rule.starts_with("SC"))
    });
    findings
}

#[test]
fn bad_examples_break_their_rule_and_good_ones_do_not() {
    let mut faults = Vec::new();
    for rule in rules() {
        if found(rule, rule.page.bad, &neighbours(rule)).is_empty() != is_silent(rule) {
            faults.push(format!("{}: the bad example", rule.id));
        }
        if !found(rule, rule.page.good, &neighbours(rule)).is_empty() {
            faults.push(format!("{}: the good example", rule.id));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// What else an example shows, because the mistake brings it along.
const WITH: &[(&str, &[&str])] = &[
    ("JT-apt-update", &["JT-apt-lists", "JT-consecutive-run"]),
    ("JT-broken-array", &["JT-shell-form"]),
    ("JT-default-password", &["JT-pipefail"]),
    ("JT-env-self", &["JT-undefined-variable"]),
    ("JT-from-undefined-arg", &["JT-from-invalid-default"]),
    ("JT-late-cleanup", &["JT-apt-lists"]),
    // Whose context has no .dockerignore.
    ("JT-sources-first", &["JT-dockerignore"]),
    ("JT-wrong-manager", &["JT-apt-recommends", "JT-apt-unpinned"]),
];

#[test]
fn examples_show_one_mistake_and_good_ones_none() {
    let mut faults = Vec::new();
    for rule in rules().filter(|rule| {
        rule.id.starts_with("JT-")
            && !rule.id.starts_with("JT-k8s")
            && rule.id != "JT-shell"
            && !is_silent(rule)
    }) {
        let levels = [(rule.id.to_owned(), rule.level.max(Level::Style))].into();
        let settings = Settings { levels, today: Some(20_778), ..Settings::default() };
        let with = WITH.iter().find(|(id, _)| *id == rule.id).map_or(&[][..], |(_, with)| with);
        let all = |source: &str| {
            let findings = lint(source.as_bytes(), &neighbours(rule), &settings).findings;
            let of_rules = findings.into_iter().filter(|one| !one.rule.starts_with("SC"));
            of_rules.map(|one| one.rule).filter(|id| !with.contains(id)).collect::<Vec<_>>()
        };
        let bad = all(rule.page.bad);
        if bad != [rule.id] {
            faults.push(format!("{}: the bad example shows {bad:?}", rule.id));
        }
        let good = all(rule.page.good);
        if !good.is_empty() {
            faults.push(format!("{}: the good example shows {good:?}", rule.id));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_page_is_there_in_both_languages() {
    for rule in rules() {
        for text in [rule.page.title, rule.page.why] {
            for language in [Language::English, Language::Chinese] {
                assert!(text.in_language(language).chars().count() > 5, "{}", rule.id);
            }
            assert!(!text.zh.is_ascii(), "{}: the Chinese text is Chinese", rule.id);
        }
        assert!(!rule.page.title.en.ends_with('.'), "{}: titles are no sentences", rule.id);
        assert!(rule.id.starts_with("JT-") || rule.id.starts_with("SC"), "{}", rule.id);
        for finding in found(rule, rule.page.bad, &neighbours(rule)) {
            assert!(!finding.message.en.is_empty() && finding.message.en.is_ascii(), "{}", rule.id);
            assert!(!finding.message.zh.is_ascii(), "{}", rule.id);
        }
    }
}

#[test]
fn names_lead_to_one_rule_each() {
    let mut owners: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for rule in rules() {
        for name in rule.aliases.iter().chain([&rule.id]) {
            owners.entry(name.to_ascii_lowercase()).or_default().push(rule.id);
        }
        assert_eq!(jettison_lint::rule(rule.id).map(|one| one.id), Some(rule.id));
    }
    // BuildKit has one name for three rules that hadolint tells apart.
    owners.remove("multipleinstructionsdisallowed");
    // All of ShellCheck's codes together.
    owners.remove("jt-shell");
    for (name, rules) in owners {
        assert_eq!(rules.len(), 1, "{name}: {rules:?}");
    }
    assert_eq!(rule("dl3008").map(|one| one.id), Some("JT-apt-unpinned"));
}

#[test]
fn fixes_of_bad_examples_silence_the_rule() {
    for rule in rules() {
        let before = found(rule, rule.page.bad, &neighbours(rule));
        let fixable = before.iter().filter(|finding| finding.fix.is_some()).count();
        let source = rule.page.bad.as_bytes();
        let mut around = neighbours(rule);
        let text = if rule.id.starts_with("JT-k8s") {
            fix_manifests(rule.page.bad, &settings(rule), Safety::Unsafe).0
        } else {
            let fixed = fix(source, &around, &settings(rule), Safety::Unsafe);
            around.0.extend(fixed.beside);
            String::from_utf8(fixed.source).expect("examples are text")
        };
        let after = found(rule, &text, &around);
        assert!(after.len() <= before.len() - fixable, "{}:\n{text}\n{after:?}", rule.id);
    }
}

#[test]
fn levels_can_be_set_by_any_name() {
    let mut settings = Settings::default();
    settings.levels.insert("dl4000".to_owned(), Level::Error);
    let source = b"FROM debian:12\nMAINTAINER me\n";
    let findings = lint(source, &GivenFiles::default(), &settings).findings;
    assert!(findings.iter().any(|one| one.rule == "JT-maintainer" && one.level == Level::Error));
    settings.ignore.insert("MaintainerDeprecated".to_owned());
    let findings = lint(source, &GivenFiles::default(), &settings).findings;
    assert!(findings.iter().all(|one| one.rule != "JT-maintainer"));
}
