//! Write stage names in lower case.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-stage-casing",
    aliases: &["StageNameCasing"],
    level: Level::Style,
    page: Page {
        title: Text { en: "Write stage names in lower case", zh: "阶段名称使用小写" },
        why: Text {
            en: "The builder folds stage names to lower case; a name in capitals suggests a difference that is not there.",
            zh: "构建工具会把阶段名称转成小写；使用大写会让人误以为大小写有区别。",
        },
        bad: "FROM debian:12 AS Build",
        good: "FROM debian:12 AS build",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for stage in &subject.stages {
        let Some(alias) = stage.from_view(subject.file).and_then(|view| view.alias.as_ref()) else {
            continue;
        };
        let (name, lower) = (&alias.text, alias.text.to_lowercase());
        if *name == lower {
            continue;
        }
        out.push(
            alias.span.clone(),
            message!("stage name {name} is not in lower case", "阶段名称 {name} 不是小写"),
        )
        .fix(
            message!("Write {lower}", "改写为 {lower}"),
            vec![Edit::replace(alias.span.clone(), lower)],
        );
    }
}
