//! Declare ARGs that FROM uses before the first FROM.

use crate::prelude::*;
use jettison_dockerfile::Lexer;

pub(crate) static RULE: Rule = Rule {
    id: "JT-from-undefined-arg",
    aliases: &["UndefinedArgInFrom"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Declare ARGs that FROM uses before the first FROM",
            zh: "FROM 使用的 ARG 要在第一个 FROM 之前声明",
        },
        why: Text {
            en: "FROM sees only the ARGs above the first FROM. Others are empty.",
            zh: "FROM 只能看到第一个 FROM 之前的 ARG，其他变量都是空的。",
        },
        bad: "FROM debian:$VERSION",
        good: r"ARG VERSION=12
FROM debian:$VERSION",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::From) {
        let Arguments::From(view) = &item.instruction.arguments else { continue };
        let scope = subject.scope(item.position);
        let platform = item.instruction.flag("platform");
        let texts = [
            Some((view.image.text.as_str(), &view.image.span)),
            platform.and_then(|flag| flag.value().map(|value| (value, &flag.span))),
        ];
        for (text, span) in texts.into_iter().flatten() {
            let Some(names) = unknown(text, subject.file.escape, &|name| scope.declares(name))
            else {
                continue;
            };
            for name in names {
                out.push(
                    span.clone(),
                    message!(
                        "{name} is not declared before the first FROM",
                        "{name} 没有在第一个 FROM 之前声明"
                    ),
                );
            }
        }
    }
}

fn unknown(text: &str, escape: char, is_declared: &dyn Fn(&str) -> bool) -> Option<Vec<String>> {
    let value = |name: &str| is_declared(name).then(|| "x".to_owned());
    let expanded = Lexer::new(escape).expand(text, &value).ok()?;
    Some(expanded.unmatched.into_iter().collect())
}
