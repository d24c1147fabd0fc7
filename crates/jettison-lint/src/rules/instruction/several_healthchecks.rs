//! One HEALTHCHECK per stage.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-several-healthchecks",
    aliases: &["DL3012", "MultipleInstructionsDisallowed"],
    level: Level::Error,
    page: Page {
        title: Text { en: "One HEALTHCHECK per stage", zh: "每个阶段只写一个 HEALTHCHECK" },
        why: Text { en: "Only the last one counts.", zh: "只有最后一个起作用。" },
        bad: r"FROM debian:12
HEALTHCHECK CMD true
HEALTHCHECK CMD false",
        good: r"FROM debian:12
HEALTHCHECK CMD false",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    crate::repeated::report(subject, out, Keyword::Healthcheck);
}
