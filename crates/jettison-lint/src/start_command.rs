//! What a container starts: the words of ENTRYPOINT and CMD of the last stage.

use std::ops::Range;

use jettison_dockerfile::{Arguments, Command as Form, Keyword};

use crate::{
    shell::{Word, scan},
    subject::{Item, Subject, is_posix_shell},
};

/// Programs that only pass signals on and reap processes: what they start is what runs.
const INITS: &[&str] = &["tini", "tini-static", "dumb-init", "catatonit", "docker-init"];

/// Languages that wait for input when they are started without a program.
const PROMPTS: &[&str] = &["python", "python3", "node", "irb", "ghci", "iex", "R", "julia", "php"];

/// Programs that build: an image that starts one of them is made to build with.
const BUILDERS: &[&str] = &[
    "make",
    "cmake",
    "ninja",
    "gcc",
    "g++",
    "clang",
    "go",
    "cargo",
    "rustc",
    "mvn",
    "gradle",
    "sbt",
    "bazel",
    "xcodebuild",
    "opam",
    "stack",
    "cabal",
];

/// Instructions of the last stage, and of those it starts from, that say what is started.
pub(crate) fn starts<'a>(subject: &'a Subject<'_>) -> impl Iterator<Item = &'a Item<'a>> {
    subject.items.iter().filter(|item| {
        subject.is_final(item.stage)
            && !item.is_deferred
            && matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint)
    })
}

/// Whether people work in the image, or build in it: it starts a shell, a language's prompt or a
/// compiler. What such an image holds is there to be used.
pub(crate) fn is_workshop(subject: &Subject<'_>) -> bool {
    let last = |keyword| {
        let found = starts(subject).filter(|item| item.instruction.keyword == keyword);
        found.last().map(words).unwrap_or_default()
    };
    let (entrypoint, command) = (last(Keyword::Entrypoint), last(Keyword::Cmd));
    let waits = |words: &[String]| is_prompt(program(words));
    let builds = |words: &[String]| {
        program(words).first().is_some_and(|name| BUILDERS.contains(&short(name)))
    };
    if program(&command).is_empty() {
        return waits(&entrypoint) || builds(&entrypoint);
    }
    // `ENTRYPOINT ["/entry.sh"]`, `CMD ["bash"]`: the script ends with what it is given.
    waits(&command) || builds(&command) || builds(&entrypoint)
}

/// The words of a command, with their places in the file.
pub(crate) type PlacedWords = Vec<(String, Range<usize>)>;

/// The commands of an ENTRYPOINT or CMD: one in exec form; in shell form, those of its line.
pub(crate) fn commands(item: &Item<'_>) -> Vec<PlacedWords> {
    match &item.instruction.arguments {
        Arguments::Command(Form::Exec(words)) => {
            vec![words.iter().map(|word| (word.text.clone(), word.span.clone())).collect()]
        }
        Arguments::Command(Form::Shell(text)) => {
            let place = |word: &Word| (word.text.clone(), text.source_range(word.range.clone()));
            let commands = scan(text.as_str()).commands;
            commands.iter().map(|one| one.words.iter().map(place).collect()).collect()
        }
        _ => Vec::new(),
    }
}

/// The words of a start command; in shell form, those of its last one.
pub(crate) fn words(item: &Item<'_>) -> Vec<String> {
    let last = commands(item).pop().unwrap_or_default();
    last.into_iter().map(|(word, _)| word).collect()
}

/// `words` behind an init.
fn program(words: &[String]) -> &[String] {
    if !words.first().is_some_and(|name| INITS.contains(&short(name))) {
        return words;
    }
    let start = words.iter().skip(1).position(|word| !word.starts_with('-'));
    start.and_then(|at| words.get(at + 1..)).unwrap_or_default()
}

/// Whether `words` start something that waits for people to type.
fn is_prompt(words: &[String]) -> bool {
    let Some((name, arguments)) = words.split_first() else { return false };
    let name = short(name);
    let is_shell = is_posix_shell(name) || matches!(name, "fish" | "csh" | "tcsh");
    if !is_shell && !PROMPTS.contains(&name) {
        return false;
    }
    let script =
        arguments.iter().position(|word| word == "-c").and_then(|at| arguments.get(at + 1));
    match script {
        Some(script) => {
            let last = scan(script).commands.pop();
            last.is_some_and(|one| one.words.len() == 1 && is_posix_shell(one.name()))
        }
        None => arguments.iter().all(|word| word.starts_with('-')),
    }
}

/// The program's name without its directory.
pub(crate) fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_and_prompts_wait() {
        for (text, expected) in [
            ("/bin/bash", true),
            ("bash -l", true),
            ("python3 --version", true),
            ("irb", true),
            ("bash -c :;bash", true),
            ("sh /run.sh", false),
            ("sh -c nginx", false),
            ("python app.py", false),
            ("nginx", false),
        ] {
            let words: Vec<String> = text.split(' ').map(|word| word.replace(';', " ; ")).collect();
            assert_eq!(is_prompt(&words), expected, "{text}");
        }
    }

    #[test]
    fn inits_start_something() {
        let words = ["/sbin/tini", "-g", "--", "bash", "-l"].map(str::to_owned);
        assert_eq!(program(&words), ["bash", "-l"]);
    }
}
