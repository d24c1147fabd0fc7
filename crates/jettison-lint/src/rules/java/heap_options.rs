//! Size the heap by the container's limit.

use crate::java::options;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-java-heap-size",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Size the heap by the container's limit", zh: "按容器限额设置堆大小"
        },
        why: Text {
            en: "A fixed -Xmx does not follow the memory limit. -XX:MaxRAMPercentage (8u191 and later, 10 and later) does; 50 to 80 leaves room for stacks, code and buffers. UseCGroupMemoryLimitForHeap existed in 8u131 to 9 only.",
            zh: "固定的 -Xmx 不会随内存限额变化，-XX:MaxRAMPercentage（8u191 及以后、10 及以后）则会；取 50 到 80 可为线程栈、代码和缓冲区留出空间。UseCGroupMemoryLimitForHeap 只存在于 8u131 到 9。",
        },
        bad: r#"FROM eclipse-temurin:17-jre
USER 10001
CMD ["java", "-Xmx1024m", "-jar", "app.jar"]"#,
        good: r#"FROM eclipse-temurin:17-jre
USER 10001
CMD ["java", "-XX:MaxRAMPercentage=75", "-jar", "app.jar"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for option in options(subject).into_iter().filter(|option| !option.is_for_builds) {
        let text = &option.text;
        let is_fixed = text
            .strip_prefix("-Xmx")
            .is_some_and(|size| size.starts_with(|c: char| c.is_ascii_digit()));
        if is_fixed {
            out.push(
                option.span.clone(),
                message!(
                    "{text} does not follow the container's memory limit",
                    "{text} 不会随容器内存限额变化"
                ),
            );
        }
        let percentage =
            text.strip_prefix("-XX:MaxRAMPercentage=").and_then(|value| value.parse::<f64>().ok());
        if percentage.is_some_and(|value| !(50.0..=80.0).contains(&value)) {
            out.push(
                option.span.clone(),
                message!(
                    "{text} is outside of 50 to 80, where heap and the rest both fit",
                    "{text} 不在 50 到 80 之间，堆与其余内存难以兼顾"
                ),
            );
        }
    }
}
