//! What the user named stays.

use jettison_rootfs::PathId;

use super::INCLUDED;
use crate::{Level, Rule, Scene, Wants, rule::Page};

/// Keeps what `--include-path`, `--include-bin` and `--include-shell` name.
pub(super) struct Selected;

/// What `--include-shell` keeps where the image has it: a shell, and what people type into one when they look around.
const SHELL_COMMANDS: [&str; 32] = [
    "sh", "bash", "ash", "busybox", "ls", "cat", "pwd", "id", "ps", "env", "printenv", "echo",
    "head", "tail", "more", "less", "grep", "find", "sed", "awk", "stat", "df", "du", "mount",
    "uname", "hostname", "whoami", "which", "true", "false", "test", "sleep",
];

impl Rule for Selected {
    fn name(&self) -> &'static str {
        INCLUDED
    }

    fn level(&self) -> Level {
        Level::Minimal
    }

    fn page(&self) -> Page {
        Page {
            what: "Everything that --include-path matches, and the commands of --include-bin and --include-shell with \
                   all they need.",
            why: "You asked for it.",
            instead: "Leave the option away.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        let selection = scene.selection;
        if selection.has_includes() {
            for path in scene.tree.iter().filter(|&path| selection.includes(&scene.tree.path(path)))
            {
                wants.want(path, "named by --include-path");
            }
        }
        for word in &selection.binaries {
            want_command(scene, wants, word, "named by --include-bin");
        }
        if selection.shell {
            for word in SHELL_COMMANDS {
                want_command(scene, wants, word, "part of --include-shell");
            }
        }
    }
}

fn want_command(scene: &Scene<'_>, wants: &mut Wants, word: &str, because: &str) {
    if let Some(path) = scene.command(word) {
        want_with_links(scene, wants, path, because);
    }
}

fn want_with_links(scene: &Scene<'_>, wants: &mut Wants, path: PathId, because: &str) {
    wants.want_resolved(scene, &scene.tree.path(path), None, because);
    wants.want(path, because);
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::Stage;

    #[test]
    fn named_paths_and_commands_stay() {
        let stage = Stage::new(|tree| {
            tree.file("/opt/data/a", 0o644, b"1")
                .file("/opt/other", 0o644, b"2")
                .file("/usr/bin/tool", 0o755, b"3")
                .file("/bin/dash", 0o755, b"4")
                .symlink("/bin/sh", "dash")
        })
        .include("/opt/data")
        .include_bin("tool")
        .include_shell();
        let kept = stage.kept();
        for path in ["/opt/data/a", "/usr/bin/tool", "/bin/sh", "/bin/dash"] {
            assert!(kept.contains(&path.to_owned()), "{path} in {kept:?}");
        }
        assert!(!kept.contains(&"/opt/other".to_owned()));
    }

    #[test]
    fn what_is_not_there_is_told() {
        let stage = Stage::new(|tree| {
            tree.file("/opt/data/a", 0o644, b"1").file("/usr/bin/tool", 0o755, b"3")
        });
        let stage = stage.include("/opt").include("/srv/*").exclude("/gone").include_bin("tool");
        let stage = stage.include_bin("no-tool");
        assert_eq!(
            stage.idle(),
            ["--include-path /srv/*", "--exclude-path /gone", "--include-bin no-tool"]
        );
    }

    #[test]
    fn what_is_excluded_goes_and_is_told() {
        let stage = Stage::new(|tree| tree.file("/a/x", 0o644, b"1").file("/a/y", 0o644, b"2"))
            .read("/a/x")
            .read("/a/y")
            .exclude("/a/x");
        assert_eq!(stage.kept(), ["/", "/a", "/a/y"]);
        assert_eq!(stage.risks(), ["/a/x"]);
    }
}
