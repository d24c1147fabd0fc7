//! Do not build on a release that gets no more fixes.

use crate::end_of_life::{ended, iso_date};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-end-of-life",
    aliases: &[],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Do not build on a release that gets no more fixes",
            zh: "不要使用已停止维护的版本",
        },
        why: Text {
            en: "Holes found after the end of support stay open. Its package mirrors are often moved, so that the file stops building, too.",
            zh: "停止支持之后发现的漏洞不会再修复；软件源也常被迁移，导致无法构建。",
        },
        bad: "FROM debian:9",
        good: "FROM debian:13",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let Some(today) = subject.settings.today else { return };
    for stage in &subject.stages {
        let Some(view) = stage.from_view(subject.file) else { continue };
        let Some(name) = subject.resolve(stage.from, &view.image.text) else { continue };
        let name = crate::image_name::ImageName::parse(&name);
        let Some((release, day)) = ended(&name, today) else { continue };
        let date = iso_date(day);
        out.push(
            view.image.span.clone(),
            message!("{release} has had no fixes since {date}", "{release} 自 {date} 起不再维护"),
        );
    }
}
