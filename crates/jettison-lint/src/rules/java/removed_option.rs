//! Use only options that the JVM knows.

use crate::java::{DEPRECATED, INTRODUCED, REMOVED, options};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-java-removed-option",
    aliases: &[],
    level: Level::Error,
    page: Page {
        title: Text {
            en: "Use only options that the JVM knows",
            zh: "只使用该版本 JVM 支持的选项",
        },
        why: Text {
            en: "An option that was removed keeps the JVM from starting: `Unrecognized VM option`. Logging options went in Java 9, their place is `-Xlog`.",
            zh: "已删除的选项会使 JVM 无法启动（`Unrecognized VM option`）。日志选项在 Java 9 中被 `-Xlog` 取代。",
        },
        bad: r#"FROM eclipse-temurin:17-jre
USER 10001
CMD ["java", "-XX:+UseConcMarkSweepGC", "-jar", "app.jar"]"#,
        good: r#"FROM eclipse-temurin:17-jre
USER 10001
CMD ["java", "-XX:+UseG1GC", "-jar", "app.jar"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for option in options(subject) {
        let Some(version) = option.java else { continue };
        let is_it = |(name, since, _): &&(&str, u32, &str)| {
            option.name() == Some(*name) && version >= *since
        };
        if let Some((name, since, instead)) = REMOVED.iter().find(is_it) {
            let (en, zh) = match *instead {
                "" => (String::new(), String::new()),
                other => (format!("; use {other}"), format!("，应使用 {other}")),
            };
            out.push(
                option.span.clone(),
                message!(
                    "{name} is gone since Java {since}, and this image has Java {version}{en}",
                    "{name} 自 Java {since} 起已删除，而该镜像是 Java {version}{zh}"
                ),
            );
        } else if let Some((name, first)) =
            INTRODUCED.iter().find(|(name, first)| option.name() == Some(*name) && version < *first)
        {
            out.push(
                option.span.clone(),
                message!(
                    "{name} is not known before Java {first}, and this image has Java {version}",
                    "Java {first} 之前没有 {name}，而该镜像是 Java {version}"
                ),
            );
        } else if let Some((name, since, instead)) = DEPRECATED.iter().find(is_it) {
            out.push(
                option.span.clone(),
                message!(
                    "{name} is deprecated since Java {since}; use {instead}",
                    "{name} 自 Java {since} 起已弃用，应使用 {instead}"
                ),
            )
            .lower_to(Level::Warning);
        }
    }
}
