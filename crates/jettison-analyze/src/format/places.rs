//! Where findings are, in words.

use super::{units::nth, words::Word};
use crate::{
    analysis::{Analysis, Place, SecretPlace},
    language::Language,
};

/// Where a secret is.
pub(super) fn secret(place: &SecretPlace, language: Language) -> String {
    let say = |word: Word| word.say(language);
    match place {
        SecretPlace::File { layer, path, line, hidden_by } => {
            let line = if *line > 0 { format!(":{line}") } else { String::new() };
            let hidden = hidden_by
                .map(nth)
                .map(|by| format!(", {} {by} {}", say(Word::RemovedIn), say(Word::StillInImage)));
            let layer = nth(*layer);
            format!("{path}{line} ({} {layer}{})", say(Word::Layer), hidden.unwrap_or_default())
        }
        SecretPlace::Env { name } => format!("{} {name}", say(Word::InEnv)),
        SecretPlace::Label { name } => format!("{} {name}", say(Word::InLabel)),
        SecretPlace::History { step, layer } => {
            let layer = layer.map(|layer| format!(" ({} {})", say(Word::Layer), nth(layer)));
            format!("{} {}{}", say(Word::InHistory), nth(*step), layer.unwrap_or_default())
        }
        SecretPlace::BuildArgument { name, step } => {
            format!("{} {name} ({} {})", say(Word::InBuildArgument), say(Word::Step), nth(*step))
        }
        SecretPlace::Command => say(Word::InCommand).to_owned(),
    }
}

/// The place in the Dockerfile of the instruction that brought a secret.
pub(super) fn secret_line<'a>(analysis: &'a Analysis, place: &SecretPlace) -> Option<&'a Place> {
    let layer = match place {
        SecretPlace::File { layer, .. } => Some(*layer),
        SecretPlace::History { layer, .. } => *layer,
        _ => None,
    };
    step_place(analysis, layer?)
}

/// The place in the Dockerfile of the instruction that made a layer.
pub(super) fn step_place(analysis: &Analysis, layer: usize) -> Option<&Place> {
    analysis.layers.get(layer)?.step.as_ref()?.place.as_ref()
}

/// `Dockerfile:12`.
pub(super) fn short(place: &Place) -> String {
    format!("{}:{}", place.file, place.line)
}
