//! Leave compilers and headers out of the image that runs.

use crate::packages::{any_install, bare_name, words_span};
use crate::prelude::*;
use crate::start_command::{is_workshop, starts};

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
USER 10001
CMD ["/app"]"#,
        good: r#"FROM debian:12 AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc=4:12*
FROM debian:12
COPY --from=build /app /app
USER 10001
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
    // An image without a command of its own is one to build with.
    if starts(subject).next().is_none() || is_workshop(subject) {
        return;
    }
    let shipped = subject.shipped();
    let is_meant = |stage: usize| {
        let ends = subject.shipped_ends();
        let mut of_it = ends.into_iter().filter(|end| subject.lineage(*end).contains(&stage));
        of_it.all(|end| subject.stages[end].name.as_deref().is_some_and(is_for_developers))
    };
    for run in subject.posix_runs() {
        if !run.item.stage.is_some_and(|stage| shipped.contains(&stage) && !is_meant(stage)) {
            continue;
        }
        for command in &run.script.commands {
            if let Some(group) = development_group(command) {
                let name = &group.text;
                let text = message!(
                    "{name}: build tools stay in the image; build in an earlier stage",
                    "{name}：构建工具会留在镜像中；应在前面的阶段构建"
                );
                out.push(run.word_span(group), text);
                continue;
            }
            let Some(found) = any_install(run, command) else { continue };
            let removed = Removed::of(run, command);
            let tools: Vec<&Word> = found
                .packages
                .iter()
                .copied()
                .filter(|word| is_tool(bare_name(&word.text)) && !removed.holds(&word.text))
                .collect();
            let Some(span) = words_span(run, &tools) else { continue };
            let names: Vec<&str> = tools.iter().map(|word| word.text.as_str()).take(4).collect();
            let names = names.join(", ");
            out.push(
                span,
                message!(
                    "{names}: build tools stay in the image; build in an earlier stage",
                    "{names}：构建工具会留在镜像中；应在前面的阶段构建"
                ),
            );
        }
    }
}

/// Whether a stage of this name is one to work or test in.
fn is_for_developers(name: &str) -> bool {
    name.split(['-', '_', '.']).any(|part| {
        part.starts_with("dev") || part.starts_with("test") || matches!(part, "ci" | "debug")
    })
}

/// The group of all build tools: `yum groupinstall "Development Tools"`.
fn development_group(command: &Command) -> Option<&Word> {
    let is_group = matches!(command.name(), "yum" | "dnf")
        && (command.subcommand() == "groupinstall"
            || command.subcommand() == "group" && command.has("install"));
    let is_it = |word: &&Word| {
        let name = word.text.trim_start_matches('@').to_ascii_lowercase();
        matches!(name.as_str(), "development tools" | "development-tools" | "development")
    };
    if is_group { command.operands().find(is_it) } else { None }
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
        // `apt-mark auto '.*'` gives up all that was asked for; what is still needed is marked again.
        let gives_up =
            |one: &Command| one.is("apt-mark", "auto") && one.range.start > installing.range.start;
        let removes =
            |one: &Command| one.has_option("auto-remove") || one.subcommand() == "autoremove";
        let commands = &run.script.commands;
        let is_all = commands.iter().any(gives_up) && later.clone().any(removes);
        let mut removed = Self { names: Vec::new(), is_all };
        for word in later.flat_map(Command::operands) {
            removed.is_all |= word.is_dynamic || Some(word.text.as_str()) == group;
            removed.names.push(&word.text);
        }
        removed
    }

    fn holds(&self, package: &str) -> bool {
        let name = bare_name(package);
        self.is_all
            || self.names.iter().any(|removed| match removed.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => bare_name(removed) == name,
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
