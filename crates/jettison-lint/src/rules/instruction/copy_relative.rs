//! Set WORKDIR before copying to a relative path.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-copy-relative",
    aliases: &["DL3045"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Set WORKDIR before copying to a relative path",
            zh: "复制到相对路径前先设置 WORKDIR",
        },
        why: Text {
            en: "Without a WORKDIR in the file the destination depends on the base image.",
            zh: "文件中没有 WORKDIR 时，目标位置取决于基础镜像。",
        },
        bad: r"FROM debian:12
COPY app app",
        good: r"FROM debian:12
WORKDIR /srv
COPY app app",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Copy) {
        let Arguments::Transfer(transfer) = &item.instruction.arguments else { continue };
        let Some(destination) = &transfer.destination else { continue };
        let path = destination.text.trim_matches(['"', '\'']);
        let is_absolute = path.starts_with(['/', '$', '%', '\\'])
            || path.as_bytes().get(1) == Some(&b':')
            || path.is_empty();
        if is_absolute || subject.base_has_workdir(item) || has_workdir(subject, item) {
            continue;
        }
        out.push(
            destination.span.clone(),
            message!("where {path} is depends on the base image", "{path} 的位置取决于基础镜像"),
        );
    }
}

fn has_workdir(subject: &Subject<'_>, item: &Item<'_>) -> bool {
    let Some(stage) = item.stage else { return true };
    let lineage = subject.lineage(stage);
    subject.with(Keyword::Workdir).any(|one| {
        one.position < item.position && one.stage.is_some_and(|stage| lineage.contains(&stage))
    })
}
