//! Set nginx's workers to the CPU limit.

use crate::{packages::is_file, prelude::*};

pub(crate) static RULE: Rule = Rule {
    id: "JT-nginx-workers",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Set nginx's workers to the CPU limit",
            zh: "nginx 的 worker 数应与 CPU 限额一致",
        },
        why: Text {
            en: "`worker_processes auto` counts the host's CPUs, not those that the container may use: 64 workers share a limit of two CPUs.",
            zh: "`worker_processes auto` 按主机 CPU 数计算，而不是容器限额：64 个 worker 会争用两个 CPU。",
        },
        bad: r"FROM nginx:1.29
COPY nginx.conf /etc/nginx/nginx.conf",
        good: "FROM nginx:1.29",
        files: &[(
            "nginx.conf",
            r"worker_processes  auto;
events {}
",
        )],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Copy).filter(|item| item.instruction.flag("from").is_none()) {
        let Arguments::Transfer(transfer) = &item.instruction.arguments else { continue };
        for source in transfer.paths().filter(|path| is_file(&path.text, &[".conf"])) {
            let path = source.text.trim_start_matches("./");
            let Some(text) = subject.neighbours.text(path) else { continue };
            let Some(span) = directive(&text) else { continue };
            let finding = out.push(
                span.clone(),
                message!(
                    "auto counts the host's CPUs, not the container's",
                    "auto 按主机而不是容器的 CPU 数计算"
                ),
            );
            let why = message!("it is copied here", "在此处复制");
            finding.beside(path, source.span.clone(), why);
            finding.suggest(
                message!("Use two workers", "使用两个 worker"),
                vec![Edit::replace(span, "worker_processes 2;")],
            );
        }
    }
}

/// Place of `worker_processes auto;`.
fn directive(text: &str) -> Option<std::ops::Range<usize>> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split('#').next().unwrap_or_default();
        let start = code.len() - code.trim_start().len();
        let mut words = code.split_whitespace();
        let is_it = words.next() == Some("worker_processes")
            && words.next().is_some_and(|word| word.trim_end_matches(';') == "auto");
        if is_it {
            let end = code.find(';').map_or(code.trim_end().len(), |at| at + 1);
            return Some(offset + start..offset + end);
        }
        offset += line.len();
    }
    None
}
