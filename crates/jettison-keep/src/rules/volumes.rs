//! Declared volumes and the working directory stay, with their owner and mode.

use crate::{Level, Rule, Scene, Wants, rule::Page};

/// Keeps VOLUME directories with what the image put into them, and WORKDIR itself.
pub(super) struct Volumes;

impl Rule for Volumes {
    fn name(&self) -> &'static str {
        "volumes"
    }

    fn level(&self) -> Level {
        Level::Minimal
    }

    fn page(&self) -> Page {
        Page {
            what: "The directories that VOLUME declares, with everything the image has in them, and WORKDIR.",
            why: "A runtime copies a volume's content, owner and mode out of the image when it makes the volume: a \
                  database that does not own its directory does not start.",
            instead: "--exclude-path for content that is only an example.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        for volume in &scene.contract.volumes {
            wants.want_resolved(scene, volume.as_bytes(), None, "a declared volume");
            let Some(directory) = scene.find(volume) else { continue };
            for path in scene.below(directory) {
                wants.want(path, "in a declared volume");
            }
        }
        if let Some(workdir) = &scene.contract.workdir {
            wants.want_resolved(scene, workdir.as_bytes(), None, "the working directory");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::Stage;

    #[test]
    fn volumes_stay_as_the_image_has_them() {
        let kept = Stage::new(|tree| {
            tree.dir("/data", 0o700)
                .dir("/var/lib/db", 0o700)
                .file("/var/lib/db/seed/a", 0o600, b"x")
                .dir("/work", 0o755)
        })
        .volume("/data")
        .volume("/var/lib/db")
        .workdir("/work")
        .kept();
        for path in ["/data", "/var/lib/db/seed/a", "/work"] {
            assert!(kept.contains(&path.to_owned()), "{path} in {kept:?}");
        }
    }
}
