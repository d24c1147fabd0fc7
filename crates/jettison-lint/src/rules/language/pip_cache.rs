//! Install Python packages without pip's cache.

use crate::prelude::*;
use crate::python::pip_installs;

pub(crate) static RULE: Rule = Rule {
    id: "JT-pip-cache",
    aliases: &["DL3042"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Install Python packages without pip's cache",
            zh: "安装 Python 软件包时不保留 pip 缓存",
        },
        why: Text {
            en: "pip keeps every wheel that it downloaded; in an image nothing will ever ask for them again.",
            zh: "pip 会保留下载的每个 wheel 包，而镜像里再也不会用到它们。",
        },
        bad: r"FROM python:3.13
RUN pip install flask==3.1.*",
        good: r"FROM python:3.13
RUN pip install --no-cache-dir flask==3.1.*",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for install in pip_installs(subject) {
        let run = install.run;
        let option = install.command.arguments().iter().any(|word| {
            word.text == "--no-cache-dir"
                || word.text.starts_with("--no-cache-dir=")
                || word.text == "--no-cache"
                || word.text.starts_with("--cache-dir")
        });
        let is_mounted = ["/root/.cache/pip", "/root/.cache"].iter().any(|path| run.mounts(path))
            || mounts_pip_cache(run);
        if option || is_mounted || is_disabled(subject, &install) {
            continue;
        }
        let end = run.word_span(install.subcommand).end;
        out.push(
            run.command_span(install.command),
            message!("pip's cache stays in this layer", "pip 的缓存留在了这一层"),
        )
        .fix(
            message!("Add --no-cache-dir", "加上 --no-cache-dir"),
            vec![Edit::insert(end, " --no-cache-dir")],
        );
    }
}

fn mounts_pip_cache(run: &Run<'_>) -> bool {
    run.item.instruction.flags.iter().any(|flag| {
        flag.name() == "mount"
            && flag.value().is_some_and(|value| {
                value.contains("type=cache") && (value.contains("pip") || value.contains(".cache"))
            })
    })
}

/// `PIP_NO_CACHE_DIR` in the environment, or before the command.
fn is_disabled(subject: &Subject<'_>, install: &crate::python::PipInstall<'_>) -> bool {
    let is_on = |value: &str| !value.is_empty();
    let scope = subject.scope(install.run.item.position);
    if let Some(variable) = scope.get("PIP_NO_CACHE_DIR") {
        return variable.value.as_deref().is_none_or(is_on);
    }
    let is_assigned = |word: &Word| word.text.strip_prefix("PIP_NO_CACHE_DIR=").is_some_and(is_on);
    install
        .run
        .script
        .commands
        .iter()
        .any(|command| command.assignments.iter().chain(&command.words).any(is_assigned))
}
