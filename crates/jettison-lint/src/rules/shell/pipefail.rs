//! Let a RUN with a pipe fail when any part of it fails.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-pipefail",
    aliases: &["DL4006"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Let a RUN with a pipe fail when any part of it fails",
            zh: "含管道的 RUN 应在任一部分失败时失败",
        },
        why: Text {
            en: "/bin/sh looks at the last program of a pipe only: `curl … | tar x` succeeds although the download failed, and the broken layer is cached.",
            zh: "/bin/sh 只看管道中最后一个程序：下载失败时 `curl … | tar x` 仍算成功，损坏的镜像层还会被缓存。",
        },
        bad: r"FROM debian:12
RUN curl https://example.com/a.tar | tar x",
        good: r#"FROM debian:12
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN curl https://example.com/a.tar | tar x"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for run in subject.posix_runs().filter(|run| !run.is_exec) {
        let Some(pipe) = run.script.pipes.first() else { continue };
        let is_set = sets_pipefail(&run.shell_words)
            || run.script.commands.iter().any(|one| {
                let words: Vec<String> =
                    one.arguments().iter().map(|word| word.text.clone()).collect();
                one.name() == "set" && sets_pipefail(&words)
            });
        if !is_set {
            out.push(
                run.span(pipe),
                message!("a failure before this pipe goes unnoticed", "管道之前的失败不会被发现"),
            );
        }
    }
}

/// Whether `-o pipefail` is among `words`, perhaps as `-eo pipefail`.
fn sets_pipefail(words: &[String]) -> bool {
    words
        .windows(2)
        .any(|pair| pair[0].starts_with('-') && pair[0].ends_with('o') && pair[1] == "pipefail")
}
