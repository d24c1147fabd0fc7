//! Do not silence rules in comments.

use crate::ignore::Ignores;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-inline-ignore",
    aliases: &["DL1001"],
    level: Level::Off,
    page: Page {
        title: Text { en: "Do not silence rules in comments", zh: "不要用注释忽略规则" },
        why: Text {
            en: "Where rules are agreed on for a whole organisation, exceptions belong into its configuration, where they are seen.",
            zh: "若规则由整个组织统一约定，例外应写在配置文件里，以便大家都能看到。",
        },
        bad: r"FROM debian:12
# hadolint ignore=DL3004
RUN sudo true",
        good: r"FROM debian:12
RUN true",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for ignore in Ignores::of(subject.file).0 {
        let name = &ignore.name;
        out.push(
            ignore.span.clone(),
            message!("{name} is silenced by a comment", "用注释忽略了 {name}"),
        );
    }
}
