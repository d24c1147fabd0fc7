//! Tell yum to answer its questions with yes.

use crate::packages::Manager;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-yum-yes",
    aliases: &["DL3030"],
    level: Level::Warning,
    page: Page {
        title: Text { en: "Tell yum to answer its questions with yes", zh: "让 yum 自动确认" },
        why: Text {
            en: "A build has nobody to answer, so yum gives up at its question.",
            zh: "构建过程中无人应答，yum 在询问时会直接中止。",
        },
        bad: r"FROM amazonlinux:2
RUN yum install httpd-2.4 && yum clean all",
        good: r"FROM amazonlinux:2
RUN yum install -y httpd-2.4 && yum clean all",
        files: &[],
    },
    check,
};

static MANAGER: Manager = Manager {
    programs: &["yum"],
    installs: &["install", "groupinstall", "localinstall"],
    valued: &["-c", "-x", "--exclude"],
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    crate::rpm::report_missing_yes(subject, out, &MANAGER);
}
