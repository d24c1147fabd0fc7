//! `apk add --no-cache` needs no `apk update`.

use crate::packages::{APK, install};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-apk-update",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "`apk add --no-cache` needs no `apk update`",
            zh: "`apk add --no-cache` 不需要 `apk update`",
        },
        why: Text {
            en: "With --no-cache apk fetches the index itself; an update before it only leaves a copy of the index in the layer.",
            zh: "使用 --no-cache 时 apk 会自行获取索引；之前的 update 只会在镜像层中留下一份索引。",
        },
        bad: r"FROM alpine:3.22
RUN apk update && apk add --no-cache curl~8",
        good: r"FROM alpine:3.22
RUN apk add --no-cache curl~8",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for run in subject.posix_runs() {
        let commands = &run.script.commands;
        let installs: Vec<_> =
            commands.iter().filter_map(|command| install(run, command, &APK)).collect();
        let all_fetch = !installs.is_empty()
            && installs.iter().all(|install| install.command.has_option("no-cache"));
        // Other commands, `apk upgrade` above all, do nothing without an index unless they fetch one.
        let needs_index = |one: &&Command| {
            one.name() == "apk"
                && !matches!(one.subcommand(), "update" | "del" | "info" | "cache" | "")
                && !(one.has_option("no-cache")
                    || one.has_option("update-cache")
                    || one.has_letter('U'))
        };
        if !all_fetch || commands.iter().any(|one| needs_index(&one)) {
            continue;
        }
        for (at, update) in commands.iter().enumerate().filter(|(_, one)| one.is("apk", "update")) {
            let finding = out.push(
                run.command_span(update),
                message!(
                    "apk add --no-cache fetches the index itself",
                    "apk add --no-cache 会自行获取索引"
                ),
            );
            let Some(span) =
                commands.get(at + 1).and_then(|next| removal(subject, run, update, next))
            else {
                continue;
            };
            finding.fix(message!("Remove apk update", "删除 apk update"), vec![Edit::delete(span)]);
        }
    }
}

/// What can be deleted: from the update to the command after it, when they are of one chain and
/// no comment is between them.
fn removal(
    subject: &Subject<'_>,
    run: &Run<'_>,
    update: &Command,
    next: &Command,
) -> Option<std::ops::Range<usize>> {
    let is_chain = matches!(update.separator, Separator::And | Separator::Sequence)
        && update.depth == next.depth
        && [update, next].iter().all(|one| one.wrappers.is_empty() && one.assignments.is_empty());
    let span = run.command_span(update).start..run.command_span(next).start;
    (is_chain && !subject.source(&span).contains('#')).then_some(span)
}
