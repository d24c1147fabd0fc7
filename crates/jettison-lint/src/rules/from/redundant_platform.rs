//! `--platform=$TARGETPLATFORM` says nothing.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-from-redundant-platform",
    aliases: &["DL3065", "RedundantTargetPlatform"],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "`--platform=$TARGETPLATFORM` says nothing",
            zh: "`--platform=$TARGETPLATFORM` 是多余的",
        },
        why: Text {
            en: "The target platform is what FROM uses anyway.",
            zh: "FROM 本来就使用目标平台。",
        },
        bad: "FROM --platform=$TARGETPLATFORM debian:12",
        good: "FROM debian:12",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::From) {
        let Some(flag) = item.instruction.flag("platform") else { continue };
        if !matches!(flag.value(), Some("$TARGETPLATFORM" | "${TARGETPLATFORM}")) {
            continue;
        }
        let rest = subject.source(&(flag.span.end..item.instruction.span.end));
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        out.push(
            flag.span.clone(),
            message!("this is the platform that FROM uses anyway", "FROM 默认就使用该平台"),
        )
        .fix(
            message!("Remove the flag", "删除该选项"),
            vec![Edit::delete(flag.span.start..flag.span.end + blanks)],
        );
    }
}
