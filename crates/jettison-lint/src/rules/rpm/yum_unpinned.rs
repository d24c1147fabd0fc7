//! Say which version of a package yum installs.

use crate::packages::{YUM, installs, report_unpinned};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-yum-unpinned",
    aliases: &["DL3033"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Say which version of a package yum installs",
            zh: "使用 yum 安装时指定版本",
        },
        why: Text {
            en: "Without a version a rebuild installs whatever the mirror has that day.",
            zh: "不指定版本时，每次重新构建都会安装镜像站当天的版本。",
        },
        bad: r"FROM amazonlinux:2
RUN yum install -y httpd && yum clean all",
        good: r"FROM amazonlinux:2
RUN yum install -y httpd-2.4.6 && yum clean all",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for install in installs(subject, &YUM) {
        report_unpinned(subject, out, &install, crate::rpm::is_pinned_rpm);
    }
}
