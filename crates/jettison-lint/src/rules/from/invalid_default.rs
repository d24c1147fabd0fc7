//! ARG defaults should make FROM a valid image.

use crate::prelude::*;
use jettison_dockerfile::{Lexer, StageBase};

pub(crate) static RULE: Rule = Rule {
    id: "JT-from-invalid-default",
    aliases: &["InvalidDefaultArgInFrom"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "ARG defaults should make FROM a valid image",
            zh: "ARG 的默认值应使 FROM 得到有效的镜像名",
        },
        why: Text {
            en: "Without a usable default the file only builds for those who know which `--build-arg` to pass.",
            zh: "没有可用的默认值时，只有知道该传哪个 `--build-arg` 的人才能构建。",
        },
        bad: r"ARG VERSION
FROM debian:$VERSION",
        good: r"ARG VERSION=12
FROM debian:$VERSION",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for stage in subject.stages.iter().filter(|stage| stage.base != StageBase::Scratch) {
        let Some(view) = stage.from_view(subject.file) else { continue };
        let scope = subject.scope(stage.from);
        let lexer = Lexer::new(subject.file.escape);
        let Ok(expanded) = lexer.expand(&view.image.text, &|name| scope.value(name)) else {
            continue;
        };
        // A stage is named with its own letters, whatever BuildKit makes of a capital in it.
        if matches!(stage.base, StageBase::Stage(_)) || is_valid(&expanded.text) {
            continue;
        }
        let image = &view.image.text;
        out.push(
            view.image.span.clone(),
            message!(
                "with the defaults {image} is no valid image name",
                "使用默认值时 {image} 不是有效的镜像名"
            ),
        );
    }
}

/// Whether `name` is an image name (distribution reference grammar).
fn is_valid(name: &str) -> bool {
    let (name, digest) = name.split_once('@').map_or((name, None), |(n, d)| (n, Some(d)));
    let parsed = crate::image_name::ImageName::parse(name);
    let is_path = parsed.repository.split('/').all(is_component);
    let is_tag = parsed.tag.as_deref().is_none_or(|tag| {
        tag.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && tag.len() <= 128
            && tag.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
    });
    let is_digest = digest.is_none_or(|digest| digest.contains(':'));
    is_path && is_tag && is_digest
}

fn is_component(part: &str) -> bool {
    let is_edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.starts_with(is_edge)
        && part.ends_with(is_edge)
        && part.chars().all(|c| is_edge(c) || matches!(c, '.' | '_' | '-'))
}
