//! A HEALTHCHECK is either a JSON array or a shell command.

use crate::broken_array::leading_array;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-healthcheck-form",
    aliases: &[],
    level: Level::Error,
    page: Page {
        title: Text {
            en: "A HEALTHCHECK is either a JSON array or a shell command",
            zh: "HEALTHCHECK 要么是 JSON 数组，要么是 shell 命令",
        },
        why: Text {
            en: r#"`CMD ["curl", "…"] || exit 1` is no JSON, so the shell is asked to run a program called `[`, fails, and the container is never healthy."#,
            zh: r#"`CMD ["curl", "…"] || exit 1` 不是 JSON，于是 shell 会去运行名为 `[` 的程序而失败，容器永远不会健康。"#,
        },
        bad: r#"FROM nginx:1.29
HEALTHCHECK CMD ["curl", "-f", "http://localhost/"] || exit 1"#,
        good: r"FROM nginx:1.29
HEALTHCHECK CMD curl -f http://localhost/ || exit 1",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Healthcheck) {
        let Arguments::Healthcheck(view) = &item.instruction.arguments else { continue };
        let Some(Form::Shell(text)) = &view.command else { continue };
        let Some((words, end)) = leading_array(text.as_str()) else { continue };
        let rest = text.as_str()[end..].trim();
        let finding = out.push(
            text.source_range(0..text.as_str().len()),
            message!(
                "a JSON array followed by {rest} is run as a shell command and always fails",
                "JSON 数组后接 {rest} 会被当作 shell 命令执行，总是失败"
            ),
        );
        let command: Vec<String> = words.iter().map(|word| shell_word(word)).collect();
        let command = command.join(" ");
        finding.suggest(
            message!("Write a shell command", "改为 shell 命令"),
            vec![Edit::replace(text.source_range(0..end), command)],
        );
    }
}

/// `word` as a shell reads it back.
fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
