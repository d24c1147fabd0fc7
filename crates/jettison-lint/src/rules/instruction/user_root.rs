//! The last USER should not be root.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-user-root",
    aliases: &["DL3002"],
    level: Level::Warning,
    page: Page {
        title: Text { en: "The last USER should not be root", zh: "最后的 USER 不应是 root" },
        why: Text {
            en: "Whoever breaks out of the program is root in the container, and one kernel bug away from being root outside.",
            zh: "攻破程序的人在容器里就是 root，只差一个内核漏洞就能成为主机上的 root。",
        },
        bad: r#"FROM debian:12
USER 0
CMD ["app"]"#,
        good: r#"FROM debian:12
USER 10001
CMD ["app"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let users = |stage: usize| {
        subject
            .in_stage(stage)
            .filter(|item| item.instruction.keyword == Keyword::User && !item.is_deferred)
    };
    for stage in subject.shipped_ends() {
        // The nearest stage that says anything about the user decides.
        let deciding = subject.lineage(stage).into_iter().find_map(|stage| users(stage).last());
        let Some(item) = deciding else { continue };
        let Arguments::Single(word) = &item.instruction.arguments else { continue };
        let user = word.text.trim_matches(['"', '\'']);
        if matches!(user.split(':').next(), Some("root" | "0")) {
            out.push(
                word.span.clone(),
                message!("the container runs as root", "容器将以 root 身份运行"),
            );
        }
    }
}
