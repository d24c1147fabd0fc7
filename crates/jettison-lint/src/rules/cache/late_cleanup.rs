//! Clean up in the layer that made the mess.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-late-cleanup",
    aliases: &[],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Clean up in the layer that made the mess",
            zh: "在产生垃圾的同一层中清理",
        },
        why: Text {
            en: "What an earlier layer holds stays in the image, however thoroughly a later one deletes it.",
            zh: "前面的层里有的内容会一直留在镜像中，之后的层删得再干净也没有用。",
        },
        bad: r"FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends curl=7.*
RUN rm -rf /var/lib/apt/lists/*",
        good: r"FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends curl=7.* && rm -rf /var/lib/apt/lists/*",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let shipped = subject.shipped();
    for run in subject.posix_runs() {
        if !run.item.stage.is_some_and(|stage| shipped.contains(&stage)) {
            continue;
        }
        let commands = &run.script.commands;
        let all_clean = !commands.is_empty()
            && commands.iter().all(|one| is_cleanup(one) || one.name() == "set");
        let is_first = commands.iter().find(|one| is_cleanup(one));
        if let (true, Some(command)) = (all_clean, is_first) {
            let finding = out.push(
                run.command_span(command),
                message!(
                    "this frees nothing: an earlier layer keeps what is deleted here",
                    "这不会释放空间：前面的层仍保留着这里删除的内容"
                ),
            );
            // Programs may go for safety's sake.
            if commands.iter().all(removes_packages) {
                finding.lower_to(Level::Info);
            }
        }
    }
}

fn removes_packages(command: &Command) -> bool {
    matches!(command.subcommand(), "remove" | "purge" | "erase" | "del")
        && command.operands().count() > 1
}

fn is_cleanup(command: &Command) -> bool {
    match command.name() {
        "apt-get" | "apt" => matches!(
            command.subcommand(),
            "clean" | "autoclean" | "autoremove" | "remove" | "purge"
        ),
        "apk" => command.subcommand() == "del",
        "yum" | "dnf" | "microdnf" | "zypper" => {
            matches!(command.subcommand(), "clean" | "autoremove" | "remove" | "erase")
        }
        "npm" => command.has("cache") && command.has("clean"),
        "rm" => {
            let paths: Vec<_> = command.operands().collect();
            !paths.is_empty()
                && paths.iter().all(|word| {
                    ["/var/lib/apt/lists", "/var/cache", "/tmp", "/var/tmp", "/root/.cache"]
                        .iter()
                        .any(|directory| word.text.starts_with(directory))
                })
        }
        _ => false,
    }
}
