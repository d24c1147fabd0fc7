//! Comments that silence a rule should silence something.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-unused-ignore",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Comments that silence a rule should silence something",
            zh: "忽略规则的注释应当确有作用",
        },
        why: Text {
            en: "An ignore that no longer matches anything hides the next mistake of that kind.",
            zh: "已经不再匹配任何问题的忽略注释，会掩盖以后出现的同类错误。",
        },
        bad: r"FROM debian:12
# jettison ignore=JT-sudo
RUN echo hello",
        good: r"FROM debian:12
RUN echo hello",
        files: &[],
    },
    check,
};

/// The engine reports these itself, once it knows what the other rules found.
fn check(_subject: &Subject<'_>, _out: &mut Report) {}
