//! Which layers become one.

use std::ops::Range;

use jettison_image::{Digest, ImageConfig};
use thiserror::Error;

use crate::steps::layers_of;

/// Digests may be shortened to this many digits: what `docker history` shows has twelve, git's
/// habit is seven.
const SHORTEST_DIGEST: usize = 7;

/// Which layers become one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// All above the base image, which others share; all, if no base is known.
    #[default]
    AboveBase,
    /// All.
    All,
    /// As docker-squash has it: a number is that of the last steps of the history that become one,
    /// with and without a layer; a digest is the layer below the first that does.
    From(String),
    /// From this layer to that one, both counted from 1 and included; to the top without the last.
    Range {
        /// The lowest.
        first: usize,
        /// The highest.
        last: Option<usize>,
    },
    /// Runs of layers above the base that carry at least this many bytes for a higher layer of the
    /// run to hide.
    Saving {
        /// Bytes that one layer hides of another.
        at_least: u64,
    },
}

/// Why a selection means no layers.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SelectionError {
    /// The range is not within the image.
    #[error(
        "layers {first} to {last}: the image has {layers}, counted from 1 at the bottom; name a range within them"
    )]
    Range {
        /// The lowest that was asked for.
        first: usize,
        /// The highest that was asked for.
        last: usize,
        /// How many there are.
        layers: usize,
    },
    /// More steps than the history has.
    #[error("the last {wanted} steps: the history has {steps}; name fewer, or --all")]
    Steps {
        /// How many were asked for.
        wanted: usize,
        /// How many there are.
        steps: usize,
    },
    /// No layer of this digest.
    #[error(
        "no layer of the image is {digest:?}; name a number of steps, or the digest of a layer, with at least {SHORTEST_DIGEST} digits: {}", shown(.layers)
    )]
    Digest {
        /// What was asked for.
        digest: String,
        /// The layers, the lowest first.
        layers: Vec<Digest>,
    },
    /// Several layers begin with it.
    #[error("{digest:?} begins the digests of several layers: {}; write more of it", shown(.layers))]
    Ambiguous {
        /// What was asked for.
        digest: String,
        /// Those that begin with it.
        layers: Vec<Digest>,
    },
}

fn shown(layers: &[Digest]) -> String {
    let short = |layer: &Digest| layer.hex().chars().take(12).collect::<String>();
    layers.iter().map(short).collect::<Vec<_>>().join(", ")
}

/// The run of layers that `--from` means: those above a layer.
///
/// `stored` are the digests under which a registry knows the layers, where they have such.
pub(crate) fn from(
    text: &str,
    config: &ImageConfig,
    stored: &[Option<Digest>],
) -> Result<Range<usize>, SelectionError> {
    let diff_ids = &config.rootfs.diff_ids;
    let is_number = text.len() < SHORTEST_DIGEST && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(wanted) = text.parse().ok().filter(|_| is_number) {
        // An image without a usable history has as many steps as layers.
        let steps = layers_of(config).unwrap_or_else(|| (0..diff_ids.len()).map(Some).collect());
        let below = steps.len().checked_sub(wanted);
        let below = below.ok_or(SelectionError::Steps { wanted, steps: steps.len() })?;
        return Ok(steps[..below].iter().flatten().count()..diff_ids.len());
    }
    let hex = text.strip_prefix("sha256:").unwrap_or(text).to_ascii_lowercase();
    let begins = |digest: &Digest| digest.hex().starts_with(&hex);
    let is_meant = |&layer: &usize| {
        begins(&diff_ids[layer]) || stored.get(layer).and_then(Option::as_ref).is_some_and(begins)
    };
    let found: Vec<usize> = (0..diff_ids.len()).filter(is_meant).collect();
    // The same layer may occur twice; everything above the higher one is what can be meant then.
    let is_one = found.windows(2).all(|pair| diff_ids[pair[0]] == diff_ids[pair[1]]);
    match found.last() {
        Some(layer) if is_one && hex.len() >= SHORTEST_DIGEST => Ok(layer + 1..diff_ids.len()),
        Some(_) if hex.len() >= SHORTEST_DIGEST => Err(SelectionError::Ambiguous {
            digest: text.to_owned(),
            layers: found.into_iter().map(|layer| diff_ids[layer].clone()).collect(),
        }),
        _ => Err(SelectionError::Digest { digest: text.to_owned(), layers: diff_ids.clone() }),
    }
}

/// The run of layers that a range means.
pub(crate) fn range(
    first: usize,
    last: Option<usize>,
    layers: usize,
) -> Result<Range<usize>, SelectionError> {
    let last = last.unwrap_or(layers);
    if first == 0 || first > last || last > layers {
        return Err(SelectionError::Range { first, last, layers });
    }
    Ok(first - 1..last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jettison_image::History;

    fn image() -> ImageConfig {
        let mut config = ImageConfig::default();
        for (number, empty_layer) in [false, true, false, false, true, false].iter().enumerate() {
            config.history.push(History { empty_layer: *empty_layer, ..History::default() });
            if !empty_layer {
                config.rootfs.diff_ids.push(Digest::sha256(&[u8::try_from(number).expect("few")]));
            }
        }
        config
    }

    #[test]
    fn numbers_count_steps_as_docker_squash_does() {
        let config = image();
        let meant = |text| from(text, &config, &[]);
        for (text, expected) in [("1", 3..4), ("2", 3..4), ("3", 2..4), ("5", 1..4), ("6", 0..4)] {
            assert_eq!(meant(text), Ok(expected), "{text}");
        }
        assert_eq!(meant("7"), Err(SelectionError::Steps { wanted: 7, steps: 6 }));
        let mut bare = config.clone();
        bare.history.clear();
        assert_eq!(from("3", &bare, &[]), Ok(1..4));
    }

    #[test]
    fn digests_name_the_layer_that_stays() {
        let config = image();
        let second = config.rootfs.diff_ids[1].clone();
        let stored = [None, Some(Digest::sha256(b"compressed")), None, None];
        for text in [
            second.to_string(),
            second.hex().to_owned(),
            second.hex()[..7].to_owned(),
            second.hex()[..9].to_ascii_uppercase(),
            Digest::sha256(b"compressed").hex()[..12].to_owned(),
        ] {
            assert_eq!(from(&text, &config, &stored), Ok(2..4), "{text}");
        }
        for text in [&second.hex()[..6], "nginx:latest", "", "0000000"] {
            let error = from(text, &config, &stored).expect_err(text).to_string();
            assert!(error.contains(&second.hex()[..12]), "{error}");
        }
        let mut twice = config.clone();
        twice.rootfs.diff_ids[2] = second.clone();
        assert_eq!(from(second.as_str(), &twice, &[]), Ok(3..4));
    }

    #[test]
    fn ranges_include_both_ends() {
        assert_eq!(range(2, Some(3), 4), Ok(1..3));
        assert_eq!(range(2, None, 4), Ok(1..4));
        for (first, last) in [(0, Some(1)), (3, Some(2)), (1, Some(5)), (5, None)] {
            assert!(range(first, last, 4).is_err(), "{first} {last:?}");
        }
    }
}
