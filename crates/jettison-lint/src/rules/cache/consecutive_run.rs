//! Join consecutive RUN instructions.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-consecutive-run",
    aliases: &["DL3059"],
    level: Level::Info,
    page: Page {
        title: Text { en: "Join consecutive RUN instructions", zh: "合并连续的 RUN 指令" },
        why: Text {
            en: "Each RUN makes a layer. What one of them writes and the next one deletes stays in the image.",
            zh: "每条 RUN 都会产生一层。前一条写入、后一条删除的内容仍会留在镜像中。",
        },
        bad: r"FROM debian:12
RUN echo a
RUN echo b",
        good: r"FROM debian:12
RUN echo a && echo b",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for pair in subject.runs.windows(2) {
        let [before, run] = pair else { continue };
        let are_neighbours = before.item.position + 1 == run.item.position
            && before.item.is_deferred == run.item.is_deferred
            && before.item.stage == run.item.stage;
        // Longer chains are left alone: somebody thought about where they end.
        let are_short = length(before) <= 1 && length(run) <= 1;
        if !are_neighbours || !are_short || flags(before) != flags(run) {
            continue;
        }
        out.push(
            run.item.instruction.name.span.clone(),
            message!("this RUN could be part of the one before", "这条 RUN 可以并入前一条"),
        );
    }
}

fn flags<'a>(run: &Run<'a>) -> Vec<&'a str> {
    run.item.instruction.flags.iter().map(|flag| flag.text.as_str()).collect()
}

/// Commands in the RUN; tests and what a variable names are no steps of their own.
fn length(run: &Run<'_>) -> usize {
    if run.script.is_broken {
        return 0;
    }
    let is_step = |command: &&Command| {
        command
            .words
            .first()
            .is_some_and(|name| !name.is_dynamic && !matches!(name.text.as_str(), "[" | "[["))
    };
    run.script.commands.iter().filter(is_step).count()
}
