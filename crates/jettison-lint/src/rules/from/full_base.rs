//! Start from the small variant of an image.

use crate::packages::{any_install, bare_name};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-full-base",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Start from the small variant of an image", zh: "使用镜像的精简版本"
        },
        why: Text {
            en: "The plain tags of language images hold compilers, headers and version control for the sake of builds: several hundred MB that a running program does not need. The -slim sibling has the same libc.",
            zh: "语言类镜像的普通标签为了构建而带有编译器、头文件和版本控制工具，有数百 MB，运行时并不需要。-slim 版本使用同样的 libc。",
        },
        bad: r#"FROM python:3.13
USER 10001
CMD ["python", "-u", "app.py"]"#,
        good: r#"FROM python:3.13-slim
USER 10001
CMD ["python", "-u", "app.py"]"#,
        files: &[],
    },
    check,
};

/// Official images with a -slim sibling, and how much smaller it is, in MB (amd64, 2025).
const SLIM: &[(&str, u32)] =
    &[("python", 900), ("node", 900), ("ruby", 800), ("perl", 700), ("rust", 700), ("php", 0)];

fn check(subject: &Subject<'_>, out: &mut Report) {
    let runs_something = subject.items.iter().any(|item| {
        subject.is_final(item.stage)
            && matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint)
    });
    let Some(&stage) = subject.final_lineage().last().filter(|_| runs_something) else { return };
    let stage = &subject.stages[stage];
    let base = &subject.bases[stage.index];
    let Some(view) = stage.from_view(subject.file) else { return };
    let tag = base.name.tag.as_deref().unwrap_or_default();
    let known = SLIM.iter().find(|(name, saved)| *saved > 0 && base.name.repository == *name);
    let is_plain = tag.chars().all(|c| c.is_ascii_digit() || c == '.')
        || matches!(tag, "bookworm" | "bullseye" | "trixie" | "lts" | "current");
    if let (Some((name, saved)), true, None, false) =
        (known, is_plain, &base.name.digest, tag.is_empty())
        && !view.image.text.contains('$')
    {
        let missed = missed(subject);
        let (en, zh) = match missed {
            Some(tool) => (
                format!("; it has no {tool}, which is used here"),
                format!("；但其中没有此处用到的 {tool}"),
            ),
            None => (String::new(), String::new()),
        };
        let finding = out.push(
            view.image.span.clone(),
            message!(
                "{name}:{tag}-slim is about {saved} MB smaller{en}",
                "{name}:{tag}-slim 大约小 {saved} MB{zh}"
            ),
        );
        if missed.is_some() {
            return;
        }
        finding.suggest(
            message!("Use {name}:{tag}-slim", "改用 {name}:{tag}-slim"),
            vec![Edit::insert(view.image.span.end, "-slim")],
        );
    }
}

/// Programs that the full variants have, not the slim ones, and other commands that call them.
const ONLY_FULL: &[(&str, &[&str])] = &[
    ("git", &["git"]),
    ("curl", &["curl"]),
    ("wget", &["wget"]),
    ("unzip", &["unzip"]),
    ("hg", &["hg"]),
    ("svn", &["svn"]),
    ("compiler", &["gcc", "g++", "cc", "make", "bundle", "gem", "node-gyp"]),
];

/// What the stages of the image use that only the full variant has, unless they install it.
fn missed(subject: &Subject<'_>) -> Option<&'static str> {
    let of_image = || subject.commands().filter(|(run, _)| subject.is_final(run.item.stage));
    let installs = |tool: &str| {
        let names: &[&str] = match tool {
            "compiler" => &["build-essential", "gcc", "g++", "make"],
            _ => &[tool],
        };
        of_image()
            .filter_map(|(run, command)| any_install(run, command))
            .flat_map(|found| found.packages)
            .any(|word| names.contains(&bare_name(&word.text)))
    };
    let used = |names: &[&str]| of_image().any(|(_, command)| names.contains(&command.name()));
    ONLY_FULL.iter().find(|(tool, names)| used(names) && !installs(tool)).map(|(tool, _)| *tool)
}
