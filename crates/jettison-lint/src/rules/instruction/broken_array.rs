//! What looks like a JSON array should be one.

use crate::broken_array::repaired;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-broken-array",
    aliases: &[],
    level: Level::Error,
    page: Page {
        title: Text {
            en: "What looks like a JSON array should be one",
            zh: "看起来像 JSON 数组的内容必须真的是 JSON",
        },
        why: Text {
            en: "With comments, single quotes or a comma too many in it, the array is no JSON and becomes a shell command that cannot work, without a word from the builder.",
            zh: "数组里有注释、单引号或多余逗号时就不再是 JSON，会悄悄变成无法执行的 shell 命令，构建工具也不会提示。",
        },
        bad: r"FROM debian:12
USER 10001
CMD ['nginx', '-g', 'daemon off;']",
        good: r#"FROM debian:12
USER 10001
CMD ["nginx", "-g", "daemon off;"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in &subject.items {
        let keyword = item.instruction.keyword;
        if !matches!(keyword, Keyword::Cmd | Keyword::Entrypoint | Keyword::Run | Keyword::Shell) {
            continue;
        }
        let Arguments::Command(Form::Shell(text)) = &item.instruction.arguments else { continue };
        let name = keyword.name();
        if !looks_like_array(text.as_str()) {
            continue;
        }
        if goes_on_below(text.as_str()) {
            let start = text.source_range(0..1).start;
            let (end, array) = following_lines(subject, item.position);
            let finding = out.push(
                start..end,
                message!("the array of {name} goes on below without backslashes, and comments are not allowed in it", "{name} 的数组在下面几行继续，却没有续行符，而且其中不能有注释"),
            );
            if let Some(array) = array {
                finding.fix(
                    message!("Write it as one JSON array", "改写为一个 JSON 数组"),
                    vec![Edit::replace(start..end, array)],
                );
            }
            continue;
        }
        let finding = out.push(
            text.source_range(0..text.as_str().len()),
            message!(
                "{name} is given something that is no JSON, and runs it in a shell",
                "{name} 的内容不是有效的 JSON，会被交给 shell 执行"
            ),
        );
        if let Some(array) = repaired(text.as_str()) {
            finding.fix(
                message!("Write it as a JSON array", "改写为 JSON 数组"),
                vec![Edit::replace(text.source_range(0..text.as_str().len()), array)],
            );
        }
    }
}

/// Whether `text` was meant to go on in the next lines, without continuations.
fn goes_on_below(text: &str) -> bool {
    text.ends_with(',') || !text.contains(']')
}

/// From the first to the last byte of each array that goes on in lines of its own: what the
/// builder takes for instructions there are none.
pub(crate) fn scattered(subject: &Subject<'_>) -> Vec<std::ops::Range<usize>> {
    let arrays = subject.items.iter().filter_map(|item| {
        let Arguments::Command(Form::Shell(text)) = &item.instruction.arguments else {
            return None;
        };
        let is_one = looks_like_array(text.as_str()) && goes_on_below(text.as_str());
        let (end, array) = following_lines(subject, item.position);
        (is_one && array.is_some()).then(|| text.source_range(0..1).start..end)
    });
    arrays.collect()
}

/// `["a"…`, `['a'…` or `[a, …]`: not a shell test such as `[ -f x ]`.
fn looks_like_array(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('[') else { return false };
    if is_test(rest) {
        return false;
    }
    rest.trim_start().starts_with(['"', '\''])
        || (rest.contains(',') && rest.trim_end().ends_with(']') && !rest.starts_with(' '))
}

/// Whether `[` is the shell's test, given what follows it: ` "$x" = y ]`.
fn is_test(rest: &str) -> bool {
    let Some(quote) = rest.trim_start().chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        return false;
    };
    let body = &rest.trim_start()[1..];
    let Some(end) = body.find(quote) else { return false };
    let after = body[end + 1..].trim_start();
    rest.starts_with(' ') && after.starts_with(['=', '!', '-', '<', '>'])
}

/// Where an array that begins at `position` and goes on in lines of its own ends, and the array
/// that those lines would make without their comments.
fn following_lines(subject: &Subject<'_>, position: usize) -> (usize, Option<String>) {
    let file = subject.file;
    let start = file.instructions[position].text.source_offset(0);
    let source = &file.text()[start..];
    let Some((array, length)) = crate::broken_array::without_comments(source) else {
        return (file.instructions[position].span.end, None);
    };
    (start + length, repaired(&array))
}
