//! How each layer came to be, read out of an image's history.

use jettison_image::ImageConfig;
use jettison_keep::LayerOrigin;

/// One origin per layer, lowest first. Layers without a history are of unknown origin.
pub(crate) fn of(config: &ImageConfig) -> Vec<LayerOrigin> {
    let mut steps = config.history.iter().filter(|step| !step.empty_layer);
    (0..config.rootfs.diff_ids.len())
        .map(|layer| {
            let Some(step) = steps.next() else { return LayerOrigin::Unknown };
            let command = step.created_by.as_deref().unwrap_or_default();
            match origin(command) {
                // A root file system that was imported, or added as a whole, is what everything else stands on.
                LayerOrigin::Unknown if layer == 0 => LayerOrigin::Base,
                LayerOrigin::Copied if layer == 0 && is_whole_root(command) => LayerOrigin::Base,
                origin => origin,
            }
        })
        .collect()
}

fn origin(command: &str) -> LayerOrigin {
    let command = command.trim();
    let instruction =
        command.split_once("#(nop)").map_or(command, |(_, instruction)| instruction.trim_start());
    let has_nop = command.contains("#(nop)");
    if instruction.starts_with("COPY ") || instruction.starts_with("ADD ") {
        LayerOrigin::Copied
    } else if !has_nop
        && (command.starts_with("RUN ") || command.starts_with("/bin/") || command.starts_with('|'))
    {
        LayerOrigin::Ran
    } else {
        LayerOrigin::Unknown
    }
}

/// `ADD file:… in /` and `ADD rootfs.tar.xz /`: how official base images begin.
fn is_whole_root(command: &str) -> bool {
    let command = command.strip_suffix("# buildkit").unwrap_or(command).trim_end();
    command.ends_with(" in /") || (command.contains("ADD ") && command.ends_with(" /"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use LayerOrigin::{Base, Copied, Ran, Unknown};
    use jettison_image::{Digest, History};

    #[test]
    fn histories_of_both_builders_are_read() {
        let commands = [
            "/bin/sh -c #(nop) ADD file:abc in / ",
            "/bin/sh -c apt-get update",
            "/bin/sh -c #(nop) COPY dir:abc in /app ",
            "RUN /bin/sh -c make # buildkit",
            "COPY app /app # buildkit",
            "something else",
        ];
        let mut config = ImageConfig::default();
        for command in commands {
            let created_by = Some(command.to_owned());
            config.history.push(History { created_by, ..History::default() });
            config.history.push(History { empty_layer: true, ..History::default() });
            config.rootfs.diff_ids.push(Digest::sha256(command.as_bytes()));
        }
        config.rootfs.diff_ids.push(Digest::sha256(b"a layer without history"));
        assert_eq!(of(&config), [Base, Ran, Copied, Ran, Copied, Unknown, Unknown]);
    }
}
