//! The history of a squashed image: every step stays and says that its layer is gone; one more step
//! says which layers became the new one.

use std::ops::Range;

use jettison_image::{History, ImageConfig};

use crate::steps::layers_of;

/// A run of layers, and what is left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The layers, counted from 0.
    pub(crate) layers: Range<usize>,
    /// Whether anything is left: a run may undo itself.
    pub(crate) is_left: bool,
}

/// The steps of `config` after each of `runs`, sorted, became one layer. `image` is its id.
pub(crate) fn after(
    config: &ImageConfig,
    runs: &[Run],
    image: &str,
    message: Option<&str>,
) -> Vec<History> {
    if config.history.is_empty() {
        // Nothing was told of the layers; a history of one step would be taken for the whole.
        return Vec::new();
    }
    let Some(steps) = layers_of(config) else { return anew(config, runs, image, message) };
    let mut history = Vec::with_capacity(config.history.len() + runs.len());
    for (step, layer) in config.history.iter().zip(steps) {
        let mut step = step.clone();
        let run = layer.and_then(|layer| runs.iter().find(|run| run.layers.contains(&layer)));
        step.empty_layer |= run.is_some();
        let made = step.created.clone();
        history.push(step);
        if let Some(run) = run.filter(|run| layer == Some(run.layers.end - 1)) {
            history.push(squashed(run, image, message, made));
        }
    }
    history
}

/// A history that does not fit the layers makes engines fail. Its steps stay, as steps without a
/// layer, and each layer gets one that fits.
fn anew(config: &ImageConfig, runs: &[Run], image: &str, message: Option<&str>) -> Vec<History> {
    let without_layer = |step: &History| History { empty_layer: true, ..step.clone() };
    let mut history: Vec<History> = config.history.iter().map(without_layer).collect();
    let mut layer = 0;
    while layer < config.rootfs.diff_ids.len() {
        let run = runs.iter().find(|run| run.layers.contains(&layer));
        let created = config.created.clone();
        history.push(match run {
            Some(run) => squashed(run, image, message, created),
            None => History {
                created,
                comment: Some(format!("layer {} of {image}", layer + 1)),
                ..History::default()
            },
        });
        layer = run.map_or(layer + 1, |run| run.layers.end);
    }
    history
}

fn squashed(run: &Run, image: &str, message: Option<&str>, created: Option<String>) -> History {
    let (first, last) = (run.layers.start + 1, run.layers.end);
    let told = if run.is_left {
        format!("layers {first} to {last} of {image} in one")
    } else {
        format!("layers {first} to {last} of {image}, of which nothing is left")
    };
    History {
        // The time of the last of them: a clock would make two runs differ.
        created,
        created_by: Some(format!("jettison squash --range {first}..{last}")),
        comment: Some(message.map_or(told, str::to_owned)),
        empty_layer: !run.is_left,
        ..History::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jettison_image::Digest;

    fn config(steps: &[(&str, bool)]) -> ImageConfig {
        let mut config = ImageConfig::default();
        for &(step, is_layer) in steps {
            config.history.push(History {
                created: Some(format!("time of {step}")),
                created_by: Some(step.to_owned()),
                empty_layer: !is_layer,
                ..History::default()
            });
            if is_layer {
                config.rootfs.diff_ids.push(Digest::sha256(step.as_bytes()));
            }
        }
        config
    }

    fn told(history: &[History]) -> Vec<(&str, bool)> {
        history
            .iter()
            .map(|step| (step.created_by.as_deref().unwrap_or("-"), !step.empty_layer))
            .collect()
    }

    const STEPS: [(&str, bool); 6] = [
        ("ADD", true),
        ("CMD", false),
        ("RUN 1", true),
        ("ENV", false),
        ("RUN 2", true),
        ("RUN 3", true),
    ];

    fn run(layers: Range<usize>, is_left: bool) -> Run {
        Run { layers, is_left }
    }

    #[test]
    fn steps_stay_and_one_more_holds_the_layer() {
        let history = after(&config(&STEPS), &[run(1..3, true)], "sha256:x", None);
        let expected = [
            ("ADD", true),
            ("CMD", false),
            ("RUN 1", false),
            ("ENV", false),
            ("RUN 2", false),
            ("jettison squash --range 2..3", true),
            ("RUN 3", true),
        ];
        assert_eq!(told(&history), expected);
        assert_eq!(history[5].created.as_deref(), Some("time of RUN 2"));
        assert_eq!(history[5].comment.as_deref(), Some("layers 2 to 3 of sha256:x in one"));
        let history = after(&config(&STEPS), &[run(0..4, true)], "sha256:x", Some("mine"));
        assert_eq!(told(&history)[6], ("jettison squash --range 1..4", true));
        assert_eq!(history.iter().filter(|step| !step.empty_layer).count(), 1);
        assert_eq!(history[6].comment.as_deref(), Some("mine"));
    }

    #[test]
    fn runs_of_which_nothing_is_left_have_no_layer() {
        let history =
            after(&config(&STEPS), &[run(0..2, true), run(2..4, false)], "sha256:x", None);
        assert_eq!(history.iter().filter(|step| !step.empty_layer).count(), 1);
        assert_eq!(history.len(), 8);
    }

    #[test]
    fn histories_that_do_not_fit_are_made_to() {
        let mut odd = config(&STEPS);
        odd.history.pop();
        let history = after(&odd, &[run(1..3, true)], "sha256:x", None);
        assert_eq!(history.iter().filter(|step| !step.empty_layer).count(), 3);
        assert_eq!(history.len(), 8);
        odd.history.clear();
        assert_eq!(after(&odd, &[run(1..3, true)], "sha256:x", None), []);
    }
}
