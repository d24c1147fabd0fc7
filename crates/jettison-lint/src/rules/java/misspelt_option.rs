//! Write JVM options as the JVM reads them.

use crate::{
    finding::Message,
    java::{DEPRECATED, EXPERIMENTAL, INTRODUCED, KNOWN, REMOVED, options},
    prelude::*,
    variables::differences,
};

pub(crate) static RULE: Rule = Rule {
    id: "JT-java-misspelt-option",
    aliases: &[],
    level: Level::Error,
    page: Page {
        title: Text {
            en: "Write JVM options as the JVM reads them", zh: "按 JVM 的格式书写选项"
        },
        why: Text {
            en: "`-Xmx=1g`, `-Xmx1gb`, `-XX:MaxRam=500m` and `-XX:UseG1GC` stop the JVM: sizes of -X options follow without an equals sign and in one letter's unit, -XX names are case-sensitive, and those that are on or off have a + or - before them.",
            zh: "`-Xmx=1g`、`-Xmx1gb`、`-XX:MaxRam=500m` 和 `-XX:UseG1GC` 会使 JVM 无法启动：-X 选项的大小直接跟在后面且单位只有一个字母，-XX 选项名区分大小写，开关选项前要有 + 或 -。",
        },
        bad: r#"FROM eclipse-temurin:21-jre
ENV JAVA_TOOL_OPTIONS="-Xms=1g""#,
        good: r#"FROM eclipse-temurin:21-jre
ENV JAVA_TOOL_OPTIONS="-Xms1g""#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for option in options(subject) {
        let text = &option.text;
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
        let found = option.name().map_or_else(|| size(text), |name| named(text, name));
        let Some((right, why)) = found else { continue };
        let inside = usize::from(option.is_quoted);
        let span = option.span.start + inside..option.span.end - inside;
        out.push(option.span.clone(), why).fix(
            message!("Write {right}", "改写为 {right}"),
            vec![Edit::replace(span, right.clone())],
        );
    }
}

/// What a misspelt option should be, and what is wrong with it.
type Right = (String, Message);

/// `-Xmx=1g` and `-Xmx1gb`: the size follows at once, in one letter's unit.
fn size(text: &str) -> Option<Right> {
    let name = ["-Xmx", "-Xms", "-Xmn", "-Xss"].into_iter().find(|name| text.starts_with(name))?;
    let rest = &text[name.len()..];
    let bare = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    let digits = bare.find(|c: char| !c.is_ascii_digit()).unwrap_or(bare.len());
    let unit = &bare[digits..];
    let is_long =
        digits > 0 && ["kb", "mb", "gb"].iter().any(|long| unit.eq_ignore_ascii_case(long));
    let short = if is_long { &bare[..=digits] } else { bare };
    let right = format!("{name}{short}");
    (right != text).then(|| {
        let why = message!(
            "{text} is not read by the JVM; write {right}",
            "JVM 不认识 {text}，应写作 {right}"
        );
        (right, why)
    })
}

/// `-XX:` options: their names, and `+` or `-` before those that are on or off, and only those.
fn named(text: &str, name: &str) -> Option<Right> {
    if let Some(meant) = KNOWN.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        if *meant != name {
            return Some((text.replacen(name, meant, 1), unknown(name, meant)));
        }
        let rest = text.strip_prefix("-XX:")?;
        let (is_switch, has_sign) = (is_switch(name), rest.starts_with(['+', '-']));
        if is_switch == has_sign {
            return None;
        }
        let right = if is_switch {
            let is_off = rest.ends_with("=false");
            format!("-XX:{}{name}", if is_off { '-' } else { '+' })
        } else {
            format!("-XX:{}", &rest[1..])
        };
        let why = if is_switch {
            message!(
                "{name} is on or off: without + or - before it the JVM does not start",
                "{name} 是开关选项：前面没有 + 或 - 时 JVM 无法启动"
            )
        } else {
            message!(
                "{name} takes a value: with + or - before it the JVM does not start",
                "{name} 需要取值：前面有 + 或 - 时 JVM 无法启动"
            )
        };
        return Some((right, why));
    }
    let is_other = REMOVED.iter().chain(DEPRECATED).any(|(other, _, _)| *other == name)
        || EXPERIMENTAL.iter().any(|(other, _)| *other == name)
        || INTRODUCED.iter().any(|(other, _)| *other == name);
    if is_other || name.len() < MIN_SIMILAR {
        return None;
    }
    let near = |known: &&&str| known.len().abs_diff(name.len()) <= 2;
    let meant = KNOWN.iter().filter(near).find(|known| differences(known, name) <= 2)?;
    Some((text.replacen(name, meant, 1), unknown(name, meant)))
}

/// Shorter names resemble others by chance.
const MIN_SIMILAR: usize = 10;

fn is_switch(name: &str) -> bool {
    name.starts_with("Use") || name.starts_with("Unlock") || name.ends_with("OnOutOfMemoryError")
}

fn unknown(name: &str, meant: &str) -> Message {
    message!("the JVM has no {name}, but {meant}", "JVM 没有 {name}，只有 {meant}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_put_right_and_right_ones_left_alone() {
        let cases = [
            ("-Xmx=1g", Some("-Xmx1g")),
            ("-Xms:512m", Some("-Xms512m")),
            ("-Xmx512MB", Some("-Xmx512M")),
            ("-Xmx1g", None),
            ("-Xmx${HEAP}", None),
            ("-Xmx1073741824", None),
            ("-XX:MaxRam=500m", Some("-XX:MaxRAM=500m")),
            ("-XX:MaxRAMPercentge=75", Some("-XX:MaxRAMPercentage=75")),
            ("-XX:UseG1GC", Some("-XX:+UseG1GC")),
            ("-XX:UseContainerSupport=false", Some("-XX:-UseContainerSupport")),
            ("-XX:+MaxRAMPercentage=75", Some("-XX:MaxRAMPercentage=75")),
            ("-XX:+HeapDumpOnOutOfMemoryEror", Some("-XX:+HeapDumpOnOutOfMemoryError")),
            ("-XX:+UseG1GC", None),
            ("-XX:-UseContainerSupport", None),
            ("-XX:HeapDumpPath=/dumps", None),
            ("-XX:MaxMetaspaceSize=1g", None),
            ("-XX:+UseParallelOldGC", None),
            ("-XX:+UseShenandoahGC", None),
            ("-XX:MaxNewSize=1g", None),
            ("-XX:InitialHeapSize=1g", None),
            ("-XX:G1MaxNewSizePercent=30", None),
            ("-XX:OnOutOfMemoryError=kill", None),
        ];
        for (text, expected) in cases {
            let name = text.strip_prefix("-XX:").map(|rest| {
                let rest = rest.trim_start_matches(['+', '-']);
                rest.split('=').next().unwrap_or(rest)
            });
            let found = name.map_or_else(|| size(text), |name| named(text, name));
            assert_eq!(found.map(|(right, _)| right).as_deref(), expected, "{text}");
        }
    }
}
