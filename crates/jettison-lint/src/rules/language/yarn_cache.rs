//! Clean yarn's cache in the layer that filled it.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-yarn-cache",
    aliases: &["DL3060"],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Clean yarn's cache in the layer that filled it",
            zh: "在同一层中清理 yarn 缓存",
        },
        why: Text {
            en: "yarn keeps a second copy of every package that it installed.",
            zh: "yarn 会为安装的每个软件包另外保留一份副本。",
        },
        bad: r"FROM node:22
RUN yarn install",
        good: r"FROM node:22
RUN yarn install && yarn cache clean",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let shipped = subject.shipped();
    let in_image = |run: &&Run<'_>| run.item.stage.is_some_and(|stage| shipped.contains(&stage));
    for run in subject.posix_runs().filter(in_image) {
        let commands = &run.script.commands;
        let Some(install) = commands.iter().find(|one| one.is("yarn", "install")) else { continue };
        let is_cleaned = commands.iter().any(|one| {
            one.name() == "yarn" && one.has("cache") && one.has("clean")
                || one.name() == "rm"
                    && one.arguments().iter().any(|word| word.text.contains("yarn"))
        });
        let is_mounted = run.item.instruction.flags.iter().any(|flag| {
            flag.name() == "mount"
                && flag.value().is_some_and(|value| {
                    (value.contains("type=cache") || value.contains("type=tmpfs"))
                        && (value.contains("yarn") || value.contains(".cache"))
                })
        });
        if !is_cleaned && !is_mounted {
            out.push(
                run.command_span(install),
                message!("yarn's cache stays in this layer", "yarn 的缓存留在了这一层"),
            );
        }
    }
}
