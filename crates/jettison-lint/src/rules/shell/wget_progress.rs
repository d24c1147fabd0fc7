//! Tell wget how to show its progress.

use crate::{base::System, packages::value_of, prelude::*};

pub(crate) static RULE: Rule = Rule {
    id: "JT-wget-progress",
    aliases: &["DL3047"],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Tell wget how to show its progress", zh: "指定 wget 的进度显示方式"
        },
        why: Text {
            en: "Without a terminal wget prints a line for every 50 KB, which drowns the build's log.",
            zh: "没有终端时 wget 每 50 KB 就输出一行，会淹没构建日志。",
        },
        bad: r"FROM debian:12
RUN wget https://example.com/a",
        good: r"FROM debian:12
RUN wget --progress=dot:giga https://example.com/a",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for (run, command) in subject.commands().filter(|(_, command)| command.name() == "wget") {
        let long = ["progress", "quiet", "output-file", "append-output", "no-verbose"];
        let is_quiet = long.iter().any(|option| command.has_option(option))
            || command.has_letter('q')
            || command.has_letter('o')
            || command.has_letter('a')
            || command.has("-nv")
            || command.has_option("version")
            || command.has_option("help");
        // Options in a variable whose value is known.
        let is_in_variable = command.arguments().iter().any(|word| {
            value_of(subject, run, word).is_some_and(|value| {
                let mut options = value.split_whitespace();
                options.any(|one| {
                    one.starts_with("--progress") || matches!(one, "-q" | "-nv" | "--quiet")
                })
            })
        });
        if is_quiet || is_in_variable {
            continue;
        }
        let Some(name) = command.words.first() else { continue };
        let finding = out.push(
            run.command_span(command),
            message!("wget will fill the log with dots", "wget 会让日志充满进度点"),
        );
        // BusyBox' wget has no such option.
        let base = run.item.stage.and_then(|stage| subject.bases.get(stage));
        if base.is_some_and(|base| matches!(base.system, System::Debian | System::RedHat)) {
            finding.fix(
                message!("Add --progress=dot:giga", "加上 --progress=dot:giga"),
                vec![Edit::insert(run.word_span(name).end, " --progress=dot:giga")],
            );
        }
    }
}
