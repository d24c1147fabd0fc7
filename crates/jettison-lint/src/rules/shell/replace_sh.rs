//! Change the shell with SHELL.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-replace-sh",
    aliases: &["DL4005"],
    level: Level::Warning,
    page: Page {
        title: Text { en: "Change the shell with SHELL", zh: "用 SHELL 更换 shell" },
        why: Text {
            en: "A link over /bin/sh changes every script in the image that counts on it, and breaks when the package is updated.",
            zh: "用链接覆盖 /bin/sh 会影响镜像中所有依赖它的脚本，软件包更新后还会失效。",
        },
        bad: r"FROM debian:12
RUN ln -sf /bin/bash /bin/sh",
        good: r#"FROM debian:12
SHELL ["/bin/bash", "-c"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for (run, command) in subject.commands() {
        if command.name() == "ln" && command.has("/bin/sh") {
            out.push(
                run.command_span(command),
                message!("/bin/sh is replaced; use SHELL instead", "替换了 /bin/sh，应改用 SHELL"),
            );
        }
    }
}
