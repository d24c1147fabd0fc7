//! Keep gunicorn's heartbeat file in memory.

use crate::prelude::*;
use crate::shell::scan;

pub(crate) static RULE: Rule = Rule {
    id: "JT-gunicorn-tmp",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Keep gunicorn's heartbeat file in memory",
            zh: "把 gunicorn 的心跳文件放在内存中",
        },
        why: Text {
            en: "gunicorn's workers touch a file in /tmp all the time; on an overlay file system a slow disk stops them and the master kills them. /dev/shm is memory.",
            zh: "gunicorn 的 worker 会不断更新 /tmp 中的文件；在 overlay 文件系统上磁盘变慢会使其卡住并被主进程杀死。/dev/shm 位于内存中。",
        },
        bad: r#"FROM python:3.13-slim
USER 10001
CMD ["gunicorn", "app.wsgi:application"]"#,
        good: r#"FROM python:3.13-slim
USER 10001
CMD ["gunicorn", "--worker-tmp-dir", "/dev/shm", "app.wsgi:application"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in &subject.items {
        if !matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint) {
            continue;
        }
        let text = item.instruction.text.as_str();
        let is_set = text.contains("worker-tmp-dir")
            || subject
                .scope(item.position)
                .value("GUNICORN_CMD_ARGS")
                .is_some_and(|value| value.contains("worker-tmp-dir"))
            || text.contains("--config")
            || text.contains("-c ")
            || text.contains("\"-c\"");
        if is_set {
            continue;
        }
        let title = || message!("Add --worker-tmp-dir /dev/shm", "加上 --worker-tmp-dir /dev/shm");
        match &item.instruction.arguments {
            Arguments::Command(Form::Exec(words)) => {
                let name = |text: &str| text.rsplit('/').next() == Some("gunicorn");
                let Some(word) = words.first().filter(|word| name(&word.text)) else { continue };
                out.push(word.span.clone(), found()).fix(
                    title(),
                    vec![Edit::insert(word.span.end, ", \"--worker-tmp-dir\", \"/dev/shm\"")],
                );
            }
            Arguments::Command(Form::Shell(line)) => {
                let script = scan(line.as_str());
                let command = script.commands.iter().find(|one| one.name() == "gunicorn");
                let Some(word) = command.and_then(|command| command.words.first()) else {
                    continue;
                };
                let span = line.source_range(word.range.clone());
                let end = span.end;
                out.push(span, found())
                    .fix(title(), vec![Edit::insert(end, " --worker-tmp-dir /dev/shm")]);
            }
            _ => {}
        }
    }
}

fn found() -> crate::finding::Message {
    message!(
        "gunicorn's heartbeat file is on disk, in /tmp",
        "gunicorn 的心跳文件在磁盘上的 /tmp 中"
    )
}
