//! Leave out programs that have no effect in a build.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-useless-command",
    aliases: &["DL3001"],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Leave out programs that have no effect in a build",
            zh: "去掉在构建中没有作用的程序",
        },
        why: Text {
            en: "Services, processes and mounts of one RUN are gone in the next one.",
            zh: "一条 RUN 中的服务、进程和挂载，到下一条就不存在了。",
        },
        bad: r"FROM debian:12
RUN service nginx start",
        good: r#"FROM debian:12
USER 10001
CMD ["nginx", "-g", "daemon off;"]"#,
        files: &[],
    },
    check,
};

const USELESS: &[&str] =
    &["free", "kill", "mount", "ps", "service", "shutdown", "ssh", "top", "vim", "ifconfig"];

fn check(subject: &Subject<'_>, out: &mut Report) {
    for (run, command) in subject.commands() {
        let name = command.name();
        if USELESS.contains(&name) {
            out.push(
                run.command_span(command),
                message!(
                    "{name} has no lasting effect in a build",
                    "{name} 在构建中没有持久的作用"
                ),
            );
        }
    }
}
