//! Say which version of a Python package to install.

use crate::prelude::*;
use crate::python::{pip_installs, report_loose};

pub(crate) static RULE: Rule = Rule {
    id: "JT-pip-unpinned",
    aliases: &["DL3013"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Say which version of a Python package to install",
            zh: "安装 Python 软件包时指定版本",
        },
        why: Text {
            en: "Without a version a rebuild installs the newest release, which may not work with the rest.",
            zh: "不指定版本时，重新构建会安装最新版，可能与其他部分不兼容。",
        },
        bad: r"FROM python:3.13
RUN pip install --no-cache-dir flask",
        good: r"FROM python:3.13
RUN pip install --no-cache-dir flask==3.1.*",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for install in pip_installs(subject) {
        report_loose(subject, out, &install);
    }
}
