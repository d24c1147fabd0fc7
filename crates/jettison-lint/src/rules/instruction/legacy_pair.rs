//! Join names and values with an equals sign.

use crate::prelude::*;
use jettison_dockerfile::Separator as Joined;

pub(crate) static RULE: Rule = Rule {
    id: "JT-legacy-pair",
    aliases: &["LegacyKeyValueFormat"],
    level: Level::Style,
    page: Page {
        title: Text {
            en: "Join names and values with an equals sign", zh: "名称与值之间使用等号"
        },
        why: Text {
            en: "The form with a blank takes the rest of the line as one value, comments and further names included.",
            zh: "用空格分隔的写法会把这一行剩下的内容全部当作值，包括注释和其他变量名。",
        },
        bad: r"FROM debian:12
ENV LANG C.UTF-8",
        good: r"FROM debian:12
ENV LANG=C.UTF-8",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in &subject.items {
        let instruction = item.instruction;
        if !matches!(instruction.keyword, Keyword::Env | Keyword::Label) {
            continue;
        }
        let Arguments::Pairs(pairs) = &instruction.arguments else { continue };
        for pair in pairs.iter().filter(|pair| pair.separator == Joined::Blank) {
            let Some(value) = &pair.value else { continue };
            let keyword = instruction.keyword.name();
            let finding = out.push(
                pair.key.span.start..value.span.end,
                message!(
                    "{keyword} has a blank where = is meant",
                    "{keyword} 在应使用等号的地方用了空格"
                ),
            );
            let source = subject.source(&value.span);
            if let Some(quoted) = quoted(&value.text).filter(|_| source == value.text) {
                finding.fix(
                    message!("Write {keyword} name=value", "改写为 {keyword} 名称=值"),
                    vec![Edit::replace(pair.key.span.end..value.span.end, format!("={quoted}"))],
                );
            }
        }
    }
}

/// `value` as the new form needs it, when that means the same.
fn quoted(value: &str) -> Option<String> {
    let is_quoted = |quote: char| {
        value.len() >= 2
            && value.starts_with(quote)
            && value.ends_with(quote)
            && !value[1..value.len() - 1].contains([quote, '\\'])
    };
    if is_quoted('"') || is_quoted('\'') || !value.contains([' ', '\t', '"', '\'', '\\', '`']) {
        return Some(value.to_owned());
    }
    (!value.contains(['"', '\'', '\\', '`'])).then(|| format!("\"{value}\""))
}
