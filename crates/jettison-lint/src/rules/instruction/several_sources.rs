//! Several sources need a directory to go to.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-copy-several-sources",
    aliases: &["DL3021"],
    level: Level::Error,
    page: Page {
        title: Text {
            en: "Several sources need a directory to go to", zh: "多个来源需要目标目录"
        },
        why: Text {
            en: "The builder refuses to copy several files onto a path that does not end in a slash.",
            zh: "目标路径不以斜杠结尾时，构建工具拒绝把多个文件复制过去。",
        },
        bad: r"FROM debian:12
COPY a b /app",
        good: r"FROM debian:12
COPY a b /app/",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Copy) {
        let Arguments::Transfer(transfer) = &item.instruction.arguments else { continue };
        let Some(destination) = &transfer.destination else { continue };
        let target = destination.text.trim_matches(['"', '\'']);
        let is_directory = target.ends_with(['/', '\\']) || matches!(target, "." | "..");
        // What a variable ends in is looked up; unknown ones get the benefit of the doubt.
        let resolved = subject.resolve(item.position, target);
        let is_directory = is_directory
            || target.contains('$')
                && resolved.is_none_or(|path| path.ends_with('/') || path == ".");
        if transfer.sources.len() < 2 || is_directory {
            continue;
        }
        let finding = out.push(
            destination.span.clone(),
            message!(
                "several files cannot be copied onto {target}; end it in a slash",
                "不能把多个文件复制到 {target}，应以斜杠结尾"
            ),
        );
        if destination.text == target {
            finding.fix(
                message!("Add a slash", "加上斜杠"),
                vec![Edit::insert(destination.span.end, "/")],
            );
        }
    }
}
