//! A JSON array knows no shell operators.

use crate::{prelude::*, subject::is_posix_shell};
use jettison_dockerfile::Word as ArrayWord;

pub(crate) static RULE: Rule = Rule {
    id: "JT-array-operator",
    aliases: &[],
    level: Level::Error,
    page: Page {
        title: Text {
            en: "A JSON array knows no shell operators",
            zh: "JSON 数组中没有 shell 运算符",
        },
        why: Text {
            en: "An array is one program and its arguments: `&&`, `||`, `|`, `;` and `>` in it are passed to that program as words. A health check of that kind always fails, a command does only its first part.",
            zh: "数组是一个程序及其参数：其中的 `&&`、`||`、`|`、`;`、`>` 会作为普通参数传给该程序。这样的健康检查总是失败，这样的命令只会执行第一部分。",
        },
        bad: r#"FROM debian:12
HEALTHCHECK CMD ["app", "-health", "||", "exit", "1"]"#,
        good: r"FROM debian:12
HEALTHCHECK CMD app -health || exit 1",
        files: &[],
    },
    check,
};

/// What a shell would act upon.
const OPERATORS: &[&str] = &["&&", "||", "|", ";", ">", ">>", "<", "2>&1", "&"];

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in &subject.items {
        let form = match &item.instruction.arguments {
            Arguments::Command(form) if item.instruction.keyword != Keyword::Shell => form,
            Arguments::Healthcheck(view) => match &view.command {
                Some(form) => form,
                None => continue,
            },
            _ => continue,
        };
        let Form::Exec(words) = form else { continue };
        let Some(operator) = operator(words) else { continue };
        let text = &operator.text;
        let finding = out.push(
            operator.span.clone(),
            message!(
                "{text} is passed to the program as an argument: no shell reads an array",
                "{text} 会作为参数传给程序：没有 shell 来解析数组"
            ),
        );
        if let Some(edit) = as_shell_form(subject, words) {
            finding.suggest(message!("Write it in shell form", "改写为 shell 形式"), vec![edit]);
        }
    }
}

/// The first operator, unless a shell or another interpreter is handed it on purpose.
fn operator(words: &[ArrayWord]) -> Option<&ArrayWord> {
    let program = words.first()?.text.rsplit('/').next()?;
    let has_script = words.iter().any(|word| matches!(word.text.as_str(), "-c" | "-e" | "-lc"));
    if is_posix_shell(program) || has_script {
        return None;
    }
    let found = words.iter().skip(1).position(|word| OPERATORS.contains(&word.text.as_str()))? + 1;
    // At the end of a line it may be a pattern or a separator that the program asks for: `find … ;`.
    let is_last = found + 1 == words.len();
    let is_find = program == "find";
    (!is_last && !is_find).then(|| &words[found])
}

/// The array as a shell reads it.
fn as_shell_form(subject: &Subject<'_>, words: &[ArrayWord]) -> Option<Edit> {
    let source = subject.file.text();
    let (first, last) = (words.first()?, words.last()?);
    let start = source.get(..first.span.start)?.rfind('[')?;
    let end = last.span.end + source.get(last.span.end..)?.find(']')? + 1;
    let words: Vec<String> = words.iter().map(|word| shell_word(&word.text)).collect();
    Some(Edit::replace(start..end, words.join(" ")))
}

/// `word` as a shell reads it back; operators as they are.
fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,$".contains(c);
    if OPERATORS.contains(&word) || (!word.is_empty() && word.chars().all(is_plain)) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
