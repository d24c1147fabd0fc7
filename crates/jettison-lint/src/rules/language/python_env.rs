//! Let Python write its output at once.

use std::ops::Range;

use crate::prelude::*;
use crate::start_command::{commands, short};

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
        bad: r#"FROM python:3.13-slim
USER 10001
CMD ["python", "app.py"]"#,
        good: r#"FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1
USER 10001
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
        let Some(words) = commands(item).into_iter().next() else { continue };
        let Some((first, arguments)) = words.split_first() else { continue };
        let name = short(&first.0);
        let is_python = matches!(name, "python" | "python2")
            || name
                .strip_prefix("python3")
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        // Without a program Python talks to people, and shows what it writes at once.
        let names_program = |words: &[(String, Range<usize>)]| {
            words
                .iter()
                .any(|(word, _)| !word.starts_with('-') || matches!(word.as_str(), "-m" | "-c"))
        };
        let is_entry = item.instruction.keyword == Keyword::Entrypoint;
        let runs_program = names_program(arguments)
            || is_entry
                && subject.with(Keyword::Cmd).any(|command| {
                    subject.is_final(command.stage)
                        && commands(command).first().is_some_and(|words| names_program(words))
                });
        let is_unbuffered = subject.scope(item.position).declares("PYTHONUNBUFFERED")
            || text.split([' ', '"', ',']).any(|word| word == "-u");
        if is_python && runs_program && !is_unbuffered {
            out.push(
                first.1.clone(),
                message!("Python's output is held back in a buffer", "Python 的输出会被缓冲"),
            )
            .fix(
                message!("Set PYTHONUNBUFFERED", "设置 PYTHONUNBUFFERED"),
                vec![Edit::insert(
                    subject.line_before(item.instruction),
                    format!("ENV PYTHONUNBUFFERED=1{}", subject.file.line_end()),
                )],
            );
        }
    }
}
