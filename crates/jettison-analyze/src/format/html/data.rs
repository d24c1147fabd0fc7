//! What the page's scripts read: findings in words, numbers as they are, long lists cut.

use std::collections::BTreeMap;

use serde::Serialize;

use super::words::words;
use crate::{
    analysis::{
        Analysis, BudgetLine, Growth, ImageFacts, LayerFacts, PackageFacts, RiskFinding,
        SecretFinding, SizeFacts, WasteGroup,
    },
    file_map::{FileMap, FileNode, NodeKind},
    format::{
        advice_groups::{AdviceGroup, groups},
        places,
    },
    language::{Language, Level},
    risks::risk_check,
    secrets::secret_rule,
    waste::{FAMILIES, Family},
};

/// Packages that are listed; an image of a desktop has 3,000, and the smallest of them tell nobody anything.
const MAX_PACKAGES: usize = 1000;
/// Portions of waste that are listed.
const MAX_GROUPS: usize = 300;
/// Paths that are named of each.
const MAX_PATHS: usize = 5;
/// Secrets that are listed.
const MAX_SECRETS: usize = 1000;
/// Places that are named of each.
const MAX_PLACES: usize = 20;
/// Packages that changed.
const MAX_CHANGES: usize = 200;
/// Characters of a name or an instruction: longer ones are cut.
const MAX_TEXT: usize = 4000;

#[derive(Serialize)]
pub(super) struct Page<'a> {
    words: BTreeMap<&'static str, &'static str>,
    version: &'a str,
    image: &'a ImageFacts,
    size: &'a SizeFacts,
    families: Vec<FamilyRow>,
    layers: Vec<LayerRow<'a>>,
    causes: Vec<CauseRow<'a>>,
    packages: Listed<&'a PackageFacts>,
    secrets: Listed<SecretRow<'a>>,
    risks: Vec<RiskRow<'a>>,
    budget: &'a [BudgetLine],
    growth: Option<GrowthRow<'a>>,
    ignored: &'a BTreeMap<String, usize>,
    warnings: &'a [String],
    files: Files<'a>,
}

/// The head of a list, and how much more there is.
#[derive(Serialize)]
struct Listed<T> {
    rows: Vec<T>,
    left_out: usize,
}

impl<T> Listed<T> {
    fn of(all: impl ExactSizeIterator<Item = T>, most: usize) -> Self {
        let left_out = all.len().saturating_sub(most);
        Self { rows: all.take(most).collect(), left_out }
    }
}

#[derive(Serialize)]
struct FamilyRow {
    id: Family,
    title: &'static str,
}

#[derive(Serialize)]
struct LayerRow<'a> {
    #[serde(flatten)]
    facts: &'a LayerFacts,
    text: String,
    place: Option<String>,
    /// Bytes of waste, by family.
    wasted_by_family: [u64; FAMILIES.len()],
    /// Bytes of waste, by cause.
    causes: Vec<(&'static str, u64)>,
}

#[derive(Serialize)]
struct CauseRow<'a> {
    id: &'static str,
    family: usize,
    title: &'static str,
    /// Paragraphs.
    explanation: Vec<&'static str>,
    bytes: u64,
    files: u64,
    advice: Vec<AdviceRow<'a>>,
    groups: Listed<GroupRow<'a>>,
}

#[derive(Serialize)]
struct AdviceRow<'a> {
    bytes: u64,
    sentence: String,
    code: &'a [String],
    place: Option<String>,
}

#[derive(Serialize)]
struct GroupRow<'a> {
    layer: usize,
    by: Option<usize>,
    package: Option<&'a str>,
    bytes: u64,
    files: u64,
    paths: Vec<(&'a str, u64)>,
}

#[derive(Serialize)]
struct SecretRow<'a> {
    rule: &'a str,
    title: &'a str,
    level: Level,
    level_text: &'static str,
    masked: &'a str,
    places: Listed<String>,
}

#[derive(Serialize)]
struct RiskRow<'a> {
    id: &'a str,
    aliases: &'a [String],
    level: Level,
    level_text: &'static str,
    title: &'a str,
    why: &'static str,
    instead: &'static str,
    subjects: Listed<String>,
    layer: Option<usize>,
    place: Option<String>,
}

#[derive(Serialize)]
struct GrowthRow<'a> {
    facts: GrowthFacts<'a>,
    packages: Listed<&'a crate::analysis::PackageChange>,
}

#[derive(Serialize)]
struct GrowthFacts<'a> {
    baseline: &'a str,
    bytes: u64,
    wasted: u64,
    layers: usize,
    shared_layers: usize,
    shared_bytes: u64,
}

/// The map in columns: a row each would be twice as long.
#[derive(Serialize)]
struct Files<'a> {
    gathered: u64,
    parent: Vec<usize>,
    name: Vec<&'a str>,
    /// 0 for a directory, -1 for a file, and for the rest of a directory, how many.
    kind: Vec<i64>,
    bytes: Vec<u64>,
    layer: Vec<Option<usize>>,
    /// For nodes with waste, its bytes by family.
    wasted: BTreeMap<usize, [u64; FAMILIES.len()]>,
}

impl<'a> Page<'a> {
    pub(super) fn of(analysis: &'a Analysis, files: &'a FileMap, language: Language) -> Self {
        let family = |id: &Family| FamilyRow { id: *id, title: id.title().in_language(language) };
        Self {
            words: words(language),
            version: &analysis.jettison,
            image: &analysis.image,
            size: &analysis.size,
            families: FAMILIES.iter().map(family).collect(),
            layers: analysis.layers.iter().map(|layer| layer_row(analysis, layer)).collect(),
            causes: causes(analysis, language),
            packages: Listed::of(analysis.packages.iter(), MAX_PACKAGES),
            secrets: Listed::of(
                analysis.secrets.iter().map(|secret| secret_row(secret, language)),
                MAX_SECRETS,
            ),
            risks: analysis.risks.iter().map(|risk| risk_row(risk, language)).collect(),
            budget: &analysis.budget,
            growth: analysis.growth.as_ref().map(growth_row),
            ignored: &analysis.ignored,
            warnings: &analysis.warnings,
            files: Files::of(files),
        }
    }
}

fn cut(text: &str) -> String {
    crate::format::units::cut(text, MAX_TEXT)
}

fn layer_row<'a>(analysis: &'a Analysis, layer: &'a LayerFacts) -> LayerRow<'a> {
    let groups = analysis.waste.iter().filter(|group| group.layer == layer.index);
    let mut by_family = [0; FAMILIES.len()];
    let mut by_cause = BTreeMap::new();
    for group in groups {
        by_family[group.cause.family().index()] += group.bytes;
        *by_cause.entry(group.cause).or_insert(0) += group.bytes;
    }
    let mut causes: Vec<(&str, u64)> =
        by_cause.into_iter().map(|(cause, bytes)| (cause.id(), bytes)).collect();
    causes.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    let step = layer.step.as_ref();
    LayerRow {
        facts: layer,
        text: step.map(|step| cut(&step.text)).unwrap_or_default(),
        place: step.and_then(|step| step.place.as_ref()).map(places::short),
        wasted_by_family: by_family,
        causes,
    }
}

fn causes(analysis: &Analysis, language: Language) -> Vec<CauseRow<'_>> {
    let row = |facts: &crate::analysis::CauseFacts| {
        let cause = facts.cause;
        let advice = analysis.advice.iter().filter(|advice| advice.cause == cause);
        let waste: Vec<&WasteGroup> =
            analysis.waste.iter().filter(|group| group.cause == cause).collect();
        CauseRow {
            id: cause.id(),
            family: cause.family().index(),
            title: cause.title().in_language(language),
            explanation: cause.explanation().in_language(language).split("\n\n").collect(),
            bytes: facts.bytes,
            files: facts.files,
            advice: groups(advice).iter().map(|group| advice_row(group, language)).collect(),
            groups: Listed::of(waste.into_iter().map(group_row), MAX_GROUPS),
        }
    };
    analysis.causes.iter().map(row).collect()
}

fn advice_row<'a>(group: &AdviceGroup<'a>, language: Language) -> AdviceRow<'a> {
    AdviceRow {
        bytes: group.bytes(),
        sentence: group.sentence(language),
        code: group.code(),
        place: Some(group.places().join(", ")).filter(|places| !places.is_empty()),
    }
}

fn group_row(group: &WasteGroup) -> GroupRow<'_> {
    let paths = group.paths.iter().take(MAX_PATHS);
    GroupRow {
        layer: group.layer,
        by: group.by,
        package: group.package.as_deref(),
        bytes: group.bytes,
        files: group.files,
        paths: paths.map(|path| (path.path.as_str(), path.bytes)).collect(),
    }
}

fn secret_row(secret: &SecretFinding, language: Language) -> SecretRow<'_> {
    let title = secret_rule(&secret.rule).map(|rule| rule.title.in_language(language));
    let places = secret.places.iter().map(|place| cut(&places::secret(place, language)));
    SecretRow {
        rule: &secret.rule,
        title: title.unwrap_or(&secret.rule),
        level: secret.level,
        level_text: secret.level.text().in_language(language),
        masked: &secret.masked,
        places: Listed::of(places, MAX_PLACES),
    }
}

fn risk_row(risk: &RiskFinding, language: Language) -> RiskRow<'_> {
    let check = risk_check(&risk.id);
    let say = |text: fn(&crate::risks::RiskCheck) -> crate::language::Text| {
        check.map(|check| text(check).in_language(language)).unwrap_or_default()
    };
    RiskRow {
        id: &risk.id,
        aliases: &risk.aliases,
        level: risk.level,
        level_text: risk.level.text().in_language(language),
        title: if check.is_some() { say(|check| check.title) } else { &risk.id },
        why: say(|check| check.why),
        instead: say(|check| check.instead),
        subjects: Listed {
            rows: risk.subjects.iter().map(|subject| cut(subject)).collect(),
            left_out: risk.count.saturating_sub(risk.subjects.len()),
        },
        layer: risk.layer,
        place: risk.place.as_ref().map(places::short),
    }
}

fn growth_row(growth: &Growth) -> GrowthRow<'_> {
    let Growth { baseline, bytes, wasted, layers, shared_layers, shared_bytes, .. } = growth;
    GrowthRow {
        facts: GrowthFacts {
            baseline,
            bytes: *bytes,
            wasted: *wasted,
            layers: *layers,
            shared_layers: *shared_layers,
            shared_bytes: *shared_bytes,
        },
        packages: Listed::of(growth.packages.iter(), MAX_CHANGES),
    }
}

impl<'a> Files<'a> {
    fn of(map: &'a FileMap) -> Self {
        let kind = |node: &FileNode| match node.kind {
            NodeKind::Directory => 0,
            NodeKind::File => -1,
            NodeKind::Rest(count) => i64::try_from(count).unwrap_or(i64::MAX),
        };
        let nodes = || map.nodes.iter();
        let wasted = nodes().enumerate().map(|(place, node)| (place, node.wasted));
        Self {
            gathered: map.gathered,
            parent: nodes().map(|node| node.parent).collect(),
            name: nodes().map(|node| node.name.as_str()).collect(),
            kind: nodes().map(kind).collect(),
            bytes: nodes().map(|node| node.bytes).collect(),
            layer: nodes().map(|node| node.layer).collect(),
            wasted: wasted.filter(|(_, wasted)| wasted.iter().any(|bytes| *bytes > 0)).collect(),
        }
    }
}
