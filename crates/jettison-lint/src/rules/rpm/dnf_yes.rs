//! Tell dnf to answer its questions with yes.

use crate::packages::Manager;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-dnf-yes",
    aliases: &["DL3038"],
    level: Level::Warning,
    page: Page {
        title: Text { en: "Tell dnf to answer its questions with yes", zh: "让 dnf 自动确认" },
        why: Text {
            en: "A build has nobody to answer, so dnf gives up at its question.",
            zh: "构建过程中无人应答，dnf 在询问时会直接中止。",
        },
        bad: r"FROM fedora:44
RUN dnf install httpd-2.4 && dnf clean all",
        good: r"FROM fedora:44
RUN dnf install -y httpd-2.4 && dnf clean all",
        files: &[],
    },
    check,
};

static MANAGER: Manager = Manager {
    programs: &["dnf", "microdnf"],
    installs: &["install", "groupinstall", "localinstall"],
    valued: &["-c", "-x", "--exclude", "--setopt"],
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    crate::rpm::report_missing_yes(subject, out, &MANAGER);
}
