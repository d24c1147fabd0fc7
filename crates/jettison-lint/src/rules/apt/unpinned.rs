//! Say which version of a Debian package to install.

use crate::packages::{APT_GET, installs, is_file, report_unpinned};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-apt-unpinned",
    aliases: &["DL3008"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Say which version of a Debian package to install",
            zh: "安装 Debian 软件包时指定版本",
        },
        why: Text {
            en: "Without a version a rebuild installs whatever the mirror has that day. A bound such as `curl=8.*` keeps security updates and leaves out surprises.",
            zh: "不指定版本时，每次重新构建都会安装镜像站当天的版本。用 `curl=8.*` 这样的范围既能得到安全更新，又能避免意外。",
        },
        bad: r"FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*",
        good: r"FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends curl=7.* && rm -rf /var/lib/apt/lists/*",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for install in installs(subject, &APT_GET) {
        report_unpinned(subject, out, &install, |package| {
            package.contains(['=', '/']) || is_file(package, &[".deb"])
        });
    }
}
