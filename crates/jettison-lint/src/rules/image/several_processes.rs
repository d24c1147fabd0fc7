//! One service per container.

use std::ops::Range;

use crate::finding::Message;
use crate::prelude::*;
use crate::shell::{Script, scan};
use crate::start_command::short;
use crate::subject::is_posix_shell;

pub(crate) static RULE: Rule = Rule {
    id: "JT-several-processes",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text { en: "One service per container", zh: "每个容器只运行一个服务" },
        why: Text {
            en: "When one of several services dies the container goes on without it; they cannot be scaled, restarted or limited apart.",
            zh: "多个服务中有一个退出时容器仍会继续运行；它们也无法分别扩容、重启或限制资源。",
        },
        bad: r#"FROM debian:12
USER 10001
CMD ["sh", "-c", "nginx & exec php-fpm"]"#,
        good: r#"FROM debian:12
USER 10001
CMD ["php-fpm"]"#,
        files: &[],
    },
    check,
};

/// Programs that start others and keep them running.
const SUPERVISORS: &[&str] = &[
    "supervisord",
    "runsvdir",
    "runsvdir-start",
    "s6-svscan",
    "forego",
    "foreman",
    "honcho",
    "circusd",
    "my_init",
    "systemd",
];

/// Commands beside a single service that keep the container alive, or say something.
const NO_SERVICES: &[&str] = &[
    "tail", "sleep", "cat", "echo", "printf", "bash", "sh", "zsh", "mkdir", "chown", "chmod", "cp",
    "mv", "rm", "ln", "cd", "export", "set", "sed", "touch", "env", "exec", "true", "wait", "read",
    "test", "[", "source", ".", ":",
];

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in &subject.items {
        if !matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint) {
            continue;
        }
        match &item.instruction.arguments {
            Arguments::Command(Form::Exec(words)) => {
                let Some(first) = words.first() else { continue };
                if is_posix_shell(short(&first.text)) {
                    // `["sh", "-c", "a & b"]`
                    let at =
                        words.iter().position(|word| matches!(word.text.as_str(), "-c" | "-lc"));
                    let script = at.and_then(|at| words.get(at + 1));
                    let found = script.and_then(|word| Some((word, several(&scan(&word.text))?)));
                    if let Some((word, Several { text, .. })) = found {
                        out.push(word.span.clone(), text);
                    }
                } else if let Some(text) = supervises(&first.text) {
                    out.push(first.span.clone(), text);
                }
            }
            Arguments::Command(Form::Shell(line)) => {
                if let Some(Several { range, text }) = several(&scan(line.as_str())) {
                    out.push(line.source_range(range), text);
                }
            }
            _ => {}
        }
    }
}

/// What starts several services, and its place in a script.
struct Several {
    range: Range<usize>,
    text: Message,
}

fn several(script: &Script) -> Option<Several> {
    let commands = &script.commands;
    if let Some(one) = commands.iter().find(|one| supervises(one.name()).is_some()) {
        return Some(Several { range: one.range.clone(), text: supervises(one.name())? });
    }
    let is_program = |one: &&Command| !one.name().is_empty() && !NO_SERVICES.contains(&one.name());
    let goes_on = commands.iter().position(|one| {
        one.separator == Separator::Background && is_program(&one) || started_service(one).is_some()
    })?;
    let one = &commands[goes_on];
    // All parts of a pipe run together: the first is the one to name.
    let begin =
        (0..goes_on).rev().take_while(|at| commands[*at].separator == Separator::Pipe).last();
    let first = &commands[begin.unwrap_or(goes_on)];
    // A daemon of which nothing is known but its start, and a command that waits, is one service.
    let others = commands[..begin.unwrap_or(goes_on)]
        .iter()
        .chain(&commands[goes_on + 1..])
        .filter(is_program)
        .count();
    let name = started_service(one).unwrap_or_else(|| first.name()).to_owned();
    (others > 0).then(|| Several {
        range: first.range.start..one.range.end,
        text: message!("{name} runs beside another service", "{name} 与其他服务一起运行"),
    })
}

/// What to say of the program called `name`, when it is one that runs others.
fn supervises(name: &str) -> Option<Message> {
    let is_init = matches!(name, "/sbin/init" | "/usr/sbin/init" | "/lib/systemd/systemd");
    let name = short(name);
    (is_init || SUPERVISORS.contains(&name)).then(|| {
        message!(
            "{name} runs several services in one container",
            "{name} 会在一个容器中运行多个服务"
        )
    })
}

/// The service that a command starts and leaves running: `ssh` of `service ssh start`.
fn started_service(command: &Command) -> Option<&str> {
    let script = command.words.first()?.text.strip_prefix("/etc/init.d/");
    let is_start = command.has("start") || command.has("restart");
    match script {
        Some(name) if is_start => Some(name),
        None if is_start && matches!(command.name(), "service" | "rc-service") => {
            Some(command.subcommand())
        }
        _ => None,
    }
}
