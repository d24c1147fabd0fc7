//! Run only what the image holds.

use crate::broken_array::leading_array;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-missing-command",
    aliases: &[],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Run only what the image holds", zh: "只运行镜像中确有的程序"
        },
        why: Text {
            en: "`scratch` holds nothing and distroless images hold no shell: a HEALTHCHECK by curl, or a command in shell form, can never start there.",
            zh: "`scratch` 里什么都没有，distroless 里没有 shell：用 curl 的 HEALTHCHECK 或 shell 形式的命令在那里永远无法启动。",
        },
        bad: r#"FROM scratch
COPY app /app
HEALTHCHECK CMD ["curl", "-f", "http://localhost:8080/healthz"]"#,
        good: r#"FROM scratch
COPY app /app
HEALTHCHECK CMD ["/app", "-health"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in &subject.items {
        let Some(stage) = item.stage else { continue };
        let base = &subject.bases[stage];
        if !base.has_no_shell() || copies_programs(subject, stage) {
            continue;
        }
        let form = match &item.instruction.arguments {
            Arguments::Command(form) if item.instruction.keyword != Keyword::Shell => form,
            Arguments::Healthcheck(view) => match &view.command {
                Some(form) => form,
                None => continue,
            },
            _ => continue,
        };
        let image = &subject.stages[stage].image;
        let (name, span) = match form {
            // An array with something after it is for a shell, but meant otherwise.
            Form::Shell(text) if leading_array(text.as_str()).is_some() => {
                let (words, _) = leading_array(text.as_str()).expect("it was just there");
                let start = text.as_str().find('"').unwrap_or_default();
                let length = text.as_str()[start + 1..].find('"').map_or(0, |at| at + 2);
                (words[0].clone(), text.source_range(start..start + length))
            }
            Form::Shell(text) => {
                let span = text.source_range(0..text.as_str().len());
                out.push(
                    span,
                    message!(
                        "{image} has no shell to run this",
                        "{image} 中没有可以执行它的 shell"
                    ),
                );
                continue;
            }
            Form::Exec(words) => {
                let Some(word) = words.first() else { continue };
                (word.text.clone(), word.span.clone())
            }
        };
        let name = name.rsplit('/').next().unwrap_or(&name);
        let is_tool =
            matches!(name, "curl" | "wget" | "sh" | "bash" | "nc" | "cat" | "test" | "ls");
        if is_tool && !copies(subject, stage, name) {
            out.push(span, message!("{image} has no {name}", "{image} 中没有 {name}"));
        }
    }
}

/// Whether a COPY brings a whole tree of programs, about which nothing is known.
fn copies_programs(subject: &Subject<'_>, stage: usize) -> bool {
    transfers(subject, stage).any(|(sources, destination)| {
        matches!(destination.trim_end_matches('/'), "" | "/bin" | "/usr" | "/usr/bin")
            || sources.iter().any(|source| source.contains("busybox"))
    })
}

fn copies(subject: &Subject<'_>, stage: usize, name: &str) -> bool {
    transfers(subject, stage).any(|(sources, destination)| {
        destination.rsplit('/').next() == Some(name)
            || sources.iter().any(|source| source.rsplit('/').next() == Some(name))
    })
}

fn transfers<'a>(
    subject: &'a Subject<'a>,
    stage: usize,
) -> impl Iterator<Item = (Vec<&'a str>, &'a str)> {
    let lineage = subject.lineage(stage);
    subject.items.iter().filter_map(move |item| {
        let Arguments::Transfer(transfer) = &item.instruction.arguments else { return None };
        if !item.stage.is_some_and(|stage| lineage.contains(&stage)) {
            return None;
        }
        let destination = transfer.destination.as_ref()?.text.as_str();
        Some((transfer.paths().map(|path| path.text.as_str()).collect(), destination))
    })
}
