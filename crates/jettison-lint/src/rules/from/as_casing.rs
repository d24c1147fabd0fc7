//! Write AS like FROM.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-as-casing",
    aliases: &["FromAsCasing"],
    level: Level::Style,
    page: Page {
        title: Text { en: "Write AS like FROM", zh: "AS 与 FROM 的大小写保持一致" },
        why: Text {
            en: "`FROM … as …` hides the stage's name among lower-case words.",
            zh: "`FROM … as …` 会让阶段名称混在小写单词中不易看清。",
        },
        bad: "FROM debian:12 as build",
        good: "FROM debian:12 AS build",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::From) {
        let Arguments::From(view) = &item.instruction.arguments else { continue };
        let Some(word) = &view.as_word else { continue };
        let from = &item.instruction.name.text;
        let wanted = if *from == from.to_lowercase() {
            "as"
        } else if *from == from.to_uppercase() {
            "AS"
        } else {
            continue;
        };
        if word.text == wanted {
            continue;
        }
        let written = &word.text;
        out.push(
            word.span.clone(),
            message!("{written} is not written like {from}", "{written} 与 {from} 的大小写不一致"),
        )
        .fix(
            message!("Write {wanted}", "改写为 {wanted}"),
            vec![Edit::replace(word.span.clone(), wanted)],
        );
    }
}
