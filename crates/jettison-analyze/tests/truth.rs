//! What is reported as waste is what was planted, to the byte, by cause and layer.

use std::{collections::BTreeMap, sync::Arc};

use jettison_analyze::{
    AnalyzeOptions, Analyzed, ImageIndex, IndexOptions, LayerInput, Subject, analyze,
};
use jettison_image::ImageConfig;
use jettison_testkit::{FatImage, Scale, WastefulImage};
use proptest::prelude::*;

fn analyzed(image: &FatImage) -> Analyzed {
    let inputs: Vec<LayerInput> = image
        .layers
        .iter()
        .map(|layer| LayerInput { diff_id: None, content: Arc::new(layer.clone()) })
        .collect();
    let index = ImageIndex::build(&inputs, &IndexOptions::default()).expect("sound layers");
    let config = image.configuration().to_string();
    let subject = Subject {
        name: image.tag.clone(),
        tags: vec![image.tag.clone()],
        config: ImageConfig::from_slice(config.as_bytes()).expect("a sound config"),
        image_id: "sha256:0".to_owned(),
        stored: Vec::new(),
        warnings: Vec::new(),
    };
    analyze(&subject, &index, &AnalyzeOptions::default())
}

fn bytes(image: &FatImage) -> u64 {
    image.layers.iter().map(|layer| layer.len() as u64).sum()
}

fn check(seed: u64) {
    let made = WastefulImage::generate(seed, Scale::SMALL);
    let (fat, clean) = (made.image("fat:1"), made.clean("clean:1"));
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

#[test]
fn advice_claims_no_byte_twice() {
    let made = WastefulImage::generate(7, Scale::SMALL);
    let found = analyzed(&made.image("fat:1"));
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
    let (one, other) = (analyzed(&made.image("fat:1")), analyzed(&made.image("fat:1")));
    assert_eq!(one.analysis, other.analysis);
    let json = serde_json::to_string(&one.analysis).expect("it can be written");
    assert_eq!(
        serde_json::from_str::<jettison_analyze::Analysis>(&json).expect("and read"),
        one.analysis
    );
}
