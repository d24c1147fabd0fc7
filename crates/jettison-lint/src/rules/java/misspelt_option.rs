//! Write JVM options as the JVM reads them.

use crate::java::{KNOWN, options};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-java-misspelt-option",
    aliases: &[],
    level: Level::Error,
    page: Page {
        title: Text {
            en: "Write JVM options as the JVM reads them", zh: "按 JVM 的格式书写选项"
        },
        why: Text {
            en: "`-Xmx=1g` and `-XX:MaxRam=500m` stop the JVM: sizes of -X options follow without an equals sign, and -XX names are case-sensitive.",
            zh: "`-Xmx=1g` 和 `-XX:MaxRam=500m` 会使 JVM 无法启动：-X 选项的大小直接跟在后面，-XX 选项名区分大小写。",
        },
        bad: r#"FROM eclipse-temurin:21-jre
ENV JAVA_TOOL_OPTIONS="-Xmx=1g""#,
        good: r#"FROM eclipse-temurin:21-jre
ENV JAVA_TOOL_OPTIONS="-Xmx1g""#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for option in options(subject) {
        let text = &option.text;
        let size = ["-Xmx", "-Xms", "-Xmn", "-Xss"].iter().find_map(|name| {
            text.strip_prefix(name)
                .and_then(|rest| rest.strip_prefix(['=', ':']))
                .map(|rest| (name, rest))
        });
        if let Some((name, rest)) = size {
            let right = format!("{name}{rest}");
            out.push(
                option.span.clone(),
                message!(
                    "{text} is not read by the JVM; write {right}",
                    "JVM 不认识 {text}，应写作 {right}"
                ),
            )
            .fix(
                message!("Write {right}", "改写为 {right}"),
                vec![Edit::replace(option.span.clone(), right.clone())],
            );
            continue;
        }
        if text.starts_with("XX:") {
            let start = option.span.start + usize::from(option.is_quoted);
            out.push(
                option.span.clone(),
                message!(
                    "without a dash {text} is no option: java takes it for the class to run",
                    "{text} 前面没有短横线，不是选项：java 会把它当作要运行的类"
                ),
            )
            .fix(message!("Write -{text}", "改写为 -{text}"), vec![Edit::insert(start, "-")]);
            continue;
        }
        let Some(name) = option.name() else { continue };
        let meant = KNOWN.iter().find(|known| known.eq_ignore_ascii_case(name) && **known != name);
        if let Some(meant) = meant {
            let right = text.replacen(name, meant, 1);
            out.push(
                option.span.clone(),
                message!("the JVM has no {name}, but {meant}", "JVM 没有 {name}，只有 {meant}"),
            )
            .fix(
                message!("Write {meant}", "改写为 {meant}"),
                vec![Edit::replace(option.span.clone(), right)],
            );
        }
    }
}
