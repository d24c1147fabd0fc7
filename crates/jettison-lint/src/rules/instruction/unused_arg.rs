//! Declare an ARG only where it is used.

use crate::prelude::*;
use crate::subject::ShellKind;

pub(crate) static RULE: Rule = Rule {
    id: "JT-unused-arg",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Declare an ARG only where it is used", zh: "只在用到的地方声明 ARG"
        },
        why: Text {
            en: "An ARG's value is part of the cache key of every RUN after it. One that nothing uses, or that is declared too early, makes layers be built again for nothing.",
            zh: "ARG 的值会成为其后每条 RUN 缓存键的一部分。没有用到或声明过早的 ARG 会使镜像层无谓地重建。",
        },
        bad: r"FROM debian:12
ARG VERSION=1
RUN echo hello",
        good: r"FROM debian:12
ARG VERSION=1
RUN echo $VERSION",
        files: &[],
    },
    check,
};

/// Programs of a distribution that read no variables but their own. Any other may read one of any name: what builds the
/// project, its scripts, and the programs that it brings along.
const QUIET: &[&str] = &[
    "",
    ":",
    "[",
    "[[",
    "a2enmod",
    "a2ensite",
    "add-apt-repository",
    "addgroup",
    "adduser",
    "apk",
    "apt",
    "apt-get",
    "apt-key",
    "apt-mark",
    "aptitude",
    "awk",
    "basename",
    "bzip2",
    "cat",
    "cd",
    "chgrp",
    "chmod",
    "chown",
    "chpasswd",
    "command",
    "cp",
    "curl",
    "cut",
    "date",
    "dd",
    "debconf-set-selections",
    "delgroup",
    "deluser",
    "diff",
    "dirname",
    "dnf",
    "dpkg",
    "dpkg-reconfigure",
    "du",
    "echo",
    "egrep",
    "exit",
    "export",
    "false",
    "fgrep",
    "find",
    "getent",
    "git",
    "gpg",
    "gpgconf",
    "grep",
    "groupadd",
    "groupmod",
    "gunzip",
    "gzip",
    "hash",
    "head",
    "id",
    "install",
    "jq",
    "ldconfig",
    "ln",
    "locale-gen",
    "localedef",
    "ls",
    "md5sum",
    "microdnf",
    "mkdir",
    "mktemp",
    "mv",
    "openssl",
    "pacman",
    "passwd",
    "printf",
    "pwd",
    "readlink",
    "realpath",
    "return",
    "rm",
    "rmdir",
    "rpm",
    "sed",
    "set",
    "setcap",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "shift",
    "sleep",
    "sort",
    "stat",
    "strip",
    "sync",
    "tail",
    "tar",
    "tdnf",
    "tee",
    "test",
    "touch",
    "tr",
    "true",
    "type",
    "umask",
    "uname",
    "uniq",
    "unlink",
    "unset",
    "unxz",
    "unzip",
    "update-alternatives",
    "update-ca-certificates",
    "update-locale",
    "useradd",
    "userdel",
    "usermod",
    "wait",
    "wc",
    "wget",
    "which",
    "xz",
    "yum",
    "yum-config-manager",
    "zip",
    "zypper",
];

/// Names that the programs of a distribution read, package managers among them.
const IMPLICIT: &[&str] = &[
    "DEBIAN_FRONTEND",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "FTP_PROXY",
    "ALL_PROXY",
    "SOURCE_DATE_EPOCH",
    "CACHEBUST",
    "CACHE_BUST",
    "CI",
    "TERM",
    "LANG",
    "LANGUAGE",
    "TZ",
    "HOME",
    "PATH",
    "USER",
    "SHELL",
];

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Arg).filter(|item| item.stage.is_some() && !item.is_deferred)
    {
        let Arguments::Pairs(pairs) = &item.instruction.arguments else { continue };
        for pair in pairs {
            let name = &pair.key.text;
            if name == "#" {
                out.push(
                    pair.key.span.clone(),
                    message!(
                        "no comment begins here: each word after it is declared, too",
                        "此处不是注释：后面的每个词也会被声明"
                    ),
                );
                break;
            }
            if name.contains('$') {
                continue;
            }
            let is_implicit = IMPLICIT.iter().any(|known| known.eq_ignore_ascii_case(name))
                || name.starts_with("BUILDKIT_")
                || name.starts_with("TARGET")
                || name.starts_with("BUILD")
                || name.starts_with("LC_");
            if is_implicit || is_used(subject, item, name) || may_be_read(subject, item) {
                continue;
            }
            out.push(
                pair.key.span.clone(),
                message!("nothing after this uses {name}", "之后没有任何地方使用 {name}"),
            );
        }
    }
}

/// Whether a program that the image's later RUN instructions start may read a variable of any name.
fn may_be_read(subject: &Subject<'_>, item: &Item<'_>) -> bool {
    let of_it = |stage: usize| item.stage.is_some_and(|own| subject.lineage(stage).contains(&own));
    subject
        .runs
        .iter()
        .filter(|run| run.item.position > item.position && run.item.stage.is_some_and(of_it))
        .any(|run| {
            let is_unknown = |one: &Command| {
                let is_script = one.words.first().is_some_and(|word| {
                    word.is_dynamic || word.text.contains('/') && !is_of_system(&word.text)
                });
                is_script || !QUIET.contains(&one.name())
            };
            run.shell == ShellKind::Other || run.script.commands.iter().any(is_unknown)
        })
}

/// Whether the program is in a directory of the distribution's own.
fn is_of_system(path: &str) -> bool {
    ["/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/"].iter().any(|start| path.starts_with(start))
}

fn is_used(subject: &Subject<'_>, item: &Item<'_>, name: &str) -> bool {
    let stages: Vec<usize> = (0..subject.stages.len())
        .filter(|stage| item.stage.is_some_and(|own| subject.lineage(*stage).contains(&own)))
        .collect();
    let text = subject.file.text();
    subject.items.iter().any(|other| {
        let is_later = other.position >= item.position
            && other.stage.is_some_and(|stage| stages.contains(&stage));
        if !is_later {
            return false;
        }
        let span = subject.file.instructions[other.position].span.clone();
        let source = &text[span];
        let own = usize::from(other.position == item.position);
        mentions(source, name) > own
    })
}

/// How often `name` stands in `source` as a word of its own.
fn mentions(source: &str, name: &str) -> usize {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    source
        .match_indices(name)
        .filter(|(at, _)| {
            !source[..*at].ends_with(is_word) && !source[at + name.len()..].starts_with(is_word)
        })
        .count()
}
