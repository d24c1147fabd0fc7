//! Do not call a stage `scratch` or `context`.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-reserved-stage",
    aliases: &["DL3063", "ReservedStageName"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Do not call a stage `scratch` or `context`",
            zh: "不要把阶段命名为 `scratch` 或 `context`",
        },
        why: Text {
            en: "These names mean something to the builder: the empty image and the build context.",
            zh: "这些名称对构建工具有特殊含义：空镜像与构建上下文。",
        },
        bad: "FROM debian:12 AS scratch",
        good: "FROM debian:12 AS final",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for stage in &subject.stages {
        let Some(alias) = stage.from_view(subject.file).and_then(|view| view.alias.as_ref()) else {
            continue;
        };
        let name = &alias.text;
        if matches!(name.to_ascii_lowercase().as_str(), "scratch" | "context") {
            out.push(
                alias.span.clone(),
                message!("{name} is a reserved name", "{name} 是保留名称"),
            );
        }
    }
}
