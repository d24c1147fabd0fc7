//! The steps of an image's history and the layers they made.

use jettison_image::{History, ImageConfig};

/// The layer that each step made, counted from 0; `None` for a step that made none.
///
/// `None` altogether when the history does not fit the layers: then nothing can be said of either.
pub(crate) fn layers_of(config: &ImageConfig) -> Option<Vec<Option<usize>>> {
    let mut layers = 0;
    let step = |step: &History| {
        (!step.empty_layer).then(|| {
            layers += 1;
            layers - 1
        })
    };
    let steps: Vec<_> = config.history.iter().map(step).collect();
    (layers == config.rootfs.diff_ids.len()).then_some(steps)
}

/// What made each layer, as the history has it; empty where it does not say.
pub(crate) fn instructions(config: &ImageConfig) -> Vec<String> {
    let mut made = vec![String::new(); config.rootfs.diff_ids.len()];
    for (step, layer) in config.history.iter().zip(layers_of(config).unwrap_or_default()) {
        if let Some(layer) = layer {
            made[layer] = readable(step.created_by.as_deref().unwrap_or_default());
        }
    }
    made
}

/// The instruction without what builders put around it: `/bin/sh -c #(nop)`, `# buildkit`.
pub(crate) fn readable(created_by: &str) -> String {
    let text = created_by.trim();
    let text = text.strip_suffix("# buildkit").unwrap_or(text).trim_end();
    if let Some((_, instruction)) = text.split_once("#(nop) ") {
        return instruction.trim().to_owned();
    }
    match text.strip_prefix("/bin/sh -c ") {
        Some(command) => format!("RUN {}", command.trim()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_builders_add_is_taken_off() {
        for (recorded, expected) in [
            ("/bin/sh -c #(nop)  CMD [\"bash\"]", "CMD [\"bash\"]"),
            ("/bin/sh -c apt-get update", "RUN apt-get update"),
            ("RUN /bin/sh -c make # buildkit", "RUN /bin/sh -c make"),
            ("COPY a /b # buildkit", "COPY a /b"),
            ("", ""),
        ] {
            assert_eq!(readable(recorded), expected);
        }
    }
}
