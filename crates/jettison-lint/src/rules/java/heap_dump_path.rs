//! Write heap dumps to a volume.

use crate::java::options;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-java-heap-dump",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text { en: "Write heap dumps to a volume", zh: "堆转储应写入数据卷" },
        why: Text {
            en: "A dump as large as the heap fills the container's own layer, and is gone when the container is replaced. With ExitOnOutOfMemoryError alone the program restarts at once instead; both have their place.",
            zh: "堆转储与堆一样大，会写满容器层，容器重建后又会消失。只用 ExitOnOutOfMemoryError 则会立即重启；两者各有用途。",
        },
        bad: r#"FROM eclipse-temurin:17-jre
USER 10001
CMD ["java", "-XX:+HeapDumpOnOutOfMemoryError", "-XX:HeapDumpPath=/dumps", "-jar", "app.jar"]"#,
        good: r#"FROM eclipse-temurin:17-jre
VOLUME /dumps
USER 10001
CMD ["java", "-XX:+HeapDumpOnOutOfMemoryError", "-XX:HeapDumpPath=/dumps", "-jar", "app.jar"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let all = options(subject);
    for option in all.iter().filter(|one| one.text == "-XX:+HeapDumpOnOutOfMemoryError") {
        let path = all.iter().find(|other| {
            other.position == option.position && other.name() == Some("HeapDumpPath")
        });
        let target = path.and_then(|path| path.text.split_once('=')).map_or("", |(_, path)| path);
        let is_volume = subject.with(Keyword::Volume).any(|item| {
            let Arguments::Words(words) = &item.instruction.arguments else { return false };
            words.iter().any(|word| {
                let volume = word.text.trim_end_matches('/');
                target == volume || target.starts_with(&format!("{volume}/"))
            })
        });
        if !is_volume {
            let span = path.map_or(&option.span, |path| &path.span).clone();
            out.push(span, message!("the heap dump is not on a volume", "堆转储不在数据卷上"));
        }
    }
}
