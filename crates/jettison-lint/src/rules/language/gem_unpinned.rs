//! Say which version of a gem to install.

use crate::packages::{Manager, installs, is_file, report_unpinned};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-gem-unpinned",
    aliases: &["DL3028"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Say which version of a gem to install", zh: "安装 gem 时指定版本"
        },
        why: Text {
            en: "Without a version a rebuild installs the newest release, which may not work with the rest.",
            zh: "不指定版本时，重新构建会安装最新版，可能与其他部分不兼容。",
        },
        bad: r"FROM ruby:3.4
RUN gem install bundler",
        good: r"FROM ruby:3.4
RUN gem install bundler:2.6.2",
        files: &[],
    },
    check,
};

static GEM: Manager = Manager {
    programs: &["gem"],
    installs: &["install", "i"],
    valued: &[
        "-i",
        "--install-dir",
        "-n",
        "--bindir",
        "-s",
        "--source",
        "-P",
        "--platform",
        "-g",
        "--file",
    ],
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for install in installs(subject, &GEM) {
        let arguments = install.command.arguments();
        let names_version = arguments
            .iter()
            .any(|word| word.text.starts_with("-v") || word.text.starts_with("--version"));
        // What follows `--` is for the extension's build.
        let end = arguments.iter().find(|word| word.text == "--");
        let is_before = |word: &&Word| end.is_none_or(|end| word.range.start < end.range.start);
        let mut install = install;
        install.packages.retain(is_before);
        if !names_version {
            report_unpinned(subject, out, &install, |package| {
                package.contains(':') || is_file(package, &[".gem"])
            });
        }
    }
}
