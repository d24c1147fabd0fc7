//! Unlock experimental JVM options before using them.

use crate::java::{is_experimental, options};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-java-locked-option",
    aliases: &[],
    level: Level::Error,
    page: Page {
        title: Text {
            en: "Unlock experimental JVM options before using them",
            zh: "使用实验性 JVM 选项前要先解锁",
        },
        why: Text {
            en: "Experimental options stop the JVM unless `-XX:+UnlockExperimentalVMOptions` stands before them.",
            zh: "若前面没有 `-XX:+UnlockExperimentalVMOptions`，实验性选项会使 JVM 无法启动。",
        },
        bad: r#"FROM eclipse-temurin:17-jre
USER 10001
CMD ["java", "-XX:G1NewSizePercent=30", "-jar", "app.jar"]"#,
        good: r#"FROM eclipse-temurin:17-jre
USER 10001
CMD ["java", "-XX:+UnlockExperimentalVMOptions", "-XX:G1NewSizePercent=30", "-jar", "app.jar"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let all = options(subject);
    let mut unlocked_at = None;
    for option in &all {
        let is_locked = option.name().is_some_and(|name| is_experimental(name, option.java));
        let is_unlocked = all.iter().any(|other| {
            other.position == option.position
                && other.span.start < option.span.start
                && other.name() == Some("UnlockExperimentalVMOptions")
        });
        if !is_locked || is_unlocked {
            continue;
        }
        let name = option.name().unwrap_or_default();
        let finding = out.push(
            option.span.clone(),
            message!(
                "{name} is experimental; the JVM stops without UnlockExperimentalVMOptions",
                "{name} 是实验性选项，没有 UnlockExperimentalVMOptions 时 JVM 无法启动"
            ),
        );
        // One unlocks all that come after it.
        if unlocked_at.replace(option.position) == Some(option.position) {
            continue;
        }
        let unlock = if option.is_quoted {
            "\"-XX:+UnlockExperimentalVMOptions\", "
        } else {
            "-XX:+UnlockExperimentalVMOptions "
        };
        finding.fix(
            message!("Unlock it", "解锁该选项"),
            vec![Edit::insert(option.span.start, unlock)],
        );
    }
}
