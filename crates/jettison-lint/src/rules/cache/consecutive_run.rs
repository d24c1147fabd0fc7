//! Join consecutive RUN instructions.

use crate::packages::{APK, APT_GET, DNF, YUM, ZYPPER, install};
use crate::{chain::Chain, prelude::*, rpm::is_simple_chain};

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
        // What a here-document feeds cannot be joined by `&&`.
        let has_document =
            [before, run].iter().any(|one| !one.item.instruction.heredocs.is_empty());
        if !are_neighbours || has_document || flags(before) != flags(run) {
            continue;
        }
        // Longer chains are left alone, since somebody thought about where they end; not so when
        // both install by the same package manager.
        let are_short = length(before) <= 1 && length(run) <= 1;
        let manager = installs(run).filter(|name| installs(before) == Some(*name));
        if !are_short && manager.is_none() {
            continue;
        }
        let finding = out.push(
            run.item.instruction.name.span.clone(),
            message!("this RUN could be part of the one before", "这条 RUN 可以并入前一条"),
        );
        finding.keep_aliases(|_| are_short);
        if let Some(edits) = joined(subject, before, run) {
            finding.suggest(message!("Join them with &&", "用 && 合并"), edits);
        }
    }
}

/// The package manager by which `run` installs, when that is all it begins with.
fn installs<'a>(run: &'a Run<'_>) -> Option<&'a str> {
    let managers = [&APT_GET, &APK, &YUM, &DNF, &ZYPPER];
    let commands = &run.script.commands;
    let first = commands.iter().find(|one| one.name() != "set").map(Command::name)?;
    let does = |command: &&Command| {
        managers.iter().any(|manager| install(run, command, manager).is_some())
    };
    commands.iter().find(does).map(Command::name).filter(|name| *name == first)
}

/// What the shell forgets between two RUN instructions, so that joining would change something.
const LASTING: &[&str] =
    &["cd", "export", "set", "umask", "alias", "shopt", ".", "source", "exec", "exit"];

/// Edits that join both by `&&`, comments in between staying where they are.
fn joined(subject: &Subject<'_>, before: &Run<'_>, run: &Run<'_>) -> Option<Vec<Edit>> {
    let lasts = |one: &Run<'_>| {
        one.script
            .commands
            .iter()
            .any(|command| LASTING.contains(&command.name()) || command.words.is_empty())
    };
    if !is_simple_chain(before) || !is_simple_chain(run) || lasts(before) {
        return None;
    }
    let file = subject.file;
    let (first, second) = (before.item.instruction, run.item.instruction);
    let (end, start) = (first.span.end, second.span.start);
    // Blank lines within an instruction are deprecated.
    let has_blank_lines = subject.source(&(end..start)).matches('\n').count() > 1
        && file.text()[end..start].lines().skip(1).any(|line| line.trim().is_empty());
    if has_blank_lines || second.first_line == first.last_line {
        return None;
    }
    let text = run.span(&(0..0)).start;
    let chain = Chain::of(subject, before)
        .or_else(|| Chain::of(subject, run))
        .or_else(|| Chain::of_others(subject))
        .unwrap_or_else(Chain::usual);
    let (first, second) = chain.joint(file.escape);
    Some(vec![Edit::insert(end, first), Edit::replace(start..text, second)])
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
