//! Clean zypper's cache in the layer that filled it.

use crate::packages::ZYPPER;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-zypper-clean",
    aliases: &["DL3036"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Clean zypper's cache in the layer that filled it",
            zh: "在同一层中清理 zypper 缓存",
        },
        why: Text {
            en: "Package lists and downloaded packages stay in the layer; a later instruction cannot take them out again.",
            zh: "软件包列表和下载的软件包会留在镜像层中，之后的指令无法再去掉。",
        },
        bad: r"FROM opensuse/leap:15.6
RUN zypper install -y httpd=2.4.1",
        good: r"FROM opensuse/leap:15.6
RUN zypper install -y httpd=2.4.1 && zypper clean",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    crate::rpm::report_missing_clean(
        subject,
        out,
        &ZYPPER,
        &crate::rpm::Cache {
            cleaned_by: "zypper clean",
            directories: &["/var/cache/zypp", "/var/cache"],
        },
    );
}
