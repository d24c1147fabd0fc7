//! Leave compilers and headers out of the image that runs.

use crate::packages::{APK, APT_GET, DNF, Manager, YUM, ZYPPER, install, words_span};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-build-tools",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Leave compilers and headers out of the image that runs",
            zh: "运行镜像中不应留有编译器和头文件",
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
    "linux-headers",
    "autoconf",
    "automake",
    "clang",
    "gcc-c++",
    "maven",
    "gradle",
    "golang",
    "cargo",
    "rustc",
    "pkg-config",
    "libtool",
    "ninja-build",
];

/// Packages that end like headers but are none.
const NO_HEADERS: &[&str] = &["udev", "makedev", "libdevel"];

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
            let removed = Removed::of(run, command);
            let tools: Vec<&Word> = found
                .packages
                .iter()
                .copied()
                .filter(|word| is_tool(name_of(&word.text)) && !removed.holds(&word.text))
                .collect();
            let Some(span) = words_span(run, &tools) else { continue };
            let names: Vec<&str> = tools.iter().map(|word| word.text.as_str()).take(4).collect();
            let names = names.join(", ");
            out.push(
                span,
                message!("{names}: build tools stay in the image", "{names}：构建工具会留在镜像中"),
            );
        }
    }
}

/// The package's name without a version.
fn name_of(package: &str) -> &str {
    package.split(['=', '~', '<', '>', ':']).next().unwrap_or(package)
}

/// Whether the package is one to build with: a tool, or headers.
fn is_tool(name: &str) -> bool {
    let is_headers = name.ends_with("-dev") || name.ends_with("-devel");
    TOOLS.contains(&name) || is_headers && !NO_HEADERS.contains(&name)
}

/// What the same RUN removes after installing.
struct Removed<'a> {
    names: Vec<&'a str>,
    /// Whether all of what the command installed goes: by the name of its group, or by a variable.
    is_all: bool,
}

impl<'a> Removed<'a> {
    fn of(run: &'a Run<'_>, installing: &Command) -> Self {
        let group = group(installing);
        let later = run.script.commands.iter().filter(|one| {
            let verb = one.subcommand();
            one.range.start > installing.range.start
                && matches!(verb, "del" | "purge" | "remove" | "erase" | "autoremove")
        });
        let mut removed = Self { names: Vec::new(), is_all: false };
        for word in later.flat_map(Command::operands) {
            removed.is_all |= word.is_dynamic || Some(word.text.as_str()) == group;
            removed.names.push(&word.text);
        }
        removed
    }

    fn holds(&self, package: &str) -> bool {
        let name = name_of(package);
        self.is_all
            || self.names.iter().any(|removed| match removed.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name_of(removed) == name,
            })
    }
}

/// The name that `apk add --virtual` gives to what it installs.
fn group(installing: &Command) -> Option<&str> {
    let words = installing.arguments();
    let after = words.iter().position(|word| matches!(word.text.as_str(), "-t" | "--virtual"));
    let joined = words.iter().find_map(|word| word.text.strip_prefix("--virtual="));
    joined.or_else(|| words.get(after? + 1).map(|word| word.text.as_str()))
}
