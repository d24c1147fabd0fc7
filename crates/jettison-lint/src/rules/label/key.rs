//! Write label keys as other tools expect them.

use crate::finding::Message;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-label-key",
    aliases: &["DL3048"],
    level: Level::Style,
    page: Page {
        title: Text {
            en: "Write label keys as other tools expect them",
            zh: "标签键名应符合通用约定",
        },
        why: Text {
            en: "Keys are made of lower-case letters, digits, dots and dashes, begin with a letter and do not repeat separators; `com.docker.`, `io.docker.` and `org.dockerproject.` are reserved.",
            zh: "键名由小写字母、数字、点和连字符组成，以字母开头，分隔符不连续；`com.docker.`、`io.docker.` 和 `org.dockerproject.` 为保留前缀。",
        },
        bad: r#"FROM debian:12
LABEL Vendor="example""#,
        good: r#"FROM debian:12
LABEL org.opencontainers.image.vendor="example""#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Label) {
        let Arguments::Pairs(pairs) = &item.instruction.arguments else { continue };
        for pair in pairs {
            let key = pair.key.text.trim_matches(['"', '\'']);
            if !key.contains('$') && !is_good(key) {
                out.push(pair.key.span.clone(), fault(key));
            }
        }
    }
}

/// What is wrong with `key`.
fn fault(key: &str) -> Message {
    let lower = key.to_ascii_lowercase();
    if RESERVED.iter().any(|prefix| key.starts_with(prefix)) {
        return message!(
            "the beginning of label key {key} is reserved for Docker",
            "标签键名 {key} 的前缀由 Docker 保留"
        );
    }
    if lower == key || !is_good(&lower) {
        return message!(
            "label key {key} has characters that tools do not expect, or two separators in a row",
            "标签键名 {key} 含有不合约定的字符或连续的分隔符"
        );
    }
    let known = match lower.as_str() {
        "maintainer" | "author" | "authors" => "authors",
        "version" | "description" | "vendor" | "title" | "licenses" | "revision" | "source" => {
            &lower
        }
        "license" => "licenses",
        _ => {
            return message!(
                "label keys are written in lower case: {lower}",
                "标签键名应为小写：{lower}"
            );
        }
    };
    message!(
        "label keys are written in lower case: {lower}, or org.opencontainers.image.{known}",
        "标签键名应为小写：{lower}，或 org.opencontainers.image.{known}"
    )
}

/// Beginnings of keys that Docker keeps for itself.
const RESERVED: &[&str] = &["com.docker.", "io.docker.", "org.dockerproject."];

fn is_good(key: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.ends_with(is_plain)
        && key.chars().all(|c| is_plain(c) || matches!(c, '.' | '-' | '_' | '/'))
        && !key.contains("..")
        && !key.contains("--")
        && !RESERVED.iter().any(|prefix| key.starts_with(prefix))
}
