//! Do not upgrade the base's packages.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-apt-upgrade",
    aliases: &["DL3005"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Do not upgrade the base's packages", zh: "不要升级基础镜像中的软件包"
        },
        why: Text {
            en: "An upgrade copies each changed package into a new layer and makes the image depend on the day it was built. A newer base brings the same updates once for all images on it.",
            zh: "升级会把每个变化的软件包复制到新层中，并使镜像取决于构建日期。换用更新的基础镜像，即可让所有镜像得到同样的更新。",
        },
        bad: r"FROM debian:12
RUN apt-get update && apt-get upgrade -y && rm -rf /var/lib/apt/lists/*",
        good: "FROM debian:12.11",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for (run, command) in subject.commands() {
        let is_apt = matches!(command.name(), "apt-get" | "apt" | "aptitude");
        let subcommand = command.subcommand();
        let is_upgrade =
            matches!(subcommand, "upgrade" | "dist-upgrade" | "full-upgrade" | "safe-upgrade");
        // `apt-get upgrade curl` concerns named packages.
        if is_apt && is_upgrade && command.operands().count() == 1 {
            out.push(
                run.command_span(command),
                message!(
                    "{subcommand} changes the base; take a newer base instead",
                    "{subcommand} 会改变基础镜像，应改用更新的基础镜像"
                ),
            );
        }
    }
}
