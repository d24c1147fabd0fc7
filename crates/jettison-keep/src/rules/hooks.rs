//! The few commands that orchestrators and people expect beside a shell stay.

use jettison_rootfs::{Kind, PathId};

use crate::{Level, Rule, Scene, Wants, rule::Page};

/// Keeps what exec probes and stop hooks are made of.
pub(super) struct Hooks;

/// Shells; an image without one was made for nobody to look into.
const SHELLS: [&[u8]; 6] = [b"sh", b"bash", b"dash", b"ash", b"busybox", b"zsh"];

/// What Kubernetes' and Compose's documentation use in exec probes, preStop hooks and health checks, and what tells who
/// and where one is. Together about 0.6 MB on Debian.
const COMMANDS: [&str; 10] =
    ["cat", "sleep", "test", "[", "true", "false", "id", "env", "ls", "kill"];

impl Rule for Hooks {
    fn name(&self) -> &'static str {
        "hooks"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "cat, sleep, test, true, false, id, env, ls and kill where a shell is kept.",
            why: "Orchestrators run them in the container: `cat /tmp/healthy` as a probe, `sleep 5` before a stop. The image \
                  itself does not say so anywhere, and a container that lacks them is killed as unhealthy.",
            instead: "--no-rule hooks.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let inode = scene.tree.inode(path);
        if inode.kind != Kind::File
            || !inode.is_executable()
            || !SHELLS.contains(&scene.tree.name(path))
        {
            return;
        }
        for command in COMMANDS {
            if let Some(found) = scene.command(command) {
                wants.want_resolved(
                    scene,
                    &scene.tree.path(found),
                    Some(path),
                    "what orchestrators call beside",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    #[test]
    fn everyday_commands_stay_beside_a_shell_only() {
        let stage = |used: &str| {
            Stage::new(|tree| {
                tree.file("/bin/dash", 0o755, b"x")
                    .file("/bin/cat", 0o755, b"x")
                    .symlink("/usr/bin/sleep", "coreutils")
                    .file("/usr/bin/coreutils", 0o755, b"x")
                    .file("/usr/bin/tac", 0o755, b"x")
                    .file("/app", 0o755, b"x")
            })
            .level(Level::Balanced)
            .read(used)
            .kept_files()
        };
        assert_eq!(
            stage("/bin/dash"),
            ["/bin/cat", "/bin/dash", "/usr/bin/coreutils", "/usr/bin/sleep"]
        );
        assert_eq!(stage("/app"), ["/app"]);
    }
}
