//! What to do about waste: for each cause the edit that recovers it.

mod bases;
mod caches;
mod copies;
mod edits;
mod file_names;
mod ignores;
mod removal;

use std::collections::BTreeMap;

use jettison_rootfs::EntryRef;

use crate::{
    analysis::{Advice, AdviceKind, Step},
    index::ImageIndex,
    owners::Owners,
    waste::{Cause, Waste, Wasted, shown},
};

pub(crate) use file_names::FileNames;

/// Advice that saves less is not given: it would drown what matters.
const MIN_BYTES: u64 = 4096;

/// What advice is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matter<'a> {
    pub(crate) index: &'a ImageIndex,
    pub(crate) owners: &'a Owners,
    pub(crate) waste: &'a Waste,
    /// How many files lie where.
    pub(crate) files: &'a FileNames<'a>,
    /// The steps as they may be shown, each with the layer it made.
    pub(crate) steps: &'a [(Option<usize>, Step)],
    /// How many layers belong to the base.
    pub(crate) base_layers: usize,
    /// The base's name.
    pub(crate) base_name: Option<&'a str>,
}

/// Wasted entries that one edit recovers.
#[derive(Clone, Debug)]
struct Portion {
    cause: Cause,
    layer: usize,
    by: Option<usize>,
    /// What tells portions of the same layers apart: a cache's owner, the kind of change.
    subject: String,
    bytes: u64,
    entries: Vec<(EntryRef, Wasted)>,
}

impl<'a> Matter<'a> {
    fn step(&self, layer: usize) -> Option<&'a Step> {
        self.steps.iter().find(|(made, _)| *made == Some(layer)).map(|(_, step)| step)
    }

    /// The instruction that made a layer: `RUN`, `COPY`, ...
    fn keyword(&self, layer: usize) -> &'a str {
        self.step(layer).map_or("", |step| step.keyword.as_str())
    }

    fn is_base(&self, layer: usize) -> bool {
        layer < self.base_layers
    }

    fn path(&self, at: EntryRef) -> String {
        shown(self.index, at)
    }
}

/// All advice, what saves most first.
pub(crate) fn advice(matter: &Matter<'_>) -> Vec<Advice> {
    let mut advice: Vec<Advice> = portions(matter)
        .into_iter()
        .filter(|portion| portion.bytes >= MIN_BYTES)
        .map(|portion| edits::advice(matter, &portion))
        .collect();
    merge_same(&mut advice);
    advice.sort_by(|one, other| {
        let key = |advice: &Advice| (advice.cause, advice.layer, advice.by, advice.subject.clone());
        other.bytes.cmp(&one.bytes).then_with(|| key(one).cmp(&key(other)))
    });
    advice
}

fn portions(matter: &Matter<'_>) -> Vec<Portion> {
    type Key = (Cause, usize, Option<usize>, String);
    let mut portions: BTreeMap<Key, Portion> = BTreeMap::new();
    for (at, wasted) in matter.waste.iter() {
        let layer = at.layer as usize;
        let by = wasted.by.map(|by| by.layer as usize).filter(|by| *by != layer);
        let subject = subject(matter, at, wasted);
        let key = (wasted.cause, layer, by, subject.clone());
        let portion = portions.entry(key).or_insert_with(|| Portion {
            cause: wasted.cause,
            layer,
            by,
            subject,
            bytes: 0,
            entries: Vec::new(),
        });
        portion.bytes += wasted.bytes;
        portion.entries.push((at, *wasted));
    }
    let mut portions: Vec<Portion> = portions.into_values().collect();
    join_whiteouts(&mut portions);
    portions
}

/// The subject of what package managers write down about what is installed.
const DATABASE: &str = "database";

/// What one edit recovers within a cause.
fn subject(matter: &Matter<'_>, at: EntryRef, wasted: &Wasted) -> String {
    let path = matter.path(at);
    match wasted.cause {
        Cause::PackageCache | Cause::PackageLists => caches::manager(&path).to_owned(),
        Cause::Overwritten | Cause::CopiedUp if caches::is_database(&path) => DATABASE.to_owned(),
        Cause::Overwritten => match caches::manager(&path) {
            "other" => String::new(),
            manager => manager.to_owned(),
        },
        // Distributions compile what their packages bring once it is installed, whatever the environment says.
        Cause::CompiledCache
            if ["/usr/lib/python3", "/usr/share/"].iter().any(|place| path.starts_with(place)) =>
        {
            "distribution".to_owned()
        }
        Cause::CopiedUp => copies::change(matter, at, wasted).to_owned(),
        _ => String::new(),
    }
}

/// A whiteout goes with what it removes: when all it hides lies in one layer, the same edit recovers both.
fn join_whiteouts(portions: &mut Vec<Portion>) {
    let is_marker = |portion: &Portion| portion.cause == Cause::Deleted && portion.by.is_none();
    let markers: Vec<Portion> =
        portions.iter().filter(|portion| is_marker(portion)).cloned().collect();
    portions.retain(|portion| !is_marker(portion));
    for marker in markers {
        let target = portions
            .iter_mut()
            .filter(|portion| portion.cause == Cause::Deleted && portion.by == Some(marker.layer))
            .max_by_key(|portion| portion.bytes);
        match target {
            Some(portion) => {
                portion.bytes += marker.bytes;
                portion.entries.extend(marker.entries);
            }
            None => portions.push(marker),
        }
    }
}

/// Advice that says the same of several causes or layers is given once.
fn merge_same(advice: &mut Vec<Advice>) {
    let mut merged: Vec<Advice> = Vec::new();
    for one in advice.drain(..) {
        let is_general = matches!(one.kind, AdviceKind::Squash | AdviceKind::Slim);
        // What is set once holds for all layers from there on.
        let is_setting = one.kind == AdviceKind::LeaveOut;
        let same = merged.iter_mut().find(|other| {
            other.kind == one.kind
                && other.cause == one.cause
                && other.code == one.code
                && (is_general || is_setting)
        });
        match same {
            Some(other) => {
                let comes_first =
                    if is_setting { one.layer < other.layer } else { one.bytes > other.bytes };
                if comes_first {
                    (other.layer, other.by) = (one.layer, one.by);
                    other.place.clone_from(&one.place);
                }
                other.bytes += one.bytes;
                other.files += one.files;
            }
            None => merged.push(one),
        }
    }
    *advice = merged;
}
