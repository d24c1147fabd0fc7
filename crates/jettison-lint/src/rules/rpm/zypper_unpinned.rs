//! Say which version of a package zypper installs.

use crate::packages::{ZYPPER, installs, is_file, report_unpinned};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-zypper-unpinned",
    aliases: &["DL3037"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Say which version of a package zypper installs",
            zh: "使用 zypper 安装时指定版本",
        },
        why: Text {
            en: "Without a version a rebuild installs whatever the mirror has that day.",
            zh: "不指定版本时，每次重新构建都会安装镜像站当天的版本。",
        },
        bad: r"FROM opensuse/leap:15.6
RUN zypper install -y httpd && zypper clean",
        good: r"FROM opensuse/leap:15.6
RUN zypper install -y httpd=2.4.1 && zypper clean",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for install in installs(subject, &ZYPPER) {
        report_unpinned(subject, out, &install, |package| {
            package.contains(['=', '>', '<']) || is_file(package, &[".rpm"])
        });
    }
}
