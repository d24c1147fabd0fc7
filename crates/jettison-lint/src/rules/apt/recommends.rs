//! Install without recommended packages.

use crate::packages::{APT_GET, after_subcommand, installs};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-apt-recommends",
    aliases: &["DL3015"],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Install without recommended packages", zh: "不安装推荐的软件包"
        },
        why: Text {
            en: "apt-get also installs what a package merely recommends, often more than the package itself.",
            zh: "apt-get 还会安装仅仅是被推荐的软件包，往往比软件包本身还大。",
        },
        bad: r"FROM debian:12
RUN apt-get update && apt-get install -y curl=7.* && rm -rf /var/lib/apt/lists/*",
        good: r"FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends curl=7.* && rm -rf /var/lib/apt/lists/*",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for install in installs(subject, &APT_GET) {
        let says_no =
            install.command.has_option("no-install-recommends")
                || install.command.arguments().iter().any(|word| {
                    word.text.to_ascii_lowercase().contains("apt::install-recommends=")
                });
        if !says_no {
            out.push(
                install.run.command_span(install.command),
                message!("recommended packages are installed as well", "推荐的软件包也会被安装"),
            )
            .suggest(
                message!("Add --no-install-recommends", "加上 --no-install-recommends"),
                after_subcommand(&install, "--no-install-recommends"),
            );
        }
    }
}
