//! Name the maintainer in a label.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-maintainer",
    aliases: &["DL4000", "MaintainerDeprecated"],
    level: Level::Warning,
    page: Page {
        title: Text { en: "Name the maintainer in a label", zh: "用标签写明维护者" },
        why: Text {
            en: "MAINTAINER is deprecated. A label says the same, and tools can read it.",
            zh: "MAINTAINER 已弃用。用标签可以表达同样的内容，而且工具也能读取。",
        },
        bad: r"FROM debian:12
MAINTAINER Jane Doe <jane@example.com>",
        good: r#"FROM debian:12
LABEL org.opencontainers.image.authors="Jane Doe <jane@example.com>""#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Maintainer) {
        let instruction = item.instruction;
        let finding = out.push(
            instruction.span.clone(),
            message!(
                "MAINTAINER is deprecated; a label says the same",
                "MAINTAINER 已弃用，应改用标签"
            ),
        );
        let Arguments::Single(word) = &instruction.arguments else { continue };
        let bare = word.text.trim_matches(['"', '\'']);
        if bare.contains(['"', '\\', '$', '`']) || subject.source(&word.span) != word.text {
            continue;
        }
        finding.fix(
            message!("Write a label", "改为标签"),
            vec![Edit::replace(
                instruction.span.clone(),
                format!("LABEL org.opencontainers.image.authors=\"{bare}\""),
            )],
        );
    }
}
