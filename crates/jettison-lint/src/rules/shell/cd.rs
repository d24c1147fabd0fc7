//! Change the directory with WORKDIR.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-cd",
    aliases: &["DL3003"],
    level: Level::Warning,
    page: Page {
        title: Text { en: "Change the directory with WORKDIR", zh: "用 WORKDIR 切换目录" },
        why: Text {
            en: "A `cd` holds for its RUN only. WORKDIR is seen by every later instruction and by the container, and it makes the directory when it is missing.",
            zh: "`cd` 只在所在的 RUN 中有效。WORKDIR 对之后的指令和容器都有效，目录不存在时还会自动创建。",
        },
        bad: r"FROM debian:12
RUN cd /src && make",
        good: r"FROM debian:12
WORKDIR /src
RUN make",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for (run, command) in subject.commands() {
        if command.name() == "cd" {
            out.push(
                run.command_span(command),
                message!("cd holds for this RUN only", "cd 只在这条 RUN 中有效"),
            );
        }
    }
}
