//! Do not build on a release that gets no more fixes.

use crate::{
    end_of_life::{ended, ended_inside, iso_date, longest_living},
    finding::Message,
    prelude::*,
};
use jettison_dockerfile::StageBase;

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
        let base = &subject.bases[stage.index];
        let facts = base.facts.as_deref().filter(|_| matches!(stage.base, StageBase::Image));
        let inside = || facts.and_then(|facts| ended_inside(facts, today));
        let (found, looked_up) = match ended(&name, today) {
            Some(found) => (Some(found), crate::base::Base::unknown().looked_up()),
            None => (inside(), base.looked_up()),
        };
        let Some((release, day)) = found else { continue };
        let (date, en, zh) = (iso_date(day), &looked_up.en, &looked_up.zh);
        let (next_en, next_zh) =
            next(release, today).map_or_else(Default::default, |one| (one.en, one.zh));
        let release_zh = release.replace("the image ", "镜像 ");
        out.push(
            view.image.span.clone(),
            message!(
                "{release} has had no fixes since {date}{en}{next_en}",
                "{release_zh} 自 {date} 起不再维护{zh}{next_zh}"
            ),
        );
    }
}

/// What to start from instead of `release`, to stand behind the message.
fn next(release: &str, today: i64) -> Option<Message> {
    if release.ends_with("openjdk") || release.ends_with("java") {
        return Some(message!(
            "; eclipse-temurin holds the same JDKs",
            "；eclipse-temurin 提供同样的 JDK"
        ));
    }
    let (name, end) = longest_living(release, today)?;
    let end = iso_date(end);
    Some(message!("; {name} gets them until {end}", "；{name} 维护到 {end}"))
}
