//! What is reported is what was planted: waste to the byte, by cause and layer; secrets by kind and place; risks by layer.

mod given;

use std::collections::{BTreeMap, BTreeSet};

use jettison_analyze::{
    Analysis, AnalyzeOptions, Analyzed, CAUSES, Level, analysis::SecretPlace, analyze,
    risks::CHECKS, secrets::RULES,
};
use jettison_testkit::{FatImage, PlantedRisk, Scale, SecretSpot, WastefulImage};
use proptest::prelude::*;

fn analyzed(image: &FatImage) -> Analyzed {
    let (subject, index) = (given::subject(image), given::index(image));
    analyze(&subject, &index, &AnalyzeOptions::default())
}

fn bytes(image: &FatImage) -> u64 {
    image.layers.iter().map(|layer| layer.len() as u64).sum()
}

fn check(seed: u64) {
    let made = WastefulImage::generate(seed, Scale::SMALL);
    let (fat, clean) = (made.image(), made.clean());
    let found = analyzed(&fat);
    let mut reported: BTreeMap<(&str, usize, Option<usize>), u64> = BTreeMap::new();
    for group in &found.analysis.waste {
        *reported.entry((group.cause.id(), group.layer, group.by)).or_default() += group.bytes;
    }
    let truth = made.truth();
    for (share, expected) in &truth {
        let got = reported.get(share).copied().unwrap_or_default();
        assert_eq!(got, *expected, "seed {seed}: {share:?}\n{:#?}", paths(&found, share.0));
    }
    for share in reported.keys() {
        assert!(truth.contains_key(share), "seed {seed}: {share:?}\n{:#?}", paths(&found, share.0));
    }
    let causes: BTreeSet<&str> = truth.keys().map(|(cause, ..)| *cause).collect();
    assert_eq!(causes, CAUSES.iter().map(|cause| cause.id()).collect(), "all are planted");
    assert_eq!(secrets(&found.analysis), planted_secrets(&made), "seed {seed}");
    assert_eq!(risks(&found.analysis), planted_risks(&made), "seed {seed}");
    let size = &found.analysis.size;
    assert_eq!((size.now, size.after), (bytes(&fat), bytes(&clean)), "seed {seed}");
    assert_eq!(size.wasted, truth.values().sum::<u64>(), "seed {seed}");
    let by_cause: u64 = found.analysis.causes.iter().map(|facts| facts.bytes).sum();
    let by_layer: u64 = found.analysis.layers.iter().map(|layer| layer.wasted).sum();
    assert_eq!((by_cause, by_layer), (size.wasted, size.wasted), "seed {seed}");
    let cleaned = analyzed(&clean);
    let hidden: Vec<_> =
        cleaned.analysis.waste.iter().filter(|group| group.cause.is_hidden()).collect();
    assert_eq!(
        (cleaned.analysis.size.wasted, hidden.len()),
        (0, 0),
        "seed {seed}: {:#?}",
        cleaned.analysis.waste
    );
}

/// Each place of each secret, in words.
fn secrets(analysis: &Analysis) -> BTreeSet<String> {
    let places = |secret: &jettison_analyze::analysis::SecretFinding| {
        let rule = secret.rule.clone();
        let place = move |place: &SecretPlace| match place {
            SecretPlace::File { layer, path, hidden_by, .. } => {
                format!("{rule} {layer} {path} {hidden_by:?}")
            }
            SecretPlace::Env { name } => format!("{rule} env {name}"),
            SecretPlace::Label { name } => format!("{rule} label {name}"),
            SecretPlace::History { layer, .. } => format!("{rule} history {layer:?}"),
            SecretPlace::BuildArgument { name, step } => format!("{rule} argument {name} {step}"),
            SecretPlace::Command => format!("{rule} command"),
        };
        secret.places.iter().map(place).collect::<Vec<_>>()
    };
    analysis.secrets.iter().flat_map(places).collect()
}

fn planted_secrets(made: &WastefulImage) -> BTreeSet<String> {
    let text = |secret: &jettison_testkit::PlantedSecret| {
        let kind = secret.kind;
        match &secret.spot {
            SecretSpot::File { layer, path, hidden_by } => {
                format!("{kind} {layer} /{path} {hidden_by:?}")
            }
            SecretSpot::Env(name) => format!("{kind} env {name}"),
            SecretSpot::Label(name) => format!("{kind} label {name}"),
            SecretSpot::History(layer) => format!("{kind} history {:?}", Some(layer)),
            SecretSpot::BuildArgument(name, layer) => format!("{kind} argument {name} {layer}"),
            SecretSpot::Command => format!("{kind} command"),
        }
    };
    made.secrets().iter().map(text).collect()
}

fn risks(analysis: &Analysis) -> BTreeMap<&str, PlantedRisk> {
    let risks = analysis.risks.iter();
    risks
        .map(|risk| (risk.id.as_str(), PlantedRisk { count: risk.count, layer: risk.layer }))
        .collect()
}

/// With that of secrets in files, which the rules' levels decide.
fn planted_risks(made: &WastefulImage) -> BTreeMap<&'static str, PlantedRisk> {
    let mut risks = made.risks();
    let is_serious =
        |kind: &str| RULES.iter().any(|rule| rule.id == kind && rule.level >= Level::Medium);
    let layers: Vec<usize> = made
        .secrets()
        .iter()
        .filter(|secret| is_serious(secret.kind))
        .filter_map(|secret| match secret.spot {
            SecretSpot::File { layer, .. } => Some(layer),
            _ => None,
        })
        .collect();
    if let Some(&first) = layers.first() {
        let layer = layers.iter().all(|layer| *layer == first).then_some(first);
        risks.insert("JR-file-secret", PlantedRisk { count: layers.len(), layer });
    }
    risks
}

fn paths(found: &Analyzed, cause: &str) -> Vec<String> {
    let groups = found.analysis.waste.iter().filter(|group| group.cause.id() == cause);
    groups
        .flat_map(|group| {
            group.paths.iter().map(|path| {
                format!("layer {} by {:?}: {} {}", group.layer, group.by, path.path, path.bytes)
            })
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn reported_bytes_are_the_planted_ones(seed: u64) {
        check(seed);
    }
}

/// In these, long tokens hold `fake` and `xxxx` by chance.
#[test]
fn words_of_placeholders_occur_in_tokens() {
    check(12_525_851_092_665_794_703);
    check(12_525_851_092_665_794_356);
}

/// In this one, a LaunchDarkly key ended with seven zeros as long as four of them were always there.
#[test]
fn no_sample_looks_like_a_placeholder() {
    check(12_096_537_210_167_215_859);
}

/// In this one, the 36 hexadecimal digits of a webhook have less than 3 bits of entropy each.
#[test]
fn a_webhook_of_few_digits_is_one() {
    check(15_479_211_757_825_835_059);
}

#[test]
fn every_risk_is_found_where_it_is_and_no_other() {
    let mut known: BTreeSet<&str> = CHECKS.iter().map(|check| check.id).collect();
    for (id, made) in WastefulImage::each_risk() {
        assert!(known.remove(id), "{id} is planted twice, or is no risk");
        let found = analyzed(&made.image());
        assert_eq!(risks(&found.analysis), planted_risks(&made), "{id}");
        assert!(planted_risks(&made).contains_key(id), "{id}");
    }
    assert!(known.is_empty(), "never planted: {known:?}");
}

#[test]
fn what_looks_like_a_risk_is_none() {
    let found = analyzed(&WastefulImage::near_misses().image()).analysis;
    assert_eq!((&found.risks[..], &found.secrets[..]), (&[][..], &[][..]));
}

#[test]
fn advice_claims_no_byte_twice() {
    let made = WastefulImage::generate(7, Scale::SMALL);
    let found = analyzed(&made.image());
    let advised: u64 = found.analysis.advice.iter().map(|advice| advice.bytes).sum();
    assert!(advised <= found.analysis.size.wasted);
    // What is left over are portions too small to speak of.
    assert!(advised * 100 > found.analysis.size.wasted * 90, "{advised}");
    for advice in &found.analysis.advice {
        assert!(!advice.code.is_empty(), "{advice:?}");
    }
}

#[test]
fn the_same_image_gives_the_same_report() {
    let made = WastefulImage::generate(3, Scale::SMALL);
    let (one, other) = (analyzed(&made.image()), analyzed(&made.image()));
    assert_eq!(one.analysis, other.analysis);
    let json = serde_json::to_string(&one.analysis).expect("it can be written");
    assert_eq!(serde_json::from_str::<Analysis>(&json).expect("and read"), one.analysis);
}
