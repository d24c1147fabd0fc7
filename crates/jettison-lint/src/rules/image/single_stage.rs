//! Build in one stage, run in another.

use crate::prelude::*;
use crate::start_command::is_workshop;

pub(crate) static RULE: Rule = Rule {
    id: "JT-single-stage",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Build in one stage, run in another",
            zh: "在一个阶段构建，在另一个阶段运行",
        },
        why: Text {
            en: "Where a program is compiled, its sources, the compiler and everything that was downloaded for it stay. A second stage that copies the result alone is often a tenth of the size and tells nobody the source code.",
            zh: "在哪里编译，源代码、编译器和为其下载的一切就留在哪里。再用一个阶段只复制结果，大小往往只有十分之一，也不会泄露源代码。",
        },
        bad: r#"FROM golang:1.26
WORKDIR /src
COPY go.mod main.go ./
RUN go build -o /app .
USER 10001
CMD ["/app"]"#,
        good: r#"FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod main.go ./
RUN CGO_ENABLED=0 go build -o /app .
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /app /app
USER 10001
CMD ["/app"]"#,
        files: &[],
    },
    check,
};

/// Programs that compile, and their subcommands; any when there are none.
const COMPILERS: &[(&str, &[&str])] = &[
    ("go", &["build", "install"]),
    ("cargo", &["build", "install"]),
    ("mvn", &["package", "install", "verify", "clean"]),
    ("mvnw", &["package", "install", "verify", "clean"]),
    ("gradle", &["build", "assemble", "bootJar", "jar", "shadowJar", "installDist"]),
    ("gradlew", &["build", "assemble", "bootJar", "jar", "shadowJar", "installDist"]),
    ("dotnet", &["build", "publish"]),
    ("javac", &[]),
    ("sbt", &[]),
    ("stack", &["build", "install"]),
    ("cabal", &["build", "install"]),
];

fn check(subject: &Subject<'_>, out: &mut Report) {
    let start = subject.items.iter().rev().find(|item| {
        subject.is_final(item.stage)
            && matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint)
    });
    let Some(start) = start.filter(|_| !is_workshop(subject)) else { return };
    let of_image = |run: &&Run<'_>| subject.is_final(run.item.stage) && !run.item.is_deferred;
    for run in subject.posix_runs().filter(of_image) {
        let commands = &run.script.commands;
        let Some(command) = commands.iter().find(|one| compiles(one)) else { continue };
        // An image whose command is the compiler is one to develop in; one that deletes what it
        // built with has thought of it.
        let is_workshop = start.instruction.text.as_str().contains(command.name())
            || commands.iter().any(|one| {
                one.name() == "rm" && one.has_letter('r') && one.range.start > command.range.start
            });
        if is_workshop {
            continue;
        }
        let name = command.name();
        out.push(
            run.command_span(command),
            message!(
                "{name} runs in the image that ships: sources, compiler and downloads stay in it",
                "{name} 在要交付的镜像中运行：源代码、编译器和下载内容都会留在其中"
            ),
        );
        return;
    }
}

fn compiles(command: &Command) -> bool {
    let Some((_, subcommands)) = COMPILERS.iter().find(|(name, _)| *name == command.name()) else {
        return false;
    };
    let is_partial = command.has("--only-dependencies");
    let is_meant =
        |word: &Word| subcommands.is_empty() || subcommands.contains(&word.text.as_str());
    !is_partial && command.operands().any(is_meant)
}
