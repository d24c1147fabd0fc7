//! Tell apt-get to answer its questions with yes.

use crate::packages::{APT_GET, after_subcommand, installs};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-apt-yes",
    aliases: &["DL3014"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Tell apt-get to answer its questions with yes",
            zh: "让 apt-get 自动确认",
        },
        why: Text {
            en: "A build has nobody to answer, so apt-get gives up at its question.",
            zh: "构建过程中无人应答，apt-get 在询问时会直接中止。",
        },
        bad: r"FROM debian:12
RUN apt-get update && apt-get install --no-install-recommends curl=7.* && rm -rf /var/lib/apt/lists/*",
        good: r"FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends curl=7.* && rm -rf /var/lib/apt/lists/*",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for install in installs(subject, &APT_GET) {
        let command = install.command;
        let quiet = command
            .arguments()
            .iter()
            .filter(|word| word.text.starts_with('-') && !word.text.starts_with("--"))
            .map(|word| word.text.matches('q').count())
            .sum::<usize>()
            + command.arguments().iter().filter(|word| word.text == "--quiet").count();
        let is_yes = command.has_letter('y')
            || command.has_option("yes")
            || command.has_option("assume-yes")
            || command.has("-q=2")
            || command.has("--quiet=2")
            || quiet > 1
            || command.arguments().iter().any(|word| word.text.contains("Assume-Yes"));
        if !is_yes {
            out.push(
                install.run.command_span(command),
                message!(
                    "apt-get install will ask and give up",
                    "apt-get install 会等待确认而失败"
                ),
            )
            .fix(message!("Add -y", "加上 -y"), after_subcommand(&install, "-y"));
        }
    }
}
