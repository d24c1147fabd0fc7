//! The builder has to be able to read the file.

use std::collections::BTreeSet;

use crate::prelude::*;
use crate::rules::instruction::broken_array::scattered;
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
    let arrays = scattered(subject);
    let mut told = BTreeSet::new();
    for problem in &subject.file.problems {
        // The first line of an array that the builder stumbles over says it for the others.
        let is_within = |array: &std::ops::Range<usize>| array.contains(&problem.span.start);
        if arrays.iter().position(is_within).is_some_and(|array| !told.insert(array)) {
            continue;
        }
        let en = problem.kind.to_string();
        let zh = chinese(&problem.kind);
        out.push(problem.span.clone(), crate::finding::Message { en, zh });
    }
}
