//! A stage cannot copy from itself.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-copy-from-itself",
    aliases: &["DL3023"],
    level: Level::Error,
    page: Page {
        title: Text { en: "A stage cannot copy from itself", zh: "阶段不能从自身复制" },
        why: Text {
            en: "`COPY --from` reads a finished stage, and this one is not.",
            zh: "`COPY --from` 读取的是已完成的阶段，而本阶段尚未完成。",
        },
        bad: r"FROM debian:12 AS build
COPY --from=build /a /b",
        good: r"FROM debian:12 AS build
RUN cp /a /b",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Copy) {
        let Some(flag) = item.instruction.flag("from") else { continue };
        let name = flag.value().unwrap_or_default().to_ascii_lowercase();
        let own = item.stage.and_then(|stage| subject.stages.get(stage));
        let Some(own) = own else { continue };
        let is_itself = own.name.as_deref() == Some(&name) || name == own.index.to_string();
        let is_earlier =
            subject.stages[..own.index].iter().any(|stage| stage.name.as_deref() == Some(&name));
        if is_itself && !is_earlier && !name.is_empty() {
            out.push(
                flag.span.clone(),
                message!("{name} is this very stage", "{name} 就是当前阶段"),
            );
        }
    }
}
