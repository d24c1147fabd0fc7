//! Say which version of a package dnf installs.

use crate::packages::{DNF, installs, report_unpinned};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-dnf-unpinned",
    aliases: &["DL3041"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Say which version of a package dnf installs",
            zh: "使用 dnf 安装时指定版本",
        },
        why: Text {
            en: "Without a version a rebuild installs whatever the mirror has that day.",
            zh: "不指定版本时，每次重新构建都会安装镜像站当天的版本。",
        },
        bad: r"FROM fedora:44
RUN dnf install -y httpd && dnf clean all",
        good: r"FROM fedora:44
RUN dnf install -y httpd-2.4.63 && dnf clean all",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for install in installs(subject, &DNF) {
        report_unpinned(subject, out, &install, crate::rpm::is_pinned_rpm);
    }
}
