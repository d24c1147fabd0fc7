//! Advice that one edit answers, told once: `jettison slim` for six causes is one line, with what each of them saves.

use std::cmp::Reverse;

use super::{advice_text, places, units::bytes};
use crate::{
    analysis::{Advice, AdviceKind},
    language::Language,
};

/// Pieces of advice with the same edit, the one that saves most first. There is at least one.
pub(super) struct AdviceGroup<'a>(Vec<&'a Advice>);

/// All advice, what saves most first.
pub(super) fn groups<'a>(advice: impl IntoIterator<Item = &'a Advice>) -> Vec<AdviceGroup<'a>> {
    let mut groups: Vec<AdviceGroup<'_>> = Vec::new();
    for one in advice {
        let same = groups.iter_mut().find(|group| {
            let other = group.first();
            is_general(one.kind) && other.kind == one.kind && other.code == one.code
        });
        match same {
            Some(group) => group.0.push(one),
            None => groups.push(AdviceGroup(vec![one])),
        }
    }
    groups.sort_by_key(|group| Reverse(group.bytes()));
    groups
}

/// Whether the edit names nothing of its layer and cause.
const fn is_general(kind: AdviceKind) -> bool {
    matches!(
        kind,
        AdviceKind::Slim
            | AdviceKind::Squash
            | AdviceKind::OtherBase
            | AdviceKind::BuildStage
            | AdviceKind::CleanInPlace
            | AdviceKind::CacheMount
    )
}

impl<'a> AdviceGroup<'a> {
    fn first(&self) -> &'a Advice {
        self.0[0]
    }

    /// What all of them save.
    pub(super) fn bytes(&self) -> u64 {
        self.0.iter().map(|advice| advice.bytes).sum()
    }

    /// The edit.
    pub(super) fn code(&self) -> &'a [String] {
        &self.first().code
    }

    /// The cause, or each with its bytes.
    pub(super) fn causes(&self, language: Language) -> String {
        let mut sums: Vec<(&str, u64)> = Vec::new();
        for advice in &self.0 {
            let title = advice.cause.title().in_language(language);
            match sums.iter_mut().find(|(other, _)| *other == title) {
                Some((_, sum)) => *sum += advice.bytes,
                None => sums.push((title, advice.bytes)),
            }
        }
        if let [(title, _)] = sums[..] {
            return title.to_owned();
        }
        sums.sort_by_key(|(_, sum)| Reverse(*sum));
        let parts: Vec<String> =
            sums.into_iter().map(|(title, sum)| format!("{title} {}", bytes(sum))).collect();
        parts.join(if language == Language::Chinese { "，" } else { ", " })
    }

    /// What to do, with all layers it is for.
    pub(super) fn sentence(&self, language: Language) -> String {
        let mut layers: Vec<usize> = self.0.iter().map(|advice| advice.layer).collect();
        layers.sort_unstable();
        layers.dedup();
        advice_text::sentence_for(self.first(), &layers, language)
    }

    /// Lines of the Dockerfile.
    pub(super) fn places(&self) -> Vec<String> {
        let mut places: Vec<String> =
            self.0.iter().filter_map(|advice| advice.place.as_ref()).map(places::short).collect();
        places.sort_by_key(|place| (place.len(), place.clone()));
        places.dedup();
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::waste::Cause;

    fn advice(kind: AdviceKind, cause: Cause, layer: usize, bytes: u64, code: &str) -> Advice {
        Advice {
            kind,
            cause,
            bytes,
            files: 1,
            layer,
            by: None,
            code: vec![code.to_owned()],
            subject: "apt".to_owned(),
            place: None,
        }
    }

    #[test]
    fn one_edit_is_told_once() {
        use AdviceKind::{CleanInPlace, Slim, Strip};
        let all = [
            advice(Strip, Cause::DebugSymbols, 0, 5_000, "strip a"),
            advice(CleanInPlace, Cause::PackageLists, 3, 4_000, "rm"),
            advice(Slim, Cause::Tests, 0, 3_000, "slim"),
            advice(CleanInPlace, Cause::PackageLists, 1, 2_000, "rm"),
            advice(Slim, Cause::Locales, 0, 1_000, "slim"),
        ];
        let told: Vec<String> = groups(&all)
            .iter()
            .map(|group| {
                let (causes, sentence) =
                    (group.causes(Language::English), group.sentence(Language::English));
                format!("{} {causes}: {sentence}", bytes(group.bytes()))
            })
            .collect();
        assert_eq!(
            told,
            [
                "6.0 kB lists of available packages: clean up in the same RUN (layers 2, 4): apt",
                "5.0 kB debug information: strip the programs (layer 1)",
                "4.0 kB tests of packages 3.0 kB, translations and locales 1.0 kB: \
                 jettison slim leaves out what the program does not use",
            ]
        );
        assert!(groups(&all)[0].sentence(Language::Chinese).contains("第 2、4 层"));
    }
}
