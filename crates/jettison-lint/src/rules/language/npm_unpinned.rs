//! Say which version of an npm package to install.

use crate::packages::{Manager, installs, is_file, report_unpinned};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-npm-unpinned",
    aliases: &["DL3016"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Say which version of an npm package to install",
            zh: "安装 npm 软件包时指定版本",
        },
        why: Text {
            en: "Without a version a rebuild installs the newest release, which may not work with the rest.",
            zh: "不指定版本时，重新构建会安装最新版，可能与其他部分不兼容。",
        },
        bad: r"FROM node:22
RUN npm install -g pnpm",
        good: r"FROM node:22
RUN npm install -g pnpm@10",
        files: &[],
    },
    check,
};

static NPM: Manager = Manager {
    programs: &["npm"],
    installs: &["install", "i", "add"],
    valued: &["--prefix", "-C", "--registry", "--loglevel", "--cache", "-w", "--workspace"],
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for install in installs(subject, &NPM) {
        report_unpinned(subject, out, &install, is_pinned);
    }
}

fn is_pinned(package: &str) -> bool {
    let is_git = ["git:", "git+", "github:", "gitlab:", "bitbucket:", "gist:", "http:", "https:"]
        .iter()
        .any(|prefix| package.starts_with(prefix));
    if is_git {
        return package.contains('#') || package.starts_with("http") || is_file(package, &[".tgz"]);
    }
    let is_file = package.starts_with(['.', '/', '~'])
        || package.starts_with("file:")
        || [".tgz", ".tar", ".tar.gz"].iter().any(|suffix| package.ends_with(suffix));
    let bare = package.strip_prefix('@').unwrap_or(package);
    is_file || bare.contains('@')
}
