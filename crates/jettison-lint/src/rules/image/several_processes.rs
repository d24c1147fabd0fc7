//! One service per container.

use crate::prelude::*;
use crate::shell::scan;

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
        bad: r"FROM debian:12
CMD nginx & php-fpm",
        good: r#"FROM debian:12
CMD ["php-fpm"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in &subject.items {
        if !matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint) {
            continue;
        }
        match &item.instruction.arguments {
            Arguments::Command(Form::Exec(words)) => {
                let name = words.first().map_or("", |word| word.text.as_str());
                let name = name.rsplit('/').next().unwrap_or(name);
                if matches!(
                    name,
                    "supervisord" | "runsvdir" | "s6-svscan" | "monit" | "forego" | "foreman"
                ) {
                    out.push(
                        words[0].span.clone(),
                        message!(
                            "{name} runs several services in one container",
                            "{name} 会在一个容器中运行多个服务"
                        ),
                    );
                }
            }
            Arguments::Command(Form::Shell(text)) => {
                let script = scan(text.as_str());
                let background = script.commands.iter().find(|one| {
                    one.separator == Separator::Background
                        || one.name() == "supervisord"
                        || (starts_service(one) && script.commands.len() > 1)
                });
                if let Some(command) = background {
                    let name = command.name();
                    out.push(
                        text.source_range(command.range.clone()),
                        message!("{name} runs beside another service", "{name} 与其他服务一起运行"),
                    );
                }
            }
            _ => {}
        }
    }
}

/// `service ssh start`: a daemon that goes on beside what follows.
fn starts_service(command: &Command) -> bool {
    let is_script = command.words.first().is_some_and(|word| word.text.starts_with("/etc/init.d/"));
    command.has("start") && (command.name() == "service" || is_script)
}
