//! The commands that the image promises to run stay.

use crate::{Level, Rule, Scene, Wants, rule::Page};

/// Keeps the programs of ENTRYPOINT, CMD and HEALTHCHECK, and of commands that the user added.
pub(super) struct Commands;

impl Rule for Commands {
    fn name(&self) -> &'static str {
        "commands"
    }

    fn level(&self) -> Level {
        Level::Minimal
    }

    fn page(&self) -> Page {
        Page {
            what: "The programs that ENTRYPOINT, CMD and HEALTHCHECK name, and the links that lead to them.",
            why: "The image's configuration promises that they can be run, whichever of them a probe did run.",
            instead: "Change the configuration: --entrypoint, --cmd.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        for word in scene.contract.commands.iter().filter_map(|command| command.first()) {
            if let Some(path) = scene.command(word) {
                wants.want_resolved(scene, &scene.tree.path(path), None, "a command of the image");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::Stage;

    #[test]
    fn a_command_stays_by_path_and_by_name() {
        let kept = Stage::new(|tree| {
            tree.file("/usr/local/bin/app", 0o755, b"1")
                .file("/opt/run", 0o755, b"2")
                .file("/opt/no", 0o755, b"3")
        })
        .command(&["app"])
        .command(&["/opt/run", "x"])
        .kept();
        assert!(
            kept.contains(&"/usr/local/bin/app".to_owned())
                && kept.contains(&"/opt/run".to_owned())
        );
        assert!(!kept.contains(&"/opt/no".to_owned()));
    }
}
