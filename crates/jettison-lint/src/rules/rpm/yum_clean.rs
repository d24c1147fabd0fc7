//! Clean yum's cache in the layer that filled it.

use crate::packages::YUM;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-yum-clean",
    aliases: &["DL3032"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Clean yum's cache in the layer that filled it",
            zh: "在同一层中清理 yum 缓存",
        },
        why: Text {
            en: "Package lists and downloaded packages stay in the layer; a later instruction cannot take them out again.",
            zh: "软件包列表和下载的软件包会留在镜像层中，之后的指令无法再去掉。",
        },
        bad: r"FROM amazonlinux:2
RUN yum install -y httpd-2.4.6",
        good: r"FROM amazonlinux:2
RUN yum install -y httpd-2.4.6 && yum clean all",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    crate::rpm::report_missing_clean(
        subject,
        out,
        &YUM,
        &crate::rpm::Cache {
            cleaned_by: "yum clean all",
            directories: &["/var/cache/yum", "/var/cache"],
        },
    );
}
