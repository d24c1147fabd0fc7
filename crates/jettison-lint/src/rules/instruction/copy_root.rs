//! Do not copy a whole root file system.

use crate::image_name::ImageName;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-copy-root",
    aliases: &["DL3067"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Do not copy a whole root file system", zh: "不要复制整个根文件系统"
        },
        why: Text {
            en: "`COPY --from=build / /` brings along compilers, caches and package lists; nothing is gained by the stage then.",
            zh: "`COPY --from=build / /` 会把编译器、缓存和软件包列表一并带来，多阶段构建就失去了意义。",
        },
        bad: r"FROM debian:12 AS build
FROM scratch AS app
COPY --from=build / /",
        good: r"FROM debian:12 AS build
FROM scratch AS app
COPY --from=build /app /app",
        files: &[],
    },
    check,
};

/// Images of a few programs at their places and nothing else, whose pages say to copy `/` to `/`.
const MADE_FOR_IT: &[&str] = &["tonistiigi/xx", "gloursdocker/docker"];

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Copy) {
        let Arguments::Transfer(transfer) = &item.instruction.arguments else { continue };
        let Some(flag) = item.instruction.flag("from") else { continue };
        let name = flag.value().unwrap_or_default().to_ascii_lowercase();
        let root = transfer.paths().find(|path| matches!(path.text.as_str(), "/" | "/." | "/*"));
        let to_root = transfer.destination.as_ref().is_some_and(|word| word.text == "/");
        let image = subject.stages.iter().find(|stage| stage.name.as_deref() == Some(&name));
        let image = image.map_or(name.as_str(), |stage| stage.image.as_str());
        let is_meant = MADE_FOR_IT.contains(&ImageName::parse(image).repository.as_str());
        // A stage from scratch holds only what was put there on purpose; so do images that are made to be copied whole.
        let from_scratch = subject.stages.iter().any(|stage| {
            stage.name.as_deref() == Some(&name)
                && subject.bases[stage.index].system == crate::base::System::Scratch
        });
        if let (Some(root), true, false) = (root, to_root, from_scratch || is_meant) {
            out.push(
                root.span.clone(),
                message!("everything in {name} is copied", "复制了 {name} 中的全部内容"),
            );
        }
    }
}
