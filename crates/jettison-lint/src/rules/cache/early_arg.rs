//! Declare what changes with every build right before its use.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-early-arg",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Declare what changes with every build right before its use",
            zh: "每次构建都会变的 ARG 应在使用前才声明",
        },
        why: Text {
            en: "A RUN after an ARG is run again whenever the ARG's value changes, whether it uses it or not. A commit, a date or a number of the build at the top of a stage makes the whole cache useless.",
            zh: "ARG 之后的 RUN 无论是否用到它，只要值变了就会重新执行。把提交号、日期或构建号放在阶段开头会使整个缓存失效。",
        },
        bad: r"FROM debian:12
ARG GIT_COMMIT
RUN apt-get update && apt-get install -y --no-install-recommends curl=7.* && rm -rf /var/lib/apt/lists/*
LABEL org.opencontainers.image.revision=$GIT_COMMIT",
        good: r"FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends curl=7.* && rm -rf /var/lib/apt/lists/*
ARG GIT_COMMIT
LABEL org.opencontainers.image.revision=$GIT_COMMIT",
        files: &[],
    },
    check,
};

/// Words of names, without underscores, whose value is another one for every build.
const CHANGING: &[&str] = &[
    "CACHEBUST",
    "CACHEDATE",
    "CACHEBUSTER",
    "BUILDDATE",
    "BUILDTIME",
    "BUILDNUMBER",
    "BUILDID",
    "VCSREF",
    "GITCOMMIT",
    "GITSHA",
    "GITREV",
    "GITHASH",
    "GITREVISION",
    "COMMIT",
    "COMMITSHA",
    "COMMITHASH",
    "COMMITID",
    "REVISION",
    "TIMESTAMP",
];

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Arg).filter(|item| item.stage.is_some() && !item.is_deferred)
    {
        let Arguments::Pairs(pairs) = &item.instruction.arguments else { continue };
        for pair in pairs {
            let name = &pair.key.text;
            let bare = name.replace('_', "").to_ascii_uppercase();
            if !CHANGING.contains(&bare.as_str()) {
                continue;
            }
            let uses = |other: &&Item<'_>| other.instruction.text.as_str().contains(name.as_str());
            let later = || {
                subject
                    .in_stage(item.stage.unwrap_or_default())
                    .filter(|other| other.position > item.position)
            };
            let first = later().find(uses);
            let end = first.map_or(usize::MAX, |one| one.position);
            let runs = |other: &&Item<'_>| other.instruction.keyword == Keyword::Run;
            let wasted = later().filter(runs).filter(|one| one.position < end).count();
            if wasted == 0 {
                continue;
            }
            let finding = out.push(
                pair.key.span.clone(),
                message!(
                    "with each new {name} the RUN instructions below run again ({wasted} before it is used)",
                    "{name} 每变一次，下面的 RUN 就重新执行（使用它之前有 {wasted} 条）"
                ),
            );
            let lines = subject.file.lines();
            let (from, to) = (item.instruction, first.map(|one| one.instruction));
            // A comment right above is about it, unless it begins a group.
            let is_group = subject.items.iter().any(|one| {
                one.instruction.keyword == Keyword::Arg
                    && one.instruction.first_line == from.last_line + 1
            });
            let start = lines.line_range(from.first_line).start;
            let start = if is_group { start } else { subject.line_before(from) };
            let line = start..lines.line_range(from.last_line).end;
            if let (Some(to), 1) = (to, pairs.len()) {
                let text = subject.source(&line).to_owned();
                finding.suggest(
                    message!("Declare it right before its use", "在使用前才声明"),
                    vec![Edit::delete(line), Edit::insert(subject.line_before(to), text)],
                );
            }
        }
    }
}
