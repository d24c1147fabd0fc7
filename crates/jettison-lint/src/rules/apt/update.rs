//! Fetch the package lists in the RUN that installs.

use crate::base::System;
use crate::packages::{APT, installs, is_file};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-apt-update",
    aliases: &[],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Fetch the package lists in the RUN that installs",
            zh: "在安装软件包的同一条 RUN 中更新列表",
        },
        why: Text {
            en: "An `apt-get update` in a RUN of its own comes from the cache for months: whoever adds a package then asks for versions that the mirrors no longer have. Without any update there are no lists at all, since Debian's and Ubuntu's images hold none.",
            zh: "单独一条 RUN 中的 `apt-get update` 会在缓存中停留数月：之后再添加软件包时，请求的是镜像站已经没有的版本。完全不更新则根本没有列表，因为 Debian 和 Ubuntu 的镜像中不含列表。",
        },
        bad: r"FROM debian:12
RUN apt-get update
RUN apt-get install -y --no-install-recommends curl=7.*",
        good: r"FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends curl=7.* && rm -rf /var/lib/apt/lists/*",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let mut told = None;
    for found in installs(subject, &APT) {
        let (run, command) = (found.run, found.command);
        // One update serves all commands of a RUN.
        if told == Some(run.item.position) {
            continue;
        }
        let before = run.script.commands.iter().filter(|one| one.range.start < command.range.start);
        let has_lists = before.into_iter().any(may_update)
            || command.has_option("update")
            || run.mounts("/var/lib/apt")
            || run.is_exec
            || command.in_subshell
            || command.depth > 0;
        let only_files =
            found.packages.iter().all(|word| word.text.contains('/') || word.is_dynamic);
        if has_lists || only_files {
            continue;
        }
        let lineage = run.item.stage.map(|stage| subject.lineage(stage)).unwrap_or_default();
        let earlier = subject.posix_runs().filter(|one| {
            one.item.position < run.item.position
                && one.item.stage.is_some_and(|stage| lineage.contains(&stage))
        });
        let earlier: Vec<&Command> = earlier.flat_map(|one| &one.script.commands).collect();
        let last = earlier.iter().rposition(|one| may_update(one));
        let are_gone = last.is_some_and(|at| earlier[at..].iter().any(|one| deletes_lists(one)));
        let updates: Vec<&Command> = earlier.into_iter().filter(|one| may_update(one)).collect();
        let is_plain = |one: &&Command| one.is("apt-get", "update") || one.is("apt", "update");
        let is_bare = run.item.stage.is_some_and(|stage| {
            let base = &subject.bases[stage];
            base.system == System::Debian && base.name.is_official()
        });
        let message = if updates.is_empty() && is_bare {
            message!(
                "no package lists were fetched, so that nothing can be installed",
                "没有获取软件包列表，什么也装不上"
            )
        } else if are_gone && updates.last().is_some_and(is_plain) {
            message!(
                "an earlier layer deleted the package lists, so that nothing can be installed",
                "前面的层已删除软件包列表，什么也装不上"
            )
        } else if !updates.is_empty() && updates.iter().all(is_plain) {
            message!(
                "the package lists come from an earlier layer, as old as the cache keeps it",
                "软件包列表来自前面的层，缓存多久就有多旧"
            )
        } else {
            // What a script does, or an unknown base holds, is not known.
            continue;
        };
        told = Some(run.item.position);
        let start = command.wrappers.first().map_or(command.range.start, |word| word.range.start);
        let at = run.span(&(start..start)).start;
        let prefix =
            if command.wrappers.iter().any(|word| word.text == "sudo") { "sudo " } else { "" };
        let program = command.words.first().map_or("apt-get", |word| word.text.as_str());
        out.push(run.word_span(found.subcommand), message).suggest(
            message!("Update the lists here", "在此处更新列表"),
            vec![Edit::insert(at, format!("{prefix}{program} update && "))],
        );
    }
}

/// Whether the command deletes all lists.
fn deletes_lists(command: &Command) -> bool {
    let all = ["/var/lib/apt/lists", "/var/lib/apt/lists/", "/var/lib/apt/lists/*"];
    command.is("apt-get", "dist-clean")
        || command.name() == "rm"
            && command.operands().any(|word| all.contains(&word.text.as_str()))
}

/// Whether the command fetches lists, or may: scripts of package vendors do.
fn may_update(command: &Command) -> bool {
    let name = command.name();
    let is_apt = matches!(name, "apt-get" | "apt" | "aptitude");
    is_apt && (command.subcommand() == "update" || command.has_option("update"))
        || matches!(
            name,
            "sh" | "bash" | "." | "source" | "add-apt-repository" | "eval" | "install_packages"
        )
        || is_file(name, &[".sh"])
        || command.words.first().is_some_and(|word| word.is_dynamic || word.text.contains('/'))
}
