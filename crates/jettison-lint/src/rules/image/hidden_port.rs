//! Expose the port that the program listens on.

use std::ops::Range;

use crate::base::System;
use crate::{prelude::*, shell::scan};

pub(crate) static RULE: Rule = Rule {
    id: "JT-hidden-port",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Expose the port that the program listens on",
            zh: "用 EXPOSE 声明程序监听的端口",
        },
        why: Text {
            en: "EXPOSE is how people, `docker run -P` and other programs learn which port to publish. The health check or the command line names one here that no EXPOSE does.",
            zh: "使用者、`docker run -P` 和其他程序通过 EXPOSE 得知要发布哪个端口。此处的健康检查或命令行提到了一个没有 EXPOSE 的端口。",
        },
        bad: r#"FROM python:3.13-slim
USER 10001
CMD ["gunicorn", "--worker-tmp-dir", "/dev/shm", "--bind", "0.0.0.0:8000", "app:app"]"#,
        good: r#"FROM python:3.13-slim
EXPOSE 8000
USER 10001
CMD ["gunicorn", "--worker-tmp-dir", "/dev/shm", "--bind", "0.0.0.0:8000", "app:app"]"#,
        files: &[],
    },
    check,
};

/// Official images that expose nothing themselves.
const SILENT: &[&str] = &[
    "debian",
    "ubuntu",
    "alpine",
    "busybox",
    "python",
    "node",
    "golang",
    "ruby",
    "perl",
    "rust",
    "openjdk",
    "eclipse-temurin",
    "amazoncorretto",
    "centos",
    "fedora",
    "rockylinux",
    "almalinux",
    "buildpack-deps",
    "maven",
    "gradle",
];

/// What stands before the number of a port within a word.
const BEFORE: &[&str] =
    &["localhost:", "127.0.0.1:", "0.0.0.0:", "[::]:", "--port=", "--server.port="];

/// Options whose value is a port, or an address that may have no host: `:8080`.
const OPTIONS: &[&str] = &["--port", "--bind", "--listen", "--addr", "-b"];

fn check(subject: &Subject<'_>, out: &mut Report) {
    let Some(last) = subject.final_stage() else { return };
    let base = &subject.bases[last];
    let is_silent = matches!(base.system, System::Scratch | System::Distroless)
        || base.name.is_official() && SILENT.contains(&base.name.repository.as_str());
    if !is_silent {
        return;
    }
    let mut exposed: Vec<Range<u32>> = Vec::new();
    for item in subject.with(Keyword::Expose).filter(|item| subject.is_final(item.stage)) {
        let Arguments::Words(words) = &item.instruction.arguments else { continue };
        for word in words {
            let resolved = subject.resolve(item.position, &word.text);
            // What cannot be told may be any port.
            let Some(range) = resolved.as_deref().and_then(ports) else { return };
            exposed.push(range);
        }
    }
    let mut told = Vec::new();
    for item in subject.items.iter().filter(|item| item.stage == Some(last)) {
        // A health check reaches ports that are not for others.
        if item.instruction.keyword == Keyword::Healthcheck && !exposed.is_empty() {
            continue;
        }
        for (place, port) in mentioned(&words(item)) {
            if exposed.iter().any(|range| range.contains(&port)) || told.contains(&port) {
                continue;
            }
            told.push(port);
            let finding = out.push(
                digits(subject.source(&place), &place, port),
                message!("port {port} is not exposed", "端口 {port} 没有 EXPOSE"),
            );
            let line = subject.line_before(item.instruction);
            finding.suggest(
                message!("Add EXPOSE {port}", "加上 EXPOSE {port}"),
                vec![Edit::insert(line, format!("EXPOSE {port}{}", subject.file.line_end()))],
            );
        }
    }
}

/// The place of `port` in the word `text`, which is at `place`; all of it when it is written otherwise.
fn digits(text: &str, place: &Range<usize>, port: u32) -> Range<usize> {
    let digits = port.to_string();
    match text.rfind(&digits) {
        Some(at) => place.start + at..place.start + at + digits.len(),
        None => place.clone(),
    }
}

/// The words of a command that is started, with their places in the file.
fn words(item: &Item<'_>) -> Vec<(String, Range<usize>)> {
    let form = match (&item.instruction.arguments, item.instruction.keyword) {
        (Arguments::Command(form), Keyword::Cmd | Keyword::Entrypoint) => form,
        (Arguments::Healthcheck(view), _) => match &view.command {
            Some(form) => form,
            None => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    match form {
        Form::Exec(words) => {
            words.iter().map(|word| (word.text.clone(), word.span.clone())).collect()
        }
        Form::Shell(text) => {
            let script = scan(text.as_str());
            let words = script.commands.iter().flat_map(|one| &one.words);
            words.map(|word| (word.text.clone(), text.source_range(word.range.clone()))).collect()
        }
    }
}

/// The ports of an EXPOSE word: `80`, `80/tcp`, `8000-8010`.
fn ports(word: &str) -> Option<Range<u32>> {
    let numbers = word.split('/').next()?;
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
    Some(first.parse().ok()?..last.parse::<u32>().ok()? + 1)
}

/// Ports that the words name, with the places of those words.
fn mentioned(words: &[(String, Range<usize>)]) -> Vec<(Range<usize>, u32)> {
    let mut found = Vec::new();
    let mut option = "";
    for (word, place) in words {
        let within = BEFORE.iter().find_map(|before| word.split(before).nth(1));
        let after = OPTIONS.contains(&option).then(|| word.strip_prefix(':').unwrap_or(word));
        found.extend(within.or(after).and_then(leading_port).map(|port| (place.clone(), port)));
        option = word;
    }
    found
}

/// The port that `text` begins with, unless it is the beginning of an address.
fn leading_port(text: &str) -> Option<u32> {
    let length = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let port = text[..length].parse().ok()?;
    (!text[length..].starts_with('.') && (1..=65535).contains(&port)).then_some(port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_told_from_other_numbers() {
        let cases: &[(&str, &[u32])] = &[
            ("curl -f http://localhost:8080/healthz", &[8080]),
            ("gunicorn -w 4 --bind 0.0.0.0:8000", &[8000]),
            ("gunicorn -b :8001", &[8001]),
            ("gunicorn -b 10.0.0.1", &[]),
            ("uvicorn --port 82 --workers 4", &[82]),
            ("uvicorn --port=83", &[83]),
            ("gunicorn --bind 0.0.0.0:$PORT", &[]),
            ("redis-cli -h 127.0.0.1", &[]),
        ];
        for (text, expected) in cases {
            let words: Vec<_> = text.split(' ').map(|word| (word.to_owned(), 0..1)).collect();
            let found: Vec<u32> = mentioned(&words).into_iter().map(|(_, port)| port).collect();
            assert_eq!(&found, expected, "{text}");
        }
    }
}
