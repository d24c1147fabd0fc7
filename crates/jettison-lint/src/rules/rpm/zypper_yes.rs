//! Tell zypper to answer its questions with yes.

use crate::packages::Manager;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-zypper-yes",
    aliases: &["DL3034"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Tell zypper to answer its questions with yes",
            zh: "让 zypper 自动确认",
        },
        why: Text {
            en: "A build has nobody to answer, so zypper gives up at its question.",
            zh: "构建过程中无人应答，zypper 在询问时会直接中止。",
        },
        bad: r"FROM opensuse/leap:15.6
RUN zypper install httpd=2.4.1 && zypper clean",
        good: r"FROM opensuse/leap:15.6
RUN zypper install -y httpd=2.4.1 && zypper clean",
        files: &[],
    },
    check,
};

static MANAGER: Manager = Manager {
    programs: &["zypper"],
    installs: &["install", "in", "remove", "rm", "source-install", "si", "patch"],
    valued: &["-", "--repo", "-t", "--type", "--from"],
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    crate::rpm::report_missing_yes(subject, out, &MANAGER);
}
