//! What `npm run` and its like can start stays.

use jettison_rootfs::{Kind, PathId};

use super::{node, shell};
use crate::{
    Level, Rule, Scene, Wants,
    rule::Page,
    shell_words::{self, Command},
};

/// Keeps the commands that the scripts of the application's package.json call.
pub(super) struct Npm;

/// Programs that run scripts of a package.json.
const RUNNERS: [&str; 8] = ["npm", "npx", "yarn", "yarnpkg", "pnpm", "pnpx", "corepack", "bun"];

/// Beginnings of the names of scripts for developers, which call tools that images for use do not have or should not.
const DEVELOPERS: [&str; 20] = [
    "test",
    "lint",
    "format",
    "fmt",
    "prettier",
    "build",
    "compile",
    "dev",
    "watch",
    "debug",
    "coverage",
    "typecheck",
    "type-check",
    "prepare",
    "prepublish",
    "prepack",
    "release",
    "storybook",
    "e2e",
    "docs",
];

impl Rule for Npm {
    fn name(&self) -> &'static str {
        "npm"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Where a command of the image is npm, yarn or pnpm: every command and file that the scripts of the application's \
                   package.json name, but those of scripts for developers (test, lint, build, dev, ...). The same, and npm, where \
                   the package.json in WORKDIR has further scripts than these and start.",
            why: "`npm start` is one of the scripts; others migrate, seed and report, and are run beside it.",
            instead: "Start the program with `node` directly and have no other scripts: the package manager itself then goes too, \
                      some 15 MB.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let is_manifest =
            scene.tree.name(path) == b"package.json" && scene.tree.inode(path).kind == Kind::File;
        if !is_manifest || scene.is_in_language_package(path) {
            return;
        }
        let Some(manifest) = node::manifest(scene, path) else { return };
        if !has_runner(scene) {
            if !is_in_workdir(scene, path) || !has_further_scripts(&manifest) {
                return;
            }
            shell::want_program(scene, Some(path), "npm", wants);
        }
        for (name, script) in manifest["scripts"].as_object().into_iter().flatten() {
            let is_for_developers = DEVELOPERS.iter().any(|word| name.starts_with(word));
            let Some(script) = script.as_str().filter(|_| !is_for_developers) else { continue };
            // npm runs scripts with `sh -c` (npm-run-script(1)).
            wants.want_resolved(scene, b"/bin/sh", Some(path), "what runs the scripts of");
            for command in shell_words::commands(script) {
                want_command(scene, path, &command, wants);
            }
        }
    }
}

/// Whether `npm run` finds the manifest where the image's commands start.
fn is_in_workdir(scene: &Scene<'_>, manifest: PathId) -> bool {
    let workdir = scene.contract.workdir.as_ref().and_then(|workdir| scene.find(workdir));
    workdir == Some(scene.tree.parent(manifest))
}

/// Whether there is a script beside those of developers and the one that starts what the image starts already.
fn has_further_scripts(manifest: &serde_json::Value) -> bool {
    let mut names = manifest["scripts"].as_object().into_iter().flatten().map(|(name, _)| name);
    names.any(|name| {
        let words = DEVELOPERS.iter().chain(&["start", "serve", "pre", "post"]);
        !words.into_iter().any(|word| name.starts_with(word))
    })
}

/// Whether a command of the image runs scripts.
fn has_runner(scene: &Scene<'_>) -> bool {
    let commands = scene.contract.commands.iter().flat_map(|words| shell_words::commands_of(words));
    commands.into_iter().any(|command| {
        let mut words = command.iter().map(|word| word.text.rsplit('/').next().unwrap_or_default());
        words
            .next()
            .is_some_and(|head| RUNNERS.contains(&head) || head.as_bytes().ends_with(b".sh"))
            || command.get(1).is_some_and(|word| RUNNERS.contains(&word.text.as_str()))
    })
}

fn want_command(scene: &Scene<'_>, manifest: PathId, command: &Command, wants: &mut Wants) {
    shell::want_command(scene, Some(manifest), command, wants);
    let directory = scene.tree.parent(manifest);
    let head = command.first().map(|word| word.text.as_str()).unwrap_or_default();
    if !head.is_empty() && !head.contains('/') {
        let link =
            [&scene.tree.path(directory)[..], b"/node_modules/.bin/", head.as_bytes()].concat();
        wants.want_resolved(scene, &link, Some(manifest), "a command in a script of");
    }
    for word in command {
        for ending in ["", ".js", "/index.js", ".mjs", ".cjs"] {
            let file = format!("{}{ending}", word.text);
            let is_file = |path: PathId| scene.tree.inode(path).is_file();
            if !word.text.is_empty()
                && !word.text.starts_with('/')
                && scene.find_from(directory, file.as_bytes()).is_some_and(is_file)
            {
                let path = [&scene.tree.path(directory)[..], b"/", file.as_bytes()].concat();
                wants.want_resolved(scene, &path, Some(manifest), "a file named in a script of");
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    fn stage(command: &[&str]) -> Vec<String> {
        stage_in("/", command)
    }

    fn stage_in(workdir: &str, command: &[&str]) -> Vec<String> {
        let manifest = br#"{"scripts": {"start": "node server", "report": "tool --x && date", "test": "tester", "migrate": "node jobs/migrate.js"}}"#;
        Stage::new(|tree| {
            tree.file("/app/package.json", 0o644, manifest)
                .file("/app/server.js", 0o644, b"x")
                .file("/app/jobs/migrate.js", 0o644, b"x")
                .file("/app/node_modules/tool/cli.js", 0o755, b"x")
                .symlink("/app/node_modules/.bin/tool", "../tool/cli.js")
                .file("/app/node_modules/.bin/tester", 0o755, b"x")
                .file("/bin/sh", 0o755, b"x")
                .file("/usr/bin/date", 0o755, b"x")
                .file("/usr/bin/node", 0o755, b"x")
                .file("/usr/bin/npm", 0o755, b"x")
        })
        .level(Level::Balanced)
        .workdir(workdir)
        .command(command)
        .read("/app/package.json")
        .kept_files()
    }

    #[test]
    fn scripts_keep_their_commands_under_npm() {
        assert_eq!(
            stage(&["npm", "start"]),
            [
                "/app/jobs/migrate.js",
                "/app/node_modules/.bin/tool",
                "/app/node_modules/tool/cli.js",
                "/app/package.json",
                "/app/server.js",
                "/bin/sh",
                "/usr/bin/date",
                "/usr/bin/node",
                "/usr/bin/npm"
            ]
        );
    }

    #[test]
    fn without_npm_the_scripts_mean_nothing() {
        assert_eq!(stage(&["node", "server.js"]), ["/app/package.json", "/usr/bin/node"]);
    }

    #[test]
    fn further_scripts_where_commands_start_bring_npm() {
        let kept = stage_in("/app", &["node", "server.js"]);
        for path in ["/usr/bin/npm", "/app/jobs/migrate.js", "/usr/bin/date"] {
            assert!(kept.contains(&path.to_owned()), "{path} in {kept:?}");
        }
        assert!(!kept.contains(&"/app/node_modules/.bin/tester".to_owned()), "{kept:?}");
    }
}
