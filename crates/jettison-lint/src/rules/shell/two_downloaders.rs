//! Use either wget or curl.

use crate::prelude::*;
use std::collections::BTreeSet;

pub(crate) static RULE: Rule = Rule {
    id: "JT-two-downloaders",
    aliases: &["DL4001"],
    level: Level::Warning,
    page: Page {
        title: Text { en: "Use either wget or curl", zh: "wget 与 curl 只用其一" },
        why: Text {
            en: "Both do the same; the second one is a package that the image need not hold.",
            zh: "两者功能相同，没有必要在镜像里装两个。",
        },
        bad: r"FROM debian:12
RUN wget --progress=dot:giga https://example.com/a && curl -O https://example.com/b",
        good: r"FROM debian:12
RUN curl -O https://example.com/a && curl -O https://example.com/b",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for stage in 0..subject.stages.len() {
        let mut seen = BTreeSet::new();
        let mut reported = BTreeSet::new();
        let in_stage = subject.commands().filter(|(run, _)| run.item.stage == Some(stage));
        for (run, command) in in_stage {
            let name = command.name();
            if !matches!(name, "wget" | "curl") {
                continue;
            }
            seen.insert(name.to_owned());
            if seen.len() == 2 && reported.insert(run.item.position) {
                out.push(
                    run.command_span(command),
                    message!("wget and curl are both used", "同时使用了 wget 和 curl"),
                );
            }
        }
    }
}
