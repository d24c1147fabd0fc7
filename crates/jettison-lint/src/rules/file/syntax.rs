//! The builder has to be able to read the file.

use crate::prelude::*;
use crate::syntax_zh::chinese;

pub(crate) static RULE: Rule = Rule {
    id: "JT-syntax",
    aliases: &["DL1000", "DL3043", "DL3061"],
    level: Level::Error,
    page: Page {
        title: Text {
            en: "The builder has to be able to read the file",
            zh: "构建工具必须能够读懂该文件",
        },
        why: Text {
            en: "BuildKit refuses the whole file because of one such place, so nothing is built.",
            zh: "只要有一处这样的错误，BuildKit 就会拒绝整个文件，什么也不会构建。",
        },
        bad: r"FROM debian:12
RUNN echo hello",
        good: r"FROM debian:12
RUN echo hello",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for problem in &subject.file.problems {
        let en = problem.kind.to_string();
        let zh = chinese(&problem.kind);
        out.push(problem.span.clone(), crate::finding::Message { en, zh });
    }
}
