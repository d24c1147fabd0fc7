//! Do not build on `latest`.

use crate::prelude::*;
use jettison_dockerfile::StageBase;

pub(crate) static RULE: Rule = Rule {
    id: "JT-from-latest",
    aliases: &["DL3007"],
    level: Level::Warning,
    page: Page {
        title: Text { en: "Do not build on `latest`", zh: "不要基于 `latest` 构建" },
        why: Text {
            en: "`latest` moves. What it names when the image is built is recorded nowhere, and a new major version arrives without a change to the file.",
            zh: "`latest` 会变化。构建时它指向什么并没有记录，文件不变也可能换成新的大版本。",
        },
        bad: "FROM alpine:latest",
        good: "FROM alpine:3.22",
        files: &[],
    },
    check,
};

use crate::image_name::ImageName;

fn check(subject: &Subject<'_>, out: &mut Report) {
    for stage in subject.stages.iter().filter(|stage| stage.base == StageBase::Image) {
        let Some(view) = stage.from_view(subject.file) else { continue };
        let name = ImageName::parse(&view.image.text);
        if name.tag.as_deref() == Some("latest") && name.digest.is_none() {
            let image = &view.image.text;
            out.push(
                view.image.span.clone(),
                message!(
                    "{image} names another image from day to day",
                    "{image} 指向的镜像随时会变"
                ),
            );
        }
    }
}
