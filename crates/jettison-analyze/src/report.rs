//! From the index to the analysis.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use jettison_dockerfile::parse;
use jettison_image::{HealthCheck, RuntimeConfig};
use jettison_rootfs::{Fate, InodeId, Tree};

use crate::{
    advice::{self, FileNames, Matter},
    analysis::{
        Analysis, BaseFacts, ImageFacts, LayerFacts, Purpose, RiskFinding, SCHEMA, SizeFacts, Step,
    },
    dockerfile_match::{Matched, match_steps},
    history::{self, ReadStep},
    index::{ImageIndex, LayerRecord},
    leaks,
    owners::Owners,
    package_table,
    purpose::{command, purpose},
    risks::{self, Scene},
    secrets::SecretScanner,
    subject::Subject,
    waste::{self, Circumstances, Waste},
};

/// A Dockerfile that the image was built from.
#[derive(Clone, Debug)]
pub struct DockerfileText {
    /// As it was named.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The stage that was built; the last one without.
    pub target: Option<String>,
}

/// How an image is analysed.
#[derive(Clone, Debug, Default)]
pub struct AnalyzeOptions {
    /// The Dockerfile it was built from, so that findings stand at their lines.
    pub dockerfile: Option<DockerfileText>,
    /// What the image is for, where it shall not be told from its command.
    pub purpose: Option<Purpose>,
}

/// Everything that was found, and what it was found with.
#[derive(Debug)]
pub struct Analyzed {
    /// The report.
    pub analysis: Analysis,
    /// The waste, entry by entry.
    pub waste: Waste,
    /// Whose each file is.
    pub owners: Owners,
}

/// Analyses an image.
pub fn analyze(subject: &Subject, index: &ImageIndex, options: &AnalyzeOptions) -> Analyzed {
    let owners = Owners::of(index);
    let purpose = options.purpose.unwrap_or_else(|| purpose(&subject.config.config));
    let locales = locales(&subject.config.config.env);
    let circumstances = Circumstances { owners: &owners, purpose, locales: &locales };
    let waste = Waste::of(index, &circumstances);
    let steps = history::read(&subject.config);
    let causes = waste::causes(&waste);
    let groups = waste::groups(&waste, index, &owners);
    let scanner = SecretScanner::new();
    let mut image = image_facts(subject, &index.tree, purpose, &scanner);
    image.base = base(subject, index, &steps);
    let matched = options
        .dockerfile
        .as_ref()
        .map(|text| match_steps(&text.name, &parse(&text.bytes), text.target.as_deref(), &steps));
    let mut shown = shown_steps(&steps, &scanner);
    if let Some(matched) = &matched {
        for ((_, step), place) in shown.iter_mut().zip(&matched.places) {
            step.place.clone_from(place);
        }
        improve_base(&mut image, index, &shown, matched);
    }
    let base_layers = image.base.as_ref().map_or(0, |base| base.layers);
    let secrets = leaks::secrets(subject, index, &owners, &steps, &scanner);
    let scene = Scene {
        subject,
        index,
        owners: &owners,
        purpose,
        steps: &steps,
        shown: &shown,
        secrets: &secrets,
    };
    let risks = placed(risks::risks(&scene), &shown);
    let advice = advice::advice(&Matter {
        index,
        owners: &owners,
        waste: &waste,
        files: &FileNames::new(index),
        steps: &shown,
        base_layers,
        base_name: image.base.as_ref().and_then(|base| base.name.as_deref()),
    });
    let analysis = Analysis {
        schema: SCHEMA,
        jettison: env!("CARGO_PKG_VERSION").to_owned(),
        size: sizes(subject, index, &waste),
        layers: layers(subject, index, &waste, &shown, base_layers),
        secrets,
        risks,
        packages: package_table::packages(index, &owners.packages),
        image,
        causes,
        waste: groups,
        advice,
        growth: None,
        budget: Vec::new(),
        ignored: BTreeMap::new(),
        warnings: subject.warnings.clone(),
    };
    Analyzed { analysis, waste, owners }
}

/// The languages that variables of the environment set, but the neutral ones.
fn locales(env: &[String]) -> Vec<String> {
    let is_language = |name: &str| name == "LANG" || name == "LANGUAGE" || name.starts_with("LC_");
    let pairs = env.iter().filter_map(|variable| variable.split_once('='));
    let values =
        pairs.filter(|(name, _)| is_language(name)).flat_map(|(_, value)| value.split(':'));
    let is_neutral = |value: &str| {
        let base = value.split('.').next().unwrap_or_default();
        base.is_empty() || base == "C" || base == "POSIX"
    };
    values.filter(|value| !is_neutral(value)).map(str::to_owned).collect()
}

fn image_facts(
    subject: &Subject,
    tree: &Tree,
    purpose: Purpose,
    scanner: &SecretScanner,
) -> ImageFacts {
    let config = &subject.config.config;
    ImageFacts {
        name: subject.name.clone(),
        tags: subject.tags.clone(),
        image_id: subject.image_id.clone(),
        platform: subject.config.platform().to_string(),
        created: subject.config.created.clone(),
        distribution: distribution(tree),
        purpose,
        base: None,
        user: config.user.clone(),
        working_dir: config.working_dir.clone(),
        command: masked_command(config, scanner),
        env: scanner.masked_variables(&config.env),
        labels: masked_labels(&config.labels, scanner),
        exposed_ports: config.exposed_ports.iter().cloned().collect(),
        volumes: config.volumes.iter().cloned().collect(),
        has_healthcheck: config.healthcheck.as_ref().is_some_and(is_enabled),
    }
}

/// `HEALTHCHECK NONE` is written as the test `NONE`.
fn is_enabled(check: &HealthCheck) -> bool {
    check.test.first().is_some_and(|kind| kind != "NONE")
}

/// os-release(5) has some hundred bytes.
const MAX_OS_RELEASE: u64 = 64 << 10;

fn distribution(tree: &Tree) -> Option<String> {
    let file = tree.resolve(b"/etc/os-release").or_else(|| tree.resolve(b"/usr/lib/os-release"))?;
    let bytes = tree.read_all(tree.inode_id(file.path), MAX_OS_RELEASE).ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let value = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(value.trim_matches(['"', '\'']).to_owned())
}

fn base(subject: &Subject, index: &ImageIndex, steps: &[ReadStep]) -> Option<BaseFacts> {
    let layers = history::base_layers(steps);
    let name = subject.config.config.labels.get("org.opencontainers.image.base.name").cloned();
    if layers == 0 && name.is_none() {
        return None;
    }
    let bytes = index.layers[..layers].iter().map(|layer| layer.tar_bytes).sum();
    Some(BaseFacts { name, layers, bytes })
}

fn sizes(subject: &Subject, index: &ImageIndex, waste: &Waste) -> SizeFacts {
    let now = index.tar_bytes();
    let wasted = waste.total();
    let hidden = waste.iter().filter(|(_, wasted)| wasted.cause.is_hidden());
    let tree = &index.tree;
    let ids = (0..tree.inode_count()).map(InodeId::from_index);
    let files = ids.map(|id| tree.inode_by_id(id)).filter(|inode| inode.is_file());
    let (count, bytes) = files.fold((0, 0), |(count, bytes), file| (count + 1, bytes + file.size));
    SizeFacts {
        now,
        after: now - wasted,
        wasted,
        hidden: hidden.map(|(_, wasted)| wasted.bytes).sum(),
        stored: (!subject.stored.is_empty()).then(|| subject.stored.iter().sum()),
        files_bytes: bytes,
        files: count,
    }
}

fn layers(
    subject: &Subject,
    index: &ImageIndex,
    waste: &Waste,
    steps: &[(Option<usize>, Step)],
    base_layers: usize,
) -> Vec<LayerFacts> {
    let changes = changes(index);
    let facts = |(number, layer): (usize, &Arc<LayerRecord>)| {
        let step = steps.iter().find(|(layer, _)| *layer == Some(number));
        let (added, changed, removed) = changes[number];
        LayerFacts {
            index: number,
            diff_id: layer.diff_id.to_string(),
            bytes: layer.tar_bytes,
            stored: subject.stored.get(number).copied(),
            wasted: waste.of_layer(number),
            entries: layer.index.entries().len(),
            added,
            changed,
            removed,
            is_base: number < base_layers,
            step: step.map(|(_, step)| step.clone()),
        }
    };
    index.layers.iter().enumerate().map(facts).collect()
}

/// Entry point and command, in one row.
fn masked_command(config: &RuntimeConfig, scanner: &SecretScanner) -> Vec<String> {
    let words: Vec<String> = command(config).map(str::to_owned).collect();
    scanner.masked_words(&words)
}

fn masked_labels(
    labels: &BTreeMap<String, String>,
    scanner: &SecretScanner,
) -> BTreeMap<String, String> {
    let masked =
        |(name, value): (&String, &String)| (name.clone(), scanner.masked_value(name, value));
    labels.iter().map(masked).collect()
}

/// With a Dockerfile, the base ends where its first instruction begins.
fn improve_base(
    image: &mut ImageFacts,
    index: &ImageIndex,
    shown: &[(Option<usize>, Step)],
    matched: &Matched,
) {
    let first = shown.iter().find(|(layer, step)| layer.is_some() && step.place.is_some());
    let guessed = image.base.as_ref().map_or(0, |base| base.layers);
    let layers = first.and_then(|(layer, _)| *layer).unwrap_or(guessed);
    let named = image.base.as_ref().and_then(|base| base.name.clone());
    let name = named.or_else(|| matched.base.clone());
    let bytes = index.layers[..layers].iter().map(|layer| layer.tar_bytes).sum();
    image.base = (layers > 0 || name.is_some()).then_some(BaseFacts { name, layers, bytes });
}

/// Risks that came with a step stand where its instruction does.
fn placed(mut risks: Vec<RiskFinding>, shown: &[(Option<usize>, Step)]) -> Vec<RiskFinding> {
    for risk in &mut risks {
        let by_layer =
            risk.layer.and_then(|layer| shown.iter().find(|(made, _)| *made == Some(layer)));
        let by_text = || shown.iter().find(|(_, step)| risk.subjects.contains(&step.text));
        let step = by_layer.or_else(by_text);
        risk.place = step.and_then(|(_, step)| step.place.clone());
    }
    risks
}

/// The steps as they may be shown, each with the layer it made.
fn shown_steps(steps: &[ReadStep], scanner: &SecretScanner) -> Vec<(Option<usize>, Step)> {
    let shown = |(history, step): (usize, &ReadStep)| {
        let shown = Step {
            history,
            keyword: step.keyword.clone(),
            text: scanner.masked(&step.text()),
            created: step.created.clone(),
            place: None,
        };
        (step.layer, shown)
    };
    steps.iter().enumerate().map(shown).collect()
}

/// For each layer, how many paths it added, changed and removed. A path that a layer between removed counts as changed
/// when it comes again.
fn changes(index: &ImageIndex) -> Vec<(usize, usize, usize)> {
    let mut seen: HashSet<&[u8]> = HashSet::new();
    let mut all = Vec::new();
    for (layer, record) in index.layers.iter().enumerate() {
        let (mut added, mut changed, mut removed) = (0, 0, 0);
        for (entry, fate) in record.index.entries().iter().zip(index.tree.fates(layer)) {
            if *fate == Fate::Whiteout {
                removed += 1;
            } else if seen.insert(&entry.path) {
                added += 1;
            } else {
                changed += 1;
            }
        }
        all.push((added, changed, removed));
    }
    all
}
