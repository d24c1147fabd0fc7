//! Do not upgrade the base's packages.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-apk-upgrade",
    aliases: &["DL3017"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Do not upgrade the base's packages", zh: "不要升级基础镜像中的软件包"
        },
        why: Text {
            en: "An upgrade copies each changed package into a new layer and makes the image depend on the day it was built.",
            zh: "升级会把每个变化的软件包复制到新层中，并使镜像取决于构建日期。",
        },
        bad: r"FROM alpine:3.22
RUN apk upgrade --no-cache",
        good: "FROM alpine:3.22.1",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for (run, command) in subject.commands() {
        if command.is("apk", "upgrade") && command.operands().count() == 1 {
            out.push(
                run.command_span(command),
                message!(
                    "this changes the base; take a newer base instead",
                    "这会改变基础镜像，应改用更新的基础镜像"
                ),
            );
        }
    }
}
