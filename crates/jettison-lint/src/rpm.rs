//! What the rules about yum, dnf and zypper have in common.

use crate::{
    chain::appended,
    finding::message,
    packages::{Manager, after_subcommand, install, installs, is_file},
    report::Report,
    shell::{Command, Separator},
    subject::{Run, Subject},
};

/// A package manager's cache.
#[derive(Debug)]
pub(crate) struct Cache {
    /// The command that empties it.
    pub(crate) cleaned_by: &'static str,
    /// Directories that hold it.
    pub(crate) directories: &'static [&'static str],
}

/// Reports installing commands that would ask.
pub(crate) fn report_missing_yes(
    subject: &Subject<'_>,
    out: &mut Report,
    manager: &'static Manager,
) {
    let program = manager.programs[0];
    for install in installs(subject, manager) {
        let command = install.command;
        let is_zypper = program == "zypper";
        let is_yes = command.has_letter('y')
            || command.has_option("assumeyes")
            || command.has_option("no-confirm")
            || (is_zypper && (command.has_letter('n') || command.has_option("non-interactive")))
            // microdnf and scripts in these modes never ask.
            || command.has_option("assumeno");
        if !is_yes {
            out.push(
                install.run.command_span(command),
                message!("{program} will ask and give up", "{program} 会等待确认而失败"),
            )
            .fix(message!("Add -y", "加上 -y"), after_subcommand(&install, "-y"));
        }
    }
}

/// Reports RUNs that install and leave the cache.
pub(crate) fn report_missing_clean(
    subject: &Subject<'_>,
    out: &mut Report,
    manager: &'static Manager,
    cache: &Cache,
) {
    let shipped = subject.shipped();
    // What a builder stage leaves behind does not reach any image.
    let in_image = |run: &&Run<'_>| run.item.stage.is_some_and(|stage| shipped.contains(&stage));
    for run in subject.posix_runs().filter(in_image) {
        let commands = &run.script.commands;
        let first = commands.iter().find(|command| install(run, command, manager).is_some());
        let Some(first) = first else { continue };
        // What is cleaned before the last installation fills up again.
        let is_clean = commands
            .iter()
            .rev()
            .take_while(|command| install(run, command, manager).is_none())
            .any(|command| cleans(command, manager, cache))
            || cache.directories.iter().any(|directory| run.mounts(directory));
        if is_clean {
            continue;
        }
        let program = first.name();
        let finding = out.push(
            run.command_span(first),
            message!("{program}'s cache stays in this layer", "{program} 的缓存留在了这一层"),
        );
        if is_simple_chain(run) {
            let cleaned_by = cache.cleaned_by;
            finding.fix(
                message!("Add {cleaned_by}", "加上 {cleaned_by}"),
                vec![appended(subject, run, cleaned_by)],
            );
        }
    }
}

/// Whether commands may be appended to the RUN with `&&`.
pub(crate) fn is_simple_chain(run: &Run<'_>) -> bool {
    let commands = &run.script.commands;
    !run.is_exec
        && run.item.instruction.heredocs.is_empty()
        && !run.script.is_broken
        && commands.iter().all(|command| {
            command.depth == 0 && matches!(command.separator, Separator::And | Separator::End)
        })
        && commands.last().is_some_and(|last| last.range.end == run.text.as_str().trim_end().len())
}

fn cleans(command: &Command, manager: &Manager, cache: &Cache) -> bool {
    let name = command.name();
    let is_own = manager.programs.contains(&name)
        || (matches!(name, "yum" | "dnf" | "microdnf") && manager.programs[0] != "zypper");
    if is_own && matches!(command.subcommand(), "clean" | "cc") {
        return true;
    }
    matches!(name, "rm" | "find")
        && command
            .arguments()
            .iter()
            .any(|word| cache.directories.iter().any(|directory| word.text.starts_with(directory)))
}

/// Whether `package` names a version: `httpd-2.4`, `httpd = 2.4`, a file or an address.
pub(crate) fn is_pinned_rpm(package: &str) -> bool {
    let has_version = package
        .split('-')
        .skip(1)
        .any(|part| part.starts_with(|c: char| c.is_ascii_digit() || c == '$'));
    has_version
        || is_file(package, &[".rpm"])
        || package.starts_with('@')
        || package.contains(['=', '<', '>', '/'])
}
