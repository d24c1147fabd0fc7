//! Do not upgrade the base's packages.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-rpm-upgrade",
    aliases: &["DL3031", "DL3035", "DL3039"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Do not upgrade the base's packages", zh: "不要升级基础镜像中的软件包"
        },
        why: Text {
            en: "An upgrade copies each changed package into a new layer and makes the image depend on the day it was built. A newer base brings the same updates.",
            zh: "升级会把每个变化的软件包复制到新层中，并使镜像取决于构建日期。换用更新的基础镜像即可得到同样的更新。",
        },
        bad: r"FROM amazonlinux:2
RUN yum update -y && yum clean all",
        good: "FROM amazonlinux:2.0.20260101.0",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for (run, command) in subject.commands() {
        let subcommands: &[&str] = match command.name() {
            "yum" | "dnf" | "microdnf" | "tdnf" => &["update", "upgrade", "distro-sync"],
            "zypper" => &["dist-upgrade", "dup", "update", "up"],
            _ => continue,
        };
        let subcommand = command.subcommand();
        // With operands after it the command concerns named packages.
        if subcommands.contains(&subcommand) && command.operands().count() == 1 {
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
