//! Give WORKDIR an absolute path.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-workdir-relative",
    aliases: &["DL3000", "WorkdirRelativePath"],
    level: Level::Error,
    page: Page {
        title: Text { en: "Give WORKDIR an absolute path", zh: "WORKDIR 使用绝对路径" },
        why: Text {
            en: "A relative path depends on what the base image happens to have as its directory.",
            zh: "相对路径取决于基础镜像碰巧设置的目录。",
        },
        bad: r"FROM debian:12
WORKDIR app",
        good: r"FROM debian:12
WORKDIR /app",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Workdir) {
        let Arguments::Single(word) = &item.instruction.arguments else { continue };
        let path = word.text.trim_matches(['"', '\'']);
        let is_absolute = path.starts_with(['/', '$', '\\', '%'])
            || path.as_bytes().get(1) == Some(&b':')
            || path.is_empty();
        if is_absolute || subject.base_has_workdir(item) {
            continue;
        }
        let before = before(subject, item);
        if before == Before::Absolute {
            out.push(
                word.span.clone(),
                message!("{path} is relative to an earlier WORKDIR", "{path} 相对于前面的 WORKDIR"),
            )
            .keep_aliases(|alias| alias == "DL3000")
            .lower_to(Level::Style);
            continue;
        }
        let finding = out.push(
            word.span.clone(),
            message!(
                "{path} is relative to what the base image has set",
                "{path} 相对于基础镜像设置的目录"
            ),
        );
        // BuildKit tells the first of them.
        if before == Before::Relative {
            finding.keep_aliases(|alias| alias == "DL3000");
        }
    }
}

/// What an earlier WORKDIR of the stage, or of one that it starts from, has set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Nothing,
    Relative,
    /// The file itself says what this one is relative to.
    Absolute,
}

fn before(subject: &Subject<'_>, item: &Item<'_>) -> Before {
    let Some(stage) = item.stage else { return Before::Nothing };
    let lineage = subject.lineage(stage);
    let earlier = subject.with(Keyword::Workdir).filter(|other| {
        other.position < item.position && other.stage.is_some_and(|stage| lineage.contains(&stage))
    });
    let is_absolute = |other: &Item<'_>| {
        matches!(&other.instruction.arguments, Arguments::Single(word)
            if word.text.trim_matches(['"', '\'']).starts_with(['/', '$']))
    };
    earlier.fold(Before::Nothing, |found, other| match (found, is_absolute(other)) {
        (Before::Absolute, _) | (_, true) => Before::Absolute,
        _ => Before::Relative,
    })
}
