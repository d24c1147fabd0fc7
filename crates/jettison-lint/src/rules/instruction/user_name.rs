//! Name the user by number.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-user-name",
    aliases: &["DL3066"],
    level: Level::Info,
    page: Page {
        title: Text { en: "Name the user by number", zh: "用数字指定用户" },
        why: Text {
            en: "Kubernetes' `runAsNonRoot` can only check a number; a name lives in a file of the image.",
            zh: "Kubernetes 的 `runAsNonRoot` 只能检查数字；名称则要查镜像内的文件。",
        },
        bad: r"FROM debian:12
USER app",
        good: r"FROM debian:12
USER 10001",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::User) {
        let Arguments::Single(word) = &item.instruction.arguments else { continue };
        // What a variable stands for counts; an unknown one may be a number.
        let resolved = subject.resolve(item.position, &word.text);
        let user = resolved.as_deref().unwrap_or(&word.text).trim_matches(['"', '\'']);
        let name = user.split(':').next().unwrap_or(user);
        if name.contains('$') || name.chars().all(|c| c.is_ascii_digit()) {
            continue;
        }
        out.push(
            word.span.clone(),
            message!(
                "{name} is a name; only a number can be checked from outside",
                "{name} 是名称，只有数字才能从外部检查"
            ),
        );
    }
}
