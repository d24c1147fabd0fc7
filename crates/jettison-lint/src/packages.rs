//! Package managers' command lines.

use std::ops::Range;

use jettison_dockerfile::Edit;

use crate::{
    finding::message,
    report::Report,
    shell::{Command, Word},
    subject::{Run, Subject},
};

/// How a package manager is called.
#[derive(Debug)]
pub(crate) struct Manager {
    /// Names of the program.
    pub(crate) programs: &'static [&'static str],
    /// Subcommands that install.
    pub(crate) installs: &'static [&'static str],
    /// Options whose value is the next argument.
    pub(crate) valued: &'static [&'static str],
}

pub(crate) static APT_GET: Manager = Manager {
    programs: &["apt-get"],
    installs: &["install"],
    valued: &["-t", "--target-release", "-o", "--option", "-c", "-a", "--default-release"],
};

/// All programs that install Debian's packages. The rules that hadolint has, too, look at `apt-get` alone.
pub(crate) static APT: Manager = Manager {
    programs: &["apt-get", "apt", "aptitude"],
    installs: APT_GET.installs,
    valued: APT_GET.valued,
};

pub(crate) static APK: Manager = Manager {
    programs: &["apk"],
    installs: &["add"],
    valued: &["-t", "--virtual", "-X", "--repository", "-p", "--root", "--keys-dir", "--arch"],
};

pub(crate) static YUM: Manager =
    Manager { programs: &["yum"], installs: &["install"], valued: &["-c", "-x", "--exclude"] };

pub(crate) static DNF: Manager = Manager {
    programs: &["dnf", "microdnf"],
    installs: &["install"],
    valued: &["-c", "-x", "--exclude", "--setopt"],
};

pub(crate) static ZYPPER: Manager = Manager {
    programs: &["zypper"],
    installs: &["install", "in"],
    valued: &["-r", "--repo", "-t", "--type", "--from"],
};

/// An installing command.
#[derive(Debug)]
pub(crate) struct Install<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) command: &'a Command,
    /// The word that says install.
    pub(crate) subcommand: &'a Word,
    /// What is installed.
    pub(crate) packages: Vec<&'a Word>,
}

/// Installing commands of `manager`.
pub(crate) fn installs<'a>(
    subject: &'a Subject<'a>,
    manager: &'static Manager,
) -> impl Iterator<Item = Install<'a>> {
    subject.commands().filter_map(move |(run, command)| install(run, command, manager))
}

/// `command` as an installing command of any package manager of a distribution.
pub(crate) fn any_install<'a>(run: &'a Run<'a>, command: &'a Command) -> Option<Install<'a>> {
    [&APT, &APK, &YUM, &DNF, &ZYPPER].iter().find_map(|manager| install(run, command, manager))
}

/// The name of `package` without a version or architecture.
pub(crate) fn bare_name(package: &str) -> &str {
    package.split(['=', '~', '<', '>', ':']).next().unwrap_or(package)
}

/// `command` as an installing command of `manager`.
pub(crate) fn install<'a>(
    run: &'a Run<'a>,
    command: &'a Command,
    manager: &Manager,
) -> Option<Install<'a>> {
    if !manager.programs.contains(&command.name()) {
        return None;
    }
    let subcommand = command
        .operands_after_options(manager.valued)
        .into_iter()
        .find(|word| manager.installs.contains(&word.text.as_str()))?;
    let packages = command.operands_after(&subcommand.text, manager.valued);
    Some(Install { run, command, subcommand, packages })
}

/// The edit that puts `text` after the word that says install.
pub(crate) fn after_subcommand(install: &Install<'_>, text: &str) -> Vec<Edit> {
    let end = install.run.word_span(install.subcommand).end;
    vec![Edit::insert(end, format!(" {text}"))]
}

/// Reports the packages among `install`'s that `is_pinned` does not accept, once per command. A variable is a list of
/// packages where its value is known.
pub(crate) fn report_unpinned(
    subject: &Subject<'_>,
    out: &mut Report,
    install: &Install<'_>,
    is_pinned: impl Fn(&str) -> bool,
) {
    let is_loose = |word: &&Word| match value_of(subject, install.run, word) {
        Some(list) => list.split_whitespace().any(|package| !is_pinned(package)),
        None => !is_pinned(&word.text),
    };
    let loose: Vec<&Word> = install.packages.iter().copied().filter(is_loose).collect();
    let Some(span) = words_span(install.run, &loose) else { return };
    let names: Vec<&str> = loose.iter().map(|word| word.text.as_str()).take(6).collect();
    let names = names.join(", ") + if loose.len() > 6 { ", …" } else { "" };
    let text = message!("no version is given for {names}", "没有指定版本：{names}");
    out.push(span, text);
}

/// The value of a word that is nothing but a variable: one that the script itself has set before, or ARG or ENV.
pub(crate) fn value_of(subject: &Subject<'_>, run: &Run<'_>, word: &Word) -> Option<String> {
    let name = word.text.strip_prefix('$')?;
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let before = run.script.commands.iter().filter(|one| one.range.end <= word.range.start);
    let set = before.filter(|one| one.words.is_empty()).flat_map(|one| &one.assignments);
    let mut own = set.filter(|one| !one.is_dynamic).filter_map(|one| one.text.split_once('='));
    let own = own.rfind(|(set, _)| *set == name).map(|(_, value)| value.to_owned());
    own.or_else(|| subject.resolve(run.item.position, &word.text))
        .filter(|value| !value.trim().is_empty())
}

/// From the first to the last of `words`, in the file.
pub(crate) fn words_span(run: &Run<'_>, words: &[&Word]) -> Option<Range<usize>> {
    let (first, last) = (words.first()?, words.last()?);
    Some(run.span(&(first.range.start..last.range.end)))
}

/// Whether `package` is a file of one of these kinds rather than a package's name.
pub(crate) fn is_file(package: &str, suffixes: &[&str]) -> bool {
    suffixes.iter().any(|suffix| package.ends_with(suffix))
}
