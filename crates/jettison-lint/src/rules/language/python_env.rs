//! Let Python write its output at once.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-python-env",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Let Python write its output at once", zh: "让 Python 立即输出日志"
        },
        why: Text {
            en: "Without a terminal Python holds output back in a buffer: the last lines before a crash never reach the container's log.",
            zh: "没有终端时 Python 会缓冲输出：崩溃前的最后几行永远到不了容器日志。",
        },
        bad: r#"FROM python:3.13
CMD ["python", "app.py"]"#,
        good: r#"FROM python:3.13
ENV PYTHONUNBUFFERED=1
CMD ["python", "app.py"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in &subject.items {
        let is_start = matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint);
        if !is_start || !subject.is_final(item.stage) || item.is_deferred {
            continue;
        }
        let text = item.instruction.text.as_str();
        let word = match &item.instruction.arguments {
            Arguments::Command(Form::Exec(words)) => words.first().map(|word| word.text.as_str()),
            _ => text.split_whitespace().next(),
        };
        let name = word.unwrap_or_default();
        let name = name.rsplit('/').next().unwrap_or(name);
        let is_python = name == "python" || name.starts_with("python3");
        let is_unbuffered = subject.scope(item.position).declares("PYTHONUNBUFFERED")
            || text.split([' ', '"', ',']).any(|word| word == "-u");
        if is_python && !is_unbuffered {
            out.push(
                item.instruction.name.span.clone(),
                message!("Python's output is held back in a buffer", "Python 的输出会被缓冲"),
            )
            .fix(
                message!("Set PYTHONUNBUFFERED", "设置 PYTHONUNBUFFERED"),
                vec![Edit::insert(
                    line_start(subject, item),
                    format!("ENV PYTHONUNBUFFERED=1{}", subject.file.line_end()),
                )],
            );
        }
    }
}

fn line_start(subject: &Subject<'_>, item: &Item<'_>) -> usize {
    subject.file.lines().line_range(item.instruction.first_line).start
}
