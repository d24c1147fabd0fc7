//! Findings of ShellCheck's that the engine lacks, found in the commands of a RUN.

use crate::{prelude::*, shell_linter::ShellFinding};

/// What is wrong with one command, if anything: ShellCheck's number and the place in the text.
type Check = fn(&Run<'_>, &Command) -> Option<(u32, std::ops::Range<usize>)>;

const CHECKS: &[Check] = &[
    mode_of_parents,
    link_without_name,
    negation_under_errexit,
    find_without_place,
    set_like_assignment,
    removal_of_system_directories,
];

/// Findings in `run`, in the order of its commands.
pub(super) fn findings(run: &Run<'_>) -> Vec<ShellFinding> {
    let commands = run.script.commands.iter();
    let found = commands.flat_map(|command| CHECKS.iter().filter_map(|check| check(run, command)));
    found.map(|(code, range)| ShellFinding { code, range, fix: None }).collect()
}

/// `mkdir -p -m MODE a/b`: the mode is the last directory's alone.
fn mode_of_parents(_: &Run<'_>, command: &Command) -> Option<(u32, std::ops::Range<usize>)> {
    if command.name() != "mkdir" {
        return None;
    }
    let has_parents = command.has_letter('p') || command.has_option("parents");
    let is_mode = |word: &&Word| {
        let short = word.text.starts_with('-') && !word.text.starts_with("--");
        (short && word.text.contains('m')) || word.text.starts_with("--mode")
    };
    let mode = command.arguments().iter().find(is_mode)?;
    let is_deep = |word: &&Word| word.text.trim_matches('/').contains('/');
    let mut places = command.operands_after_options(&["-m", "--mode", "-pm"]).into_iter();
    (has_parents && places.any(|place| is_deep(&place))).then(|| (2174, mode.range.clone()))
}

/// `ln -s target`: the link gets the target's name, in whatever directory this is.
fn link_without_name(_: &Run<'_>, command: &Command) -> Option<(u32, std::ops::Range<usize>)> {
    let has_directory = command.has_letter('t') || command.has_option("target-directory");
    let operands = command.operands_after_options(&["-S", "--suffix"]);
    let is_it = command.name() == "ln" && !has_directory && operands.len() == 1;
    // What an expansion stands for may be several words.
    (is_it && !operands[0].is_dynamic && !operands[0].text.contains(['*', '?', '{']))
        .then(|| (2226, command.range.clone()))
}

/// `set -e; ! a; b`: the shell goes on whether or not `a` fails.
fn negation_under_errexit(
    run: &Run<'_>,
    command: &Command,
) -> Option<(u32, std::ops::Range<usize>)> {
    let goes_on = matches!(command.separator, Separator::Sequence | Separator::Pipe);
    if !command.is_negated || command.is_condition || !goes_on {
        return None;
    }
    let stops = |other: &Command| {
        other.name() == "set"
            && other.range.start < command.range.start
            && other.arguments().iter().any(|word| {
                word.text == "errexit"
                    || (word.text.starts_with('-')
                        && !word.text.starts_with("--")
                        && word.text.contains('e'))
            })
    };
    let is_followed = run.script.commands.iter().any(|other| other.range.start > command.range.end);
    (is_followed && run.script.commands.iter().any(stops)).then(|| (2251, command.range.clone()))
}

/// `find -name x`: only GNU's begins with the current directory by itself.
fn find_without_place(_: &Run<'_>, command: &Command) -> Option<(u32, std::ops::Range<usize>)> {
    if command.name() != "find" {
        return None;
    }
    let is_option =
        |text: &str| matches!(text, "-H" | "-L" | "-P") || text.starts_with("-O") || text == "-D";
    let first = command.arguments().iter().find(|word| !is_option(&word.text));
    let has_place = first.is_some_and(|word| !word.text.starts_with(['-', '(', '!', ')']));
    let is_help = first.is_some_and(|word| matches!(word.text.as_str(), "--help" | "--version"));
    (!has_place && !is_help).then(|| (2185, command.words[0].range.clone()))
}

/// `set x=1`: makes it the first argument of the script, not a variable.
fn set_like_assignment(_: &Run<'_>, command: &Command) -> Option<(u32, std::ops::Range<usize>)> {
    let first = command.arguments().first()?;
    let name = first.text.split('=').next().unwrap_or_default();
    let is_name = name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_');
    let is_it = command.name() == "set" && first.text.contains('=') && !name.is_empty() && is_name;
    is_it.then(|| (2121, first.range.clone()))
}

/// Directories without which no program works.
const SYSTEM: &[&str] = &[
    "",
    "bin",
    "boot",
    "dev",
    "etc",
    "home",
    "lib",
    "lib64",
    "proc",
    "sbin",
    "sys",
    "usr",
    "usr/bin",
    "usr/lib",
    "usr/local",
    "usr/sbin",
    "usr/share",
    "var",
    "var/lib",
];

/// `rm -r /var`.
fn removal_of_system_directories(
    _: &Run<'_>,
    command: &Command,
) -> Option<(u32, std::ops::Range<usize>)> {
    let is_recursive =
        command.has_letter('r') || command.has_letter('R') || command.has_option("recursive");
    if command.name() != "rm" || !is_recursive {
        return None;
    }
    let found = command.operands().find(|word| {
        let path = word.text.strip_prefix('/').map(|rest| rest.trim_end_matches(['/', '*']));
        path.is_some_and(|path| SYSTEM.contains(&path) && !word.is_dynamic)
    })?;
    Some((2114, found.range.clone()))
}
