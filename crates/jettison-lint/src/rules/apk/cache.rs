//! Add packages with --no-cache.

use crate::packages::{APK, after_subcommand, installs};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-apk-cache",
    aliases: &["DL3019"],
    level: Level::Info,
    page: Page {
        title: Text { en: "Add packages with --no-cache", zh: "使用 --no-cache 安装软件包" },
        why: Text {
            en: "Without it apk keeps the package index in the layer (2 MB), and `apk update` becomes an extra step whose result grows stale in the build cache.",
            zh: "否则 apk 会把软件包索引留在镜像层中（约 2 MB），而且 `apk update` 的结果会在构建缓存中过期。",
        },
        bad: r"FROM alpine:3.22
RUN apk add curl~8",
        good: r"FROM alpine:3.22
RUN apk add --no-cache curl~8",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for install in installs(subject, &APK) {
        let run = install.run;
        let is_covered = install.command.has_option("no-cache")
            || ["/var/cache/apk", "/etc/apk/cache"].iter().any(|path| run.mounts(path));
        if !is_covered {
            out.push(
                run.command_span(install.command),
                message!("the package index stays in this layer", "软件包索引留在了这一层"),
            )
            .fix(
                message!("Add --no-cache", "加上 --no-cache"),
                after_subcommand(&install, "--no-cache"),
            );
        }
    }
}
