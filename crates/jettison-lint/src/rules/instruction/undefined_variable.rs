//! Use only variables that are set.

use crate::prelude::*;
use crate::{base::System, variables::undefined};

pub(crate) static RULE: Rule = Rule {
    id: "JT-undefined-variable",
    aliases: &["UndefinedVar"],
    level: Level::Warning,
    page: Page {
        title: Text { en: "Use only variables that are set", zh: "只使用已设置的变量" },
        why: Text {
            en: "An unknown variable is silently empty: `COPY a $APP_HMOE/` copies to the root.",
            zh: "未知变量会被当作空值：`COPY a $APP_HMOE/` 会复制到根目录。",
        },
        bad: r"FROM scratch
ENV APP_HOME=/app
COPY a $APP_HMOE/",
        good: r"FROM scratch
ENV APP_HOME=/app
COPY a $APP_HOME/",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in &subject.items {
        let base = item.stage.and_then(|stage| subject.bases.get(stage));
        let facts = base.and_then(|base| base.facts.as_deref());
        for (name, span, similar) in undefined(subject, item) {
            if facts.is_some_and(|facts| facts.environment.contains_key(&name)) {
                continue;
            }
            let hint_en = similar.as_ref().map(|s| format!("; is {s} meant?")).unwrap_or_default();
            let hint_zh = similar.as_ref().map(|s| format!("，是否指 {s}？")).unwrap_or_default();
            let text = if facts.is_some() {
                message!(
                    "{name} is set neither in this file nor in its base{hint_en}",
                    "{name} 在本文件和基础镜像中都没有值{hint_zh}"
                )
            } else {
                message!(
                    "{name} is not set in this file{hint_en}",
                    "{name} 在本文件中没有值{hint_zh}"
                )
            };
            let finding = out.push(span, text);
            // An image may set variables of its own, unless it was looked into; a stage from scratch has none.
            let is_known =
                facts.is_some() || base.is_some_and(|base| base.system == System::Scratch);
            if similar.is_none() && !is_known {
                finding.lower_to(Level::Info);
            }
        }
    }
}
