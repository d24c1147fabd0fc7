//! Choose one garbage collector, and options that it knows.

use crate::java::{JavaOption, options};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-java-conflict",
    aliases: &[],
    level: Level::Error,
    page: Page {
        title: Text {
            en: "Choose one garbage collector, and options that it knows",
            zh: "只选一种垃圾收集器，并只用它认识的选项",
        },
        why: Text {
            en: "With two collectors the JVM does not start. Options of a collector that is not the chosen one do nothing: threads of the parallel one under -XX:+UseSerialGC, for example.",
            zh: "同时选两种收集器时 JVM 无法启动。属于其他收集器的选项不起作用，例如在 -XX:+UseSerialGC 下设置并行收集的线程数。",
        },
        bad: r#"FROM eclipse-temurin:21-jre
USER 10001
CMD ["java", "-XX:+UseSerialGC", "-XX:+UseG1GC", "-jar", "app.jar"]"#,
        good: r#"FROM eclipse-temurin:21-jre
USER 10001
CMD ["java", "-XX:+UseSerialGC", "-jar", "app.jar"]"#,
        files: &[],
    },
    check,
};

/// Options that choose a collector.
const COLLECTORS: &[&str] = &[
    "-XX:+UseSerialGC",
    "-XX:+UseParallelGC",
    "-XX:+UseG1GC",
    "-XX:+UseZGC",
    "-XX:+UseShenandoahGC",
    "-XX:+UseConcMarkSweepGC",
    "-XX:+UseEpsilonGC",
];

/// Beginnings of options, and the collectors that know them (HotSpot's `gc_globals.hpp`).
const BELONG: &[(&str, &[&str])] = &[
    ("G1", &["-XX:+UseG1GC"]),
    (
        "UseStringDeduplication",
        &[
            "-XX:+UseG1GC",
            "-XX:+UseZGC",
            "-XX:+UseShenandoahGC",
            "-XX:+UseSerialGC",
            "-XX:+UseParallelGC",
        ],
    ),
    ("AdaptiveSizePolicyWeight", &["-XX:+UseParallelGC"]),
    ("GCTimeRatio", &["-XX:+UseParallelGC", "-XX:+UseG1GC"]),
    (
        "ParallelGCThreads",
        &[
            "-XX:+UseParallelGC",
            "-XX:+UseG1GC",
            "-XX:+UseZGC",
            "-XX:+UseShenandoahGC",
            "-XX:+UseConcMarkSweepGC",
        ],
    ),
    ("CMS", &["-XX:+UseConcMarkSweepGC"]),
];

fn check(subject: &Subject<'_>, out: &mut Report) {
    let all = options(subject);
    for (at, option) in all.iter().enumerate() {
        let together = |other: &&JavaOption| other.position == option.position;
        let chosen = |other: &&JavaOption| COLLECTORS.contains(&other.text.as_str());
        let text = &option.text;
        if chosen(&option) {
            let earlier = all[..at].iter().filter(together).filter(chosen);
            let other = earlier.map(|one| &one.text).find(|other| *other != text);
            if let Some(other) = other {
                out.push(
                    option.span.clone(),
                    message!(
                        "the JVM does not start with both {other} and {text}",
                        "同时使用 {other} 和 {text} 时 JVM 无法启动"
                    ),
                );
            }
            continue;
        }
        let Some(collector) = all.iter().filter(together).find(chosen) else { continue };
        let name = option.name().unwrap_or_default();
        let owners = BELONG.iter().find(|(start, _)| name.starts_with(start));
        if owners.is_some_and(|(_, owners)| !owners.contains(&collector.text.as_str())) {
            let collector = &collector.text;
            out.push(
                option.span.clone(),
                message!(
                    "{text} does nothing with {collector}",
                    "{text} 与 {collector} 一起使用时不起作用"
                ),
            )
            .lower_to(Level::Info);
        }
    }
}
