//! Let `COPY --from` name a stage or an image.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-copy-from-unknown",
    aliases: &["DL3022"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Let `COPY --from` name a stage or an image",
            zh: "`COPY --from` 应指向已有的阶段或镜像",
        },
        why: Text {
            en: "A name that is no earlier stage is taken for an image and fetched from Docker Hub: a slip of the pen ends in somebody else's image.",
            zh: "若名称不是之前的阶段，就会被当作镜像从 Docker Hub 拉取：一个笔误就可能用上别人的镜像。",
        },
        bad: r"FROM debian:12
COPY --from=biuld /app /app",
        good: r"FROM debian:12 AS build
FROM debian:12
COPY --from=build /app /app",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Copy).filter(|item| !item.is_deferred) {
        let Some(flag) = item.instruction.flag("from") else { continue };
        let name = flag.value().unwrap_or_default();
        let stage = item.stage.unwrap_or_default();
        let is_stage = subject.stages.iter().any(|one| {
            one.index < stage.max(1)
                && (one.name.as_deref() == Some(&name.to_ascii_lowercase())
                    || name == one.index.to_string())
        });
        let is_image = name.contains([':', '@', '$']);
        if !is_stage && !is_image && name.parse::<usize>() != Ok(stage) {
            let text = if name.contains('/') {
                message!("no version of the image {name} is given", "没有指定镜像 {name} 的版本")
            } else {
                message!("no earlier stage is called {name}", "之前没有名为 {name} 的阶段")
            };
            out.push(flag.span.clone(), text);
        }
    }
}
