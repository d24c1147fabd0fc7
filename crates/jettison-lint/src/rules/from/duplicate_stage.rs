//! Give each stage its own name.

use crate::prelude::*;
use std::collections::BTreeSet;

pub(crate) static RULE: Rule = Rule {
    id: "JT-duplicate-stage",
    aliases: &["DL3024", "DuplicateStageName"],
    level: Level::Error,
    page: Page {
        title: Text { en: "Give each stage its own name", zh: "每个阶段使用不同的名称" },
        why: Text {
            en: "`COPY --from=NAME` and later FROMs can only mean one of two stages with the same name, and it is the last one before them.",
            zh: "两个阶段同名时，`COPY --from=名称` 和后面的 FROM 只能指向其中一个。",
        },
        bad: r"FROM debian:12 AS build
FROM debian:12 AS build",
        good: r"FROM debian:12 AS build
FROM debian:12 AS test",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let mut seen = BTreeSet::new();
    for stage in &subject.stages {
        let Some(alias) = stage.from_view(subject.file).and_then(|view| view.alias.as_ref()) else {
            continue;
        };
        let name = &alias.text;
        if !seen.insert(name.to_ascii_lowercase()) {
            out.push(
                alias.span.clone(),
                message!("an earlier stage is called {name}, too", "前面已有名为 {name} 的阶段"),
            );
        }
    }
}
