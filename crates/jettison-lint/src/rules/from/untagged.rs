//! Say which version of an image is meant.

use crate::prelude::*;
use jettison_dockerfile::StageBase;

pub(crate) static RULE: Rule = Rule {
    id: "JT-from-untagged",
    aliases: &["DL3006"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Say which version of an image is meant", zh: "写明所用镜像的版本"
        },
        why: Text {
            en: "Without a tag the image is whatever `latest` names today, so that the same file builds something else tomorrow.",
            zh: "不写标签时使用的是今天的 `latest`，同一个文件明天就可能构建出不同的结果。",
        },
        bad: "FROM debian",
        good: "FROM debian:12",
        files: &[],
    },
    check,
};

use crate::image_name::ImageName;

fn check(subject: &Subject<'_>, out: &mut Report) {
    for stage in subject.stages.iter().filter(|stage| stage.base == StageBase::Image) {
        let Some(view) = stage.from_view(subject.file) else { continue };
        let resolved = subject.resolve(stage.from, &view.image.text);
        let name = match &resolved {
            Some(name) if !view.image.text.starts_with('$') => ImageName::parse(name),
            _ => ImageName::parse(&view.image.text),
        };
        if name.repository.is_empty() || view.image.text.starts_with('$') {
            continue;
        }
        if name.tag.is_none() && name.digest.is_none() {
            let image = &view.image.text;
            out.push(
                view.image.span.clone(),
                message!(
                    "{image} has no tag, so the version changes unnoticed",
                    "{image} 没有标签，版本会在不知不觉中改变"
                ),
            );
        }
    }
}
