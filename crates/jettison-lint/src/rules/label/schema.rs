//! Set the labels that the configuration asks for.

use crate::label_values::fits;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-label-schema",
    aliases: &[
        "DL3049", "DL3050", "DL3051", "DL3052", "DL3053", "DL3054", "DL3055", "DL3056", "DL3058",
    ],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Set the labels that the configuration asks for",
            zh: "设置配置要求的标签",
        },
        why: Text {
            en: "Only has an effect when a label schema is configured: required labels are missing, others are not wanted, or a value has the wrong form.",
            zh: "仅在配置了标签规范时生效：缺少必需的标签、有多余的标签，或值的格式不对。",
        },
        bad: "",
        good: r#"FROM debian:12
LABEL org.opencontainers.image.version="1.0.0""#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let schema = &subject.settings.label_schema;
    let mut present = std::collections::BTreeSet::new();
    let final_stage = subject.final_stage();
    for item in subject.with(Keyword::Label) {
        let Arguments::Pairs(pairs) = &item.instruction.arguments else { continue };
        for pair in pairs {
            let key = pair.key.text.trim_matches(['"', '\'']);
            let value = pair.value.as_ref().map_or("", |value| value.text.as_str());
            let value = value.trim_matches(['"', '\'']);
            if subject.is_final(item.stage) {
                present.insert(key.to_owned());
            }
            match schema.get(key) {
                Some(kind) if !value.contains('$') && !fits(*kind, value) => {
                    out.push(
                        pair.key.span.clone(),
                        message!("{key} cannot be {value:?}", "{key} 的值不能是 {value:?}"),
                    );
                }
                None if subject.settings.strict_labels => {
                    out.push(
                        pair.key.span.clone(),
                        message!("label {key} is not in the schema", "标签 {key} 不在规范中"),
                    );
                }
                _ => {}
            }
        }
    }
    let Some(last) = final_stage.and_then(|stage| subject.stages.get(stage)) else { return };
    for key in schema.keys().filter(|key| !present.contains(*key)) {
        let from = &subject.file.instructions[last.from];
        out.push(from.span.clone(), message!("label {key} is missing", "缺少标签 {key}"));
    }
}
