//! Write all instructions in the same letter case.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-instruction-casing",
    aliases: &["ConsistentInstructionCasing"],
    level: Level::Style,
    page: Page {
        title: Text {
            en: "Write all instructions in the same letter case",
            zh: "所有指令使用同样的大小写",
        },
        why: Text {
            en: "Instructions in capitals stand out from their arguments; a mixture is harder to read.",
            zh: "大写的指令便于与参数区分；大小写混用则难以阅读。",
        },
        bad: r#"FROM debian:12
run echo hello
USER 10001
CMD ["true"]"#,
        good: r#"FROM debian:12
RUN echo hello
USER 10001
CMD ["true"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let names = || subject.file.instructions.iter().map(|one| &one.name);
    let is_lower = |text: &str| text == text.to_ascii_lowercase();
    let is_upper = |text: &str| text == text.to_ascii_uppercase();
    let lower = names().filter(|name| is_lower(&name.text)).count();
    let upper = names().filter(|name| is_upper(&name.text)).count();
    let wants_lower = lower > upper;
    for instruction in &subject.file.instructions {
        let name = &instruction.name;
        let fits = if wants_lower { is_lower(&name.text) } else { is_upper(&name.text) };
        if fits || instruction.keyword == Keyword::Unknown {
            continue;
        }
        let wanted = if wants_lower {
            name.text.to_ascii_lowercase()
        } else {
            name.text.to_ascii_uppercase()
        };
        let text = &name.text;
        out.push(
            name.span.clone(),
            message!(
                "{text} is not written like the others: {wanted}",
                "{text} 的大小写与其他指令不一致，应为 {wanted}"
            ),
        )
        .fix(
            message!("Write {wanted}", "改写为 {wanted}"),
            vec![Edit::replace(name.span.clone(), wanted.clone())],
        );
    }
}
