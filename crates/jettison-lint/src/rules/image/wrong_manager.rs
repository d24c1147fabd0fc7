//! Use the package manager that the base has.

use crate::{
    base::{MANAGERS, System},
    prelude::*,
};

pub(crate) static RULE: Rule = Rule {
    id: "JT-wrong-manager",
    aliases: &[],
    level: Level::Error,
    page: Page {
        title: Text {
            en: "Use the package manager that the base has",
            zh: "使用基础镜像自带的软件包管理器",
        },
        why: Text {
            en: "Alpine has apk, Debian and Ubuntu have apt-get, Fedora and its relatives dnf. Another one's command does not exist there and the build stops.",
            zh: "Alpine 使用 apk，Debian 和 Ubuntu 使用 apt-get，Fedora 系使用 dnf。用错命令会因找不到程序而构建失败。",
        },
        bad: r"FROM alpine:3.22
RUN apt-get -y install curl && rm -rf /var/lib/apt/lists/*",
        good: r"FROM alpine:3.22
RUN apk add --no-cache curl~8",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for run in subject.posix_runs() {
        let Some(base) = run.item.stage.and_then(|stage| subject.bases.get(stage)) else {
            continue;
        };
        let Some(has) = base.managers() else { continue };
        if base.system == System::Scratch && is_filled(subject, run) {
            continue;
        }
        // A RUN that asks what is there works on several bases.
        let asks = run.script.commands.iter().any(|one| {
            matches!(one.name(), "command" | "which" | "type" | "hash")
                || one.wrappers.iter().any(|word| word.text == "command")
                || (one.name() == "["
                    && one.arguments().iter().any(|word| word.text.contains("/bin/")))
        });
        let first = run.script.commands.iter().find(|one| {
            MANAGERS.contains(&one.name())
                && !has.contains(&one.name())
                && !one.subcommand().is_empty()
        });
        let (Some(command), false) = (first, asks || run.is_exec) else { continue };
        if installs_manager(subject, run, command.name()) {
            continue;
        }
        let name = command.name();
        let image = subject.stages.get(run.item.stage.unwrap_or_default()).map_or("", |s| &s.image);
        let looked_up = base.looked_up();
        let (en, zh) = (&looked_up.en, &looked_up.zh);
        let text = match has.first() {
            Some(other) => message!(
                "{image} has no {name}; use {other}{en}",
                "{image} 中没有 {name}，应使用 {other}{zh}"
            ),
            None => message!("{image} has no {name}{en}", "{image} 中没有 {name}{zh}"),
        };
        let finding = out.push(run.command_span(command), text);
        // Another value may be given to the build.
        if image.starts_with('$') {
            finding.lower_to(Level::Warning);
        }
    }
}

/// Whether a whole system may have been put into the empty image before `run`.
fn is_filled(subject: &Subject<'_>, run: &Run<'_>) -> bool {
    let Some(stage) = run.item.stage else { return false };
    let lineage = subject.lineage(stage);
    subject.items.iter().any(|item| {
        let is_before = item.position < run.item.position
            && item.stage.is_some_and(|stage| lineage.contains(&stage));
        let Arguments::Transfer(transfer) = &item.instruction.arguments else { return false };
        let destination = transfer.destination.as_ref().map_or("", |word| word.text.as_str());
        is_before && matches!(destination, "/" | "/." | "." | "./")
    })
}

/// Whether an earlier RUN of the stage installs the package manager itself.
fn installs_manager(subject: &Subject<'_>, run: &Run<'_>, name: &str) -> bool {
    subject.posix_runs().any(|other| {
        other.item.stage == run.item.stage
            && other.item.position <= run.item.position
            && other.script.commands.iter().any(|one| one.name() != name && one.has(name))
    })
}
