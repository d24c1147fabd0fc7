//! Delete apt's package lists in the layer that fetched them.

use crate::{chain::appended, prelude::*, rpm::is_simple_chain};

pub(crate) static RULE: Rule = Rule {
    id: "JT-apt-lists",
    aliases: &["DL3009"],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Delete apt's package lists in the layer that fetched them",
            zh: "在下载的同一层中删除 apt 软件包列表",
        },
        why: Text {
            en: "The lists are 20 to 50 MB that nothing in the image needs. A later instruction cannot take them out of this layer again.",
            zh: "这些列表有 20 到 50 MB，镜像中没有程序需要它们；之后的指令也无法再从这一层里去掉它们。",
        },
        bad: r"FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends curl=7.*",
        good: r"FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends curl=7.* && rm -rf /var/lib/apt/lists/*",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let shipped = subject.shipped();
    // What a builder stage leaves behind does not reach any image.
    let in_image = |run: &&Run<'_>| run.item.stage.is_some_and(|stage| shipped.contains(&stage));
    for run in subject.posix_runs().filter(in_image) {
        let update = run
            .script
            .commands
            .iter()
            .find(|one| one.is("apt-get", "update") || one.is("apt", "update"));
        let Some(update) = update else { continue };
        let is_mounted = run.mounts("/var/lib/apt/lists")
            || (run.mounts("/var/lib/apt") && run.mounts("/var/cache/apt"));
        if is_mounted || run.script.commands.iter().any(removes_lists) {
            continue;
        }
        let finding = out.push(
            run.command_span(update),
            message!("the package lists stay in this layer", "软件包列表留在了这一层"),
        );
        if is_simple_chain(run) && !is_wanted_later(subject, run) {
            finding.fix(
                message!("Delete the lists at the end of the RUN", "在 RUN 末尾删除列表"),
                vec![appended(subject, run, "rm -rf /var/lib/apt/lists/*")],
            );
        }
    }
}

/// Whether a later RUN of the stage installs from the lists that this one fetched: without them it fails.
fn is_wanted_later(subject: &Subject<'_>, run: &Run<'_>) -> bool {
    let start = |run: &Run<'_>| run.span(&(0..0)).start;
    let does = |run: &Run<'_>, verb: &str| {
        run.script.commands.iter().any(|one| one.is("apt-get", verb) || one.is("apt", verb))
    };
    subject
        .posix_runs()
        .filter(|later| later.item.stage == run.item.stage && start(later) > start(run))
        .any(|later| does(later, "install") && !does(later, "update"))
}

fn removes_lists(command: &Command) -> bool {
    let names_lists = |word: &Word| {
        let path = word.text.trim_end_matches(['/', '*']);
        ["/var/lib/apt/lists", "/var/lib/apt", "/var/lib"].contains(&path)
            || path.starts_with("/var/lib/apt/lists")
            || path.starts_with("/var/lib/{")
    };
    // apt 2.7 and later: apt-get(8), "dist-clean".
    let is_clean = ["dist-clean", "distclean"].iter().any(|verb| command.is("apt-get", verb));
    is_clean
        || matches!(command.name(), "rm" | "find") && command.arguments().iter().any(names_lists)
}
