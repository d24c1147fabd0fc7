//! Leave compilers out of the image that runs.

use crate::packages::{APK, APT_GET, DNF, Manager, YUM, ZYPPER, install, words_span};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-build-tools",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Leave compilers out of the image that runs",
            zh: "运行镜像中不应留有编译器",
        },
        why: Text {
            en: "Compilers and headers are often larger than the program that they built, and of use to whoever breaks in. Build in one stage and copy the result into another.",
            zh: "编译器和头文件往往比程序本身还大，还会被入侵者利用。应在一个阶段构建，再把结果复制到另一个阶段。",
        },
        bad: r#"FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends gcc=4:12* && rm -rf /var/lib/apt/lists/*
CMD ["/app"]"#,
        good: r#"FROM debian:12 AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc=4:12*
FROM debian:12
COPY --from=build /app /app
CMD ["/app"]"#,
        files: &[],
    },
    check,
};

const TOOLS: &[&str] = &[
    "gcc",
    "g++",
    "make",
    "cmake",
    "build-essential",
    "build-base",
    "musl-dev",
    "libc-dev",
    "libc6-dev",
    "linux-headers",
    "autoconf",
    "automake",
    "clang",
    "gcc-c++",
    "python3-dev",
    "python-dev",
    "maven",
    "gradle",
    "golang",
    "cargo",
    "rustc",
    "pkg-config",
    "libtool",
    "ninja-build",
];

fn check(subject: &Subject<'_>, out: &mut Report) {
    let managers: [&'static Manager; 5] = [&APT_GET, &APK, &YUM, &DNF, &ZYPPER];
    let shipped = subject.shipped();
    // An image without a command of its own is one to build with.
    let runs_something = subject.items.iter().any(|item| {
        subject.is_final(item.stage)
            && matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint)
    });
    if !runs_something {
        return;
    }
    for run in subject.posix_runs() {
        if !run.item.stage.is_some_and(|stage| shipped.contains(&stage)) {
            continue;
        }
        for command in &run.script.commands {
            let found = managers.iter().find_map(|manager| install(run, command, manager));
            let Some(found) = found else { continue };
            let tools: Vec<&Word> =
                found.packages.iter().copied().filter(|word| is_tool(&word.text)).collect();
            let (Some(span), false) = (words_span(run, &tools), removes(run, command)) else {
                continue;
            };
            let names: Vec<&str> = tools.iter().map(|word| word.text.as_str()).take(4).collect();
            let names = names.join(", ");
            out.push(
                span,
                message!("{names}: build tools stay in the image", "{names}：构建工具会留在镜像中"),
            );
        }
    }
}

fn is_tool(package: &str) -> bool {
    let name = package.split(['=', '~', '<', '>', ':']).next().unwrap_or(package);
    TOOLS.contains(&name)
}

/// Whether the same RUN removes what it installed.
fn removes(run: &Run<'_>, installing: &Command) -> bool {
    run.script.commands.iter().any(|one| {
        one.range.start > installing.range.start
            && matches!(one.subcommand(), "del" | "purge" | "remove" | "erase" | "autoremove")
    })
}
