//! Write CMD and ENTRYPOINT as JSON arrays.

use std::collections::BTreeSet;

use crate::exec_form::exec_form;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-shell-form",
    aliases: &["DL3025", "JSONArgsRecommended"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Write CMD and ENTRYPOINT as JSON arrays",
            zh: "CMD 与 ENTRYPOINT 使用 JSON 数组形式",
        },
        why: Text {
            en: "In shell form the program is a child of /bin/sh, which does not pass SIGTERM on: the container is killed after its grace period instead of stopping.",
            zh: "shell 形式下程序是 /bin/sh 的子进程，而它不会转发 SIGTERM：容器会等到宽限期后被强行杀死。",
        },
        bad: r#"FROM debian:12
USER 10001
CMD nginx -g "daemon off;""#,
        good: r#"FROM debian:12
USER 10001
CMD ["nginx", "-g", "daemon off;"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let mut explicit_shells = BTreeSet::new();
    for item in &subject.items {
        if item.instruction.keyword == Keyword::Shell {
            explicit_shells.extend(item.stage);
        }
        if !matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint) {
            continue;
        }
        let Arguments::Command(Form::Shell(text)) = &item.instruction.arguments else { continue };
        let has_shell = item.stage.is_some_and(|stage| {
            subject.lineage(stage).iter().any(|stage| explicit_shells.contains(stage))
        });
        let name = item.instruction.keyword.name();
        let span = text.source_range(0..text.as_str().len());
        let finding = out.push(
            span.clone(),
            message!(
                "{name} in shell form does not pass signals on",
                "shell 形式的 {name} 不会转发信号"
            ),
        );
        // SHELL says that a shell is wanted, which BuildKit takes as an answer.
        finding.keep_aliases(|alias| alias == "DL3025" || !has_shell);
        if let Some(array) = exec_form(text.as_str()).filter(|_| !has_shell) {
            finding.suggest(
                message!("Write a JSON array", "改为 JSON 数组"),
                vec![Edit::replace(span, array)],
            );
        }
    }
}
