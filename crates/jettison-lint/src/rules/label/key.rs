//! Write label keys as other tools expect them.

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
                out.push(
                    pair.key.span.clone(),
                    message!(
                        "label key {key} is not written as tools expect",
                        "标签键名 {key} 不符合约定"
                    ),
                );
            }
        }
    }
}

fn is_good(key: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let reserved = ["com.docker.", "io.docker.", "org.dockerproject."];
    key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.ends_with(is_plain)
        && key.chars().all(|c| is_plain(c) || matches!(c, '.' | '-' | '_' | '/'))
        && !key.contains("..")
        && !key.contains("--")
        && !reserved.iter().any(|prefix| key.starts_with(prefix))
}
