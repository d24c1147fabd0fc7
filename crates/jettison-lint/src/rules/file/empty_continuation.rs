//! No blank lines within a continued instruction.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-empty-continuation",
    aliases: &["NoEmptyContinuation"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "No blank lines within a continued instruction",
            zh: "续行之间不要有空行",
        },
        why: Text {
            en: "The builder skips blank lines after a backslash for now and has announced that it will refuse them. What looks like a new instruction below one belongs to the instruction above.",
            zh: "构建工具目前会跳过续行符之后的空行，但已宣布今后将报错。空行下面看似新的内容，其实仍属于上面的指令。",
        },
        bad: r"FROM debian:12
RUN echo a && \

    echo b",
        good: r"FROM debian:12
RUN echo a && \
    echo b",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for instruction in &subject.file.instructions {
        for line in &instruction.blank_lines {
            out.push(
                line.clone(),
                message!("blank line within a continued instruction", "续行之间有空行"),
            )
            .fix(message!("Remove the blank line", "删除空行"), vec![Edit::delete(line.clone())]);
        }
    }
}
