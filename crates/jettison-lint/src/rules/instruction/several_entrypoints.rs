//! One ENTRYPOINT per stage.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-several-entrypoints",
    aliases: &["DL4004", "MultipleInstructionsDisallowed"],
    level: Level::Error,
    page: Page {
        title: Text { en: "One ENTRYPOINT per stage", zh: "每个阶段只写一个 ENTRYPOINT" },
        why: Text {
            en: "Only the last one counts; the others look as if they did something.",
            zh: "只有最后一个起作用，其他的只是看上去有效。",
        },
        bad: r#"FROM debian:12
USER 10001
ENTRYPOINT ["a"]
ENTRYPOINT ["b"]"#,
        good: r#"FROM debian:12
USER 10001
ENTRYPOINT ["b"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    crate::repeated::report(subject, out, Keyword::Entrypoint);
}
