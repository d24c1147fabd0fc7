//! What an image is for, as its command tells.

use jettison_image::RuntimeConfig;

use crate::analysis::Purpose;

/// Programs that wait for a person or a build, when nothing is given to them.
const WAITING: &[&str] = &[
    "sh", "bash", "ash", "dash", "zsh", "fish", "busybox", "python", "python2", "python3",
    "ipython", "node", "irb", "ruby", "php", "perl", "jshell", "ghci", "iex", "erl", "R", "julia",
    "lua", "scala", "groovysh", "psql", "mysql", "pwsh", "deno", "bun",
];

/// Programs that build.
const BUILDING: &[&str] = &[
    "make",
    "cmake",
    "ninja",
    "gcc",
    "cc",
    "g++",
    "clang",
    "go",
    "cargo",
    "rustc",
    "mvn",
    "gradle",
    "ant",
    "javac",
    "npm",
    "yarn",
    "pnpm",
    "dotnet-sdk",
    "bazel",
    "kaniko",
    "buildah",
    "docker",
    "buildctl",
    "swift",
];

/// Whether the image starts a program, or waits for somebody who builds.
///
/// `npm start` and `go run` run programs too; their images are made for that.
pub(crate) fn purpose(config: &RuntimeConfig) -> Purpose {
    if !config.exposed_ports.is_empty() || config.healthcheck.is_some() {
        return Purpose::Runtime;
    }
    let words: Vec<&str> = command(config).collect();
    let program = words.iter().copied().find(|word| !is_wrapper(word));
    let Some(program) = program else { return Purpose::Toolbox };
    let at = words.iter().position(|word| *word == program).unwrap_or_default();
    let arguments = &words[at + 1..];
    let name = program.rsplit('/').next().unwrap_or(program);
    let base = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let is_in = |list: &[&str]| list.contains(&name) || (!base.is_empty() && list.contains(&base));
    let gives_work = arguments.iter().any(|word| !word.starts_with('-') || word.len() > 3);
    let is_login = arguments.iter().all(|word| matches!(*word, "-l" | "-i" | "--login" | "-"));
    match () {
        () if is_in(WAITING) && (!gives_work || is_login) => Purpose::Toolbox,
        () if is_in(BUILDING)
            && !arguments
                .iter()
                .any(|word| matches!(*word, "start" | "run" | "run-script" | "exec")) =>
        {
            Purpose::Toolbox
        }
        () => Purpose::Runtime,
    }
}

/// Entry point and command, in one row.
pub(crate) fn command(config: &RuntimeConfig) -> impl Iterator<Item = &str> {
    config.entrypoint.iter().chain(&config.cmd).flatten().map(String::as_str)
}

/// Programs that start another one.
fn is_wrapper(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    let starters = [
        "tini",
        "dumb-init",
        "env",
        "exec",
        "su-exec",
        "gosu",
        "docker-entrypoint.sh",
        "entrypoint.sh",
        "--",
        "docker-init",
    ];
    starters.contains(&name) || name.ends_with("entrypoint.sh") || name.ends_with("entrypoint")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(entrypoint: &[&str], cmd: &[&str]) -> Purpose {
        let list = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
        purpose(&RuntimeConfig {
            entrypoint: list(entrypoint),
            cmd: list(cmd),
            ..RuntimeConfig::default()
        })
    }

    #[test]
    fn commands_tell() {
        for words in [
            &["bash"][..],
            &["/bin/sh"],
            &["python3"],
            &["python3.12"],
            &["node"],
            &["bash", "-l"],
            &["mvn"],
            &["tini", "--", "sh"],
            &[],
        ] {
            assert_eq!(of(&[], words), Purpose::Toolbox, "{words:?}");
        }
        for words in [
            &["nginx", "-g", "daemon off;"][..],
            &["python3", "app.py"],
            &["sh", "-c", "exec app"],
            &["npm", "start"],
            &["/server"],
        ] {
            assert_eq!(of(&[], words), Purpose::Runtime, "{words:?}");
        }
        assert_eq!(of(&["docker-entrypoint.sh"], &["node"]), Purpose::Toolbox);
        assert_eq!(of(&["docker-entrypoint.sh"], &["node", "server.js"]), Purpose::Runtime);
        let mut config =
            RuntimeConfig { cmd: Some(vec!["bash".to_owned()]), ..RuntimeConfig::default() };
        config.exposed_ports.insert("80/tcp".to_owned());
        assert_eq!(purpose(&config), Purpose::Runtime);
    }
}
