//! Use apt-get instead of apt.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-apt-tool",
    aliases: &["DL3027"],
    level: Level::Warning,
    page: Page {
        title: Text { en: "Use apt-get instead of apt", zh: "使用 apt-get 而不是 apt" },
        why: Text {
            en: "apt is made for people at a terminal; its output and options may change between releases.",
            zh: "apt 面向终端用户，其输出和选项可能随版本变化。",
        },
        bad: r"FROM debian:12
RUN apt update && rm -rf /var/lib/apt/lists/*",
        good: r"FROM debian:12
RUN apt-get update && rm -rf /var/lib/apt/lists/*",
        files: &[],
    },
    check,
};

/// What apt and apt-get do alike.
const COMMON: &[&str] =
    &["update", "install", "remove", "purge", "autoremove", "upgrade", "clean", "autoclean"];

fn check(subject: &Subject<'_>, out: &mut Report) {
    for (run, command) in subject.commands().filter(|(_, command)| command.name() == "apt") {
        let Some(name) = command.words.first() else { continue };
        let finding = out.push(
            run.word_span(name),
            message!("apt is for people, apt-get for scripts", "apt 供人使用，脚本应使用 apt-get"),
        );
        if COMMON.contains(&command.subcommand()) && name.text == "apt" {
            finding.fix(
                message!("Use apt-get", "改用 apt-get"),
                vec![Edit::replace(run.word_span(name), "apt-get")],
            );
        }
    }
}
