//! One CMD per stage.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-several-cmds",
    aliases: &["DL4003", "MultipleInstructionsDisallowed"],
    level: Level::Warning,
    page: Page {
        title: Text { en: "One CMD per stage", zh: "每个阶段只写一个 CMD" },
        why: Text {
            en: "Only the last one counts; the others look as if they did something.",
            zh: "只有最后一个起作用，其他的只是看上去有效。",
        },
        bad: r#"FROM debian:12
USER 10001
CMD ["a"]
CMD ["b"]"#,
        good: r#"FROM debian:12
USER 10001
CMD ["b"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    crate::repeated::report(subject, out, Keyword::Cmd);
}
