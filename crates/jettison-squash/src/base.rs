//! How many of the lowest layers come from the base image.

use jettison_image::{Digest, History, ImageConfig};

use crate::{
    request::KnownImage,
    steps::{layers_of, readable},
};

/// Layers that others share, and how they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundBase {
    /// How many layers, at least one.
    pub(crate) layers: usize,
    /// The image, or the instruction that ends it.
    pub(crate) name: String,
}

/// The largest of the known images that `diff_ids` begins with, but is not.
pub(crate) fn among(known: &[KnownImage], diff_ids: &[Digest]) -> Option<FoundBase> {
    let is_base = |image: &&KnownImage| {
        !image.diff_ids.is_empty()
            && image.diff_ids.len() < diff_ids.len()
            && diff_ids.starts_with(&image.diff_ids)
    };
    let largest = known.iter().filter(is_base).max_by_key(|image| image.diff_ids.len())?;
    Some(FoundBase { layers: largest.diff_ids.len(), name: largest.name.clone() })
}

/// The base that the history shows: an image that others build on ends with its `CMD`. The last one
/// that a further layer stands above counts; the image's own `CMD` has none above it.
pub(crate) fn in_history(config: &ImageConfig) -> Option<FoundBase> {
    let steps = layers_of(config)?;
    let mut layers_above = 0;
    for (at, (step, layer)) in config.history.iter().zip(&steps).enumerate().rev() {
        if layer.is_some() {
            layers_above += 1;
        } else if layers_above > 0 && is_command(step) {
            let layers = steps[..at].iter().flatten().count();
            let name = readable(step.created_by.as_deref().unwrap_or_default());
            return (layers > 0).then_some(FoundBase { layers, name });
        }
    }
    None
}

fn is_command(step: &History) -> bool {
    readable(step.created_by.as_deref().unwrap_or_default()).starts_with("CMD ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(steps: &[&str]) -> ImageConfig {
        let mut config = ImageConfig::default();
        for step in steps {
            let is_layer = !step.contains("CMD") && !step.contains("ENV");
            config.history.push(History {
                created_by: Some((*step).to_owned()),
                empty_layer: !is_layer,
                ..History::default()
            });
            if is_layer {
                config.rootfs.diff_ids.push(Digest::sha256(step.as_bytes()));
            }
        }
        config
    }

    #[test]
    fn the_last_command_below_a_layer_ends_the_base() {
        let cases: [(&[&str], Option<usize>); 6] = [
            (
                &[
                    "/bin/sh -c #(nop) ADD file:1 in / ",
                    "/bin/sh -c #(nop)  CMD [\"bash\"]",
                    "RUN a",
                ],
                Some(1),
            ),
            (
                &["ADD 1", "CMD [\"bash\"]", "RUN a", "ENV A=1", "CMD [\"a\"]", "COPY b", "CMD b"],
                Some(2),
            ),
            (&["ADD 1", "RUN a", "CMD [\"bash\"]"], None),
            (&["CMD [\"bash\"]", "RUN a"], None),
            (&["ADD 1", "RUN a"], None),
            (&[], None),
        ];
        for (steps, expected) in cases {
            let found = in_history(&config(steps)).map(|base| base.layers);
            assert_eq!(found, expected, "{steps:?}");
        }
        let mut unsure = config(cases[0].0);
        unsure.rootfs.diff_ids.pop();
        assert_eq!(in_history(&unsure), None);
    }

    #[test]
    fn the_largest_known_image_below_counts() {
        let ids: Vec<Digest> = (0..4_u8).map(|byte| Digest::sha256(&[byte])).collect();
        let known = |name: &str, ids: &[Digest]| KnownImage {
            name: name.to_owned(),
            diff_ids: ids.to_vec(),
        };
        let images = [
            known("itself", &ids),
            known("one", &ids[..1]),
            known("two", &ids[..2]),
            known("other", &ids[1..]),
            known("scratch", &[]),
        ];
        let found = among(&images, &ids).expect("two of them");
        assert_eq!((found.layers, found.name.as_str()), (2, "two"));
        assert_eq!(among(&images[4..], &ids), None);
    }
}
