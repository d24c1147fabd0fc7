//! Clean dnf's cache in the layer that filled it.

use crate::packages::DNF;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-dnf-clean",
    aliases: &["DL3040"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Clean dnf's cache in the layer that filled it",
            zh: "在同一层中清理 dnf 缓存",
        },
        why: Text {
            en: "Package lists and downloaded packages stay in the layer; a later instruction cannot take them out again.",
            zh: "软件包列表和下载的软件包会留在镜像层中，之后的指令无法再去掉。",
        },
        bad: r"FROM fedora:44
RUN dnf install -y httpd-2.4.63",
        good: r"FROM fedora:44
RUN dnf install -y httpd-2.4.63 && dnf clean all",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    crate::rpm::report_missing_clean(
        subject,
        out,
        &DNF,
        &crate::rpm::Cache {
            cleaned_by: "dnf clean all",
            directories: &["/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum", "/var/cache"],
        },
    );
}
