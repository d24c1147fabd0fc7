//! Do not use sudo.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-sudo",
    aliases: &["DL3004"],
    level: Level::Error,
    page: Page {
        title: Text { en: "Do not use sudo", zh: "不要使用 sudo" },
        why: Text {
            en: "A build runs as the user that USER names, root by default. sudo changes the environment, needs a terminal in some set-ups, and when it is in the image it gives the container's user a way to become root.",
            zh: "构建以 USER 指定的用户运行，默认是 root。sudo 会改变环境变量，有时还需要终端；留在镜像中则给了容器用户成为 root 的途径。",
        },
        bad: r"FROM debian:12
RUN sudo apt-get update && rm -rf /var/lib/apt/lists/*",
        good: r"FROM debian:12
RUN apt-get update && rm -rf /var/lib/apt/lists/*",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for (run, command) in subject.commands() {
        let word = command
            .wrappers
            .iter()
            .chain(command.words.first())
            .find(|word| word.text == "sudo" || word.text.ends_with("/sudo"));
        if let Some(word) = word {
            out.push(
                run.word_span(word),
                message!(
                    "sudo is not needed; use USER to change the user",
                    "不需要 sudo，请用 USER 切换用户"
                ),
            );
        }
    }
}
