//! Let start scripts exec the program.

use crate::prelude::*;
use crate::{packages::is_file, shell::scan};

pub(crate) static RULE: Rule = Rule {
    id: "JT-script-exec",
    aliases: &[],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Let start scripts exec the program", zh: "启动脚本应以 exec 运行程序"
        },
        why: Text {
            en: "Without exec the shell stays process 1 and keeps SIGTERM to itself: the program is killed after the grace period, with whatever it was doing.",
            zh: "不用 exec 时 shell 仍是 1 号进程，SIGTERM 不会传给程序：宽限期过后程序会被强行杀死。",
        },
        bad: r#"FROM debian:12
COPY start.sh /start.sh
ENTRYPOINT ["/start.sh"]"#,
        good: r#"FROM debian:12
ENTRYPOINT ["nginx", "-g", "daemon off;"]"#,
        files: &[(
            "start.sh",
            r#"#!/bin/sh
export MODE=production
nginx -g "daemon off;"
"#,
        )],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in &subject.items {
        if !matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint) {
            continue;
        }
        let Arguments::Command(Form::Exec(words)) = &item.instruction.arguments else { continue };
        let script = words
            .iter()
            .take(2)
            .find(|word| is_file(&word.text, &[".sh"]) || word.text.contains("entrypoint"));
        let Some(word) = script else { continue };
        let Some((path, text)) = source_of(subject, item, &word.text) else { continue };
        let Some(last) = last_command(&text) else { continue };
        let name = &last.text;
        out.push(
            word.span.clone(),
            message!(
                "{path} starts {name} without exec, so that signals do not reach it",
                "{path} 没有用 exec 启动 {name}，信号传不到它"
            ),
        );
    }
}

/// The file of the build context that was copied to `path`, and its text.
fn source_of(subject: &Subject<'_>, item: &Item<'_>, path: &str) -> Option<(String, String)> {
    let name = path.rsplit('/').next()?;
    let lineage = subject.lineage(item.stage?);
    let copied = subject.items.iter().filter(|other| {
        other.stage.is_some_and(|stage| lineage.contains(&stage))
            && other.instruction.flag("from").is_none()
    });
    for other in copied {
        let Arguments::Transfer(transfer) = &other.instruction.arguments else { continue };
        let Some(destination) = &transfer.destination else { continue };
        for source in transfer.paths() {
            let bare = source.text.trim_start_matches("./");
            let is_it = bare.rsplit('/').next() == Some(name)
                || destination.text.rsplit('/').next() == Some(name);
            let candidates = if is_it {
                bare.to_owned()
            } else {
                format!("{}/{name}", bare.trim_end_matches(['/', '.']))
                    .trim_start_matches('/')
                    .to_owned()
            };
            if let Some(text) = subject.neighbours.text(&candidates) {
                return Some((candidates, text));
            }
        }
    }
    None
}

/// The name of the last command, when it is a program that the shell waits for.
fn last_command(text: &str) -> Option<Word> {
    let is_shell =
        text.lines().next().is_some_and(|line| line.starts_with("#!") && line.contains("sh"));
    if !is_shell {
        return None;
    }
    let script = scan(text);
    let last = script.commands.last()?;
    let builtin = matches!(
        last.name(),
        "exec"
            | "wait"
            | "exit"
            | "fi"
            | "return"
            | "trap"
            | "["
            | "[["
            | "echo"
            | "true"
            | ":"
            | "printf"
            | "cd"
            | "export"
            | "set"
    );
    let is_exec = last.wrappers.iter().any(|word| word.text == "exec");
    (!builtin && !is_exec && !script.is_broken && last.separator != Separator::Background)
        .then(|| last.words.first().cloned())
        .flatten()
}
