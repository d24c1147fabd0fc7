//! Say which version of a Go program to install.

use crate::packages::words_span;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-go-unpinned",
    aliases: &["DL3062"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Say which version of a Go program to install",
            zh: "安装 Go 程序时指定版本",
        },
        why: Text {
            en: "Without a version, or with @latest, a rebuild installs another one.",
            zh: "不写版本或写 @latest 时，重新构建会安装不同的版本。",
        },
        bad: r"FROM golang:1.26
RUN go install golang.org/x/tools/cmd/stringer@latest",
        good: r"FROM golang:1.26
RUN go install golang.org/x/tools/cmd/stringer@v0.33.0",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for (run, command) in subject.commands().filter(|(_, command)| command.name() == "go") {
        let subcommand = command.subcommand();
        if !matches!(subcommand, "install" | "get" | "run") {
            continue;
        }
        let valued =
            &["-ldflags", "-tags", "-o", "-p", "-mod", "-modfile", "-gcflags", "-asmflags"];
        let loose: Vec<&Word> = command
            .operands_after(subcommand, valued)
            .into_iter()
            .take(if subcommand == "run" { 1 } else { usize::MAX })
            .filter(|word| is_loose(&word.text))
            .collect();
        if let Some(span) = words_span(run, &loose) {
            let names: Vec<&str> = loose.iter().map(|word| word.text.as_str()).take(4).collect();
            let names = names.join(", ");
            out.push(span, message!("no version is given for {names}", "没有指定版本：{names}"));
        }
    }
}

/// Whether `package` is a module from elsewhere without a version.
fn is_loose(package: &str) -> bool {
    let host = package.split('/').next().unwrap_or_default();
    let is_remote = host.contains('.') && !host.starts_with('.') && package.contains('/');
    match package.split_once('@') {
        Some((_, version)) => is_remote && version == "latest",
        None => is_remote,
    }
}
