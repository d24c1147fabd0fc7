//! Give files their owner when they are copied.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-recursive-owner",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Give files their owner when they are copied",
            zh: "在复制文件时就设好属主",
        },
        why: Text {
            en: "`chown -R` in a later layer stores every file a second time. `COPY --chown` costs nothing.",
            zh: "之后用 `chown -R` 会把每个文件在新层中再存一份。`COPY --chown` 则没有额外开销。",
        },
        bad: r"FROM debian:12
COPY app /app
RUN chown -R 1000:1000 /app",
        good: r"FROM debian:12
COPY --chown=1000:1000 app /app",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    // What a stage stores twice that only lends files to others reaches no image.
    let shipped = subject.shipped();
    for (run, command) in subject.commands() {
        if !run.item.stage.is_some_and(|stage| shipped.contains(&stage)) {
            continue;
        }
        let name = command.name();
        if !matches!(name, "chown" | "chmod" | "chgrp")
            || !(command.has_letter('R') || command.has_option("recursive"))
        {
            continue;
        }
        let targets: Vec<&Word> = command.operands().skip(1).collect();
        let copied = subject.items.iter().find_map(|item| {
            let Arguments::Transfer(transfer) = &item.instruction.arguments else { return None };
            let is_before = item.stage == run.item.stage && item.position < run.item.position;
            let path = absolute(subject, item, &transfer.destination.as_ref()?.text);
            let hit = targets.iter().find(|word| {
                let target = absolute(subject, &run.item, &word.text);
                path == target || path.starts_with(&format!("{target}/")) && target.len() > 1
            });
            hit.filter(|_| is_before).copied()
        });
        if let Some(word) = copied {
            let path = &word.text;
            let flag = if name == "chmod" { "--chmod" } else { "--chown" };
            out.push(
                run.command_span(command),
                message!(
                    "{name} -R stores everything in {path} a second time; COPY {flag} sets it at once",
                    "{name} -R 会把 {path} 中的内容再存一份；应在 COPY 时用 {flag} 设定"
                ),
            );
        }
    }
}

/// `path` from the root, as far as WORKDIR tells.
fn absolute(subject: &Subject<'_>, item: &Item<'_>, path: &str) -> String {
    let path = subject.resolve(item.position, path).unwrap_or_else(|| path.to_owned());
    let path = path.trim_matches(['"', '\'']).trim_end_matches('/').trim_end_matches("/.");
    if path.starts_with('/') {
        return path.to_owned();
    }
    let workdir = subject.items.iter().rev().find_map(|one| {
        let is_before = one.stage == item.stage && one.position < item.position;
        match &one.instruction.arguments {
            Arguments::Single(word) if is_before && one.instruction.keyword == Keyword::Workdir => {
                Some(word.text.trim_end_matches('/').to_owned())
            }
            _ => None,
        }
    });
    let relative = path.trim_start_matches("./").trim_start_matches('.');
    format!("{}/{relative}", workdir.unwrap_or_default()).trim_end_matches('/').to_owned()
}
