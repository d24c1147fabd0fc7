//! Declare an ARG only where it is used.

use crate::prelude::*;

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

/// Names that programs read from the environment without being told to.
const IMPLICIT: &[&str] = &[
    "DEBIAN_FRONTEND",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "FTP_PROXY",
    "ALL_PROXY",
    "SOURCE_DATE_EPOCH",
    "GOPROXY",
    "GOPRIVATE",
    "GOFLAGS",
    "CGO_ENABLED",
    "GOOS",
    "GOARCH",
    "CACHEBUST",
    "CACHE_BUST",
    "NODE_ENV",
    "CI",
    "PIP_INDEX_URL",
    "CFLAGS",
    "LDFLAGS",
    "CC",
    "CXX",
];

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Arg).filter(|item| item.stage.is_some() && !item.is_deferred)
    {
        let Arguments::Pairs(pairs) = &item.instruction.arguments else { continue };
        for pair in pairs {
            let name = &pair.key.text;
            let is_implicit = IMPLICIT.iter().any(|known| known.eq_ignore_ascii_case(name))
                || name.starts_with("BUILDKIT_")
                || name.starts_with("TARGET")
                || name.starts_with("BUILD");
            // Programs other than a shell may read anything.
            if is_implicit || is_used(subject, item, name) {
                continue;
            }
            out.push(
                pair.key.span.clone(),
                message!("nothing after this uses {name}", "之后没有任何地方使用 {name}"),
            );
        }
    }
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
