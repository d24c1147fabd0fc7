//! Say which version of an Alpine package to install.

use crate::packages::{APK, installs, is_file, report_unpinned};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-apk-unpinned",
    aliases: &["DL3018"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Say which version of an Alpine package to install",
            zh: "安装 Alpine 软件包时指定版本",
        },
        why: Text {
            en: "Without a version a rebuild installs whatever the mirror has that day. `curl~8` accepts fixes of the same version.",
            zh: "不指定版本时，每次重新构建都会安装镜像站当天的版本。`curl~8` 可以接受同一版本的修正。",
        },
        bad: r"FROM alpine:3.22
RUN apk add --no-cache curl",
        good: r"FROM alpine:3.22
RUN apk add --no-cache curl~8",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for install in installs(subject, &APK) {
        report_unpinned(subject, out, &install, |package| {
            package.contains(['=', '~', '<', '>'])
                || is_file(package, &[".apk"])
                || package.starts_with(['.', '/', '!'])
        });
    }
}
