//! An ENV cannot use what it sets itself.

use crate::prelude::*;
use std::collections::BTreeSet;

pub(crate) static RULE: Rule = Rule {
    id: "JT-env-self",
    aliases: &["DL3044"],
    level: Level::Error,
    page: Page {
        title: Text {
            en: "An ENV cannot use what it sets itself",
            zh: "ENV 不能引用同一条指令中设置的变量",
        },
        why: Text {
            en: "All values of one ENV are expanded before any of them is set.",
            zh: "同一条 ENV 中的所有值都在设置之前展开。",
        },
        bad: r"FROM debian:12
ENV HOME_DIR=/app BIN=$HOME_DIR/bin",
        good: r"FROM debian:12
ENV HOME_DIR=/app
ENV BIN=$HOME_DIR/bin",
        files: &[],
    },
    check,
};

use jettison_dockerfile::Lexer;

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Env) {
        let Arguments::Pairs(pairs) = &item.instruction.arguments else { continue };
        let names: BTreeSet<&str> = pairs.iter().map(|pair| pair.key.text.as_str()).collect();
        let scope = subject.scope(item.position);
        for pair in pairs {
            let Some(value) = &pair.value else { continue };
            let lexer = Lexer::new(subject.file.escape).keep_unset();
            let Ok(expanded) = lexer.expand(&value.text, &|_| None) else { continue };
            for used in expanded.unmatched.iter().filter(|used| names.contains(used.as_str())) {
                // `PATH=/x:$PATH` uses the value from before, and so does a name known already.
                if *used == pair.key.text || scope.declares(used) {
                    continue;
                }
                out.push(
                    value.span.clone(),
                    message!(
                        "{used} is set by this very instruction, and not known yet",
                        "{used} 由同一条指令设置，此时尚无值"
                    ),
                );
            }
        }
    }
}
