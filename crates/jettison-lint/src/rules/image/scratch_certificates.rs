//! Give a scratch image the files that programs expect.

use crate::base::System;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-scratch-certificates",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Give a scratch image the files that programs expect",
            zh: "为 scratch 镜像补齐程序需要的文件",
        },
        why: Text {
            en: "`scratch` has no CA certificates (HTTPS fails), no time zones and no /etc/passwd. Copy what the program needs from the build stage.",
            zh: "`scratch` 没有 CA 证书（HTTPS 会失败）、时区数据和 /etc/passwd。应从构建阶段复制程序所需的文件。",
        },
        bad: r#"FROM golang:1.26 AS build
FROM scratch
COPY --from=build /app /app
USER 10001
CMD ["/app"]"#,
        good: r#"FROM golang:1.26 AS build
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /app /app
USER 10001
CMD ["/app"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let Some(last) = subject.final_stage() else { return };
    if subject.bases[last].system != System::Scratch {
        return;
    }
    let lineage = subject.final_lineage();
    let in_image = |item: &&Item<'_>| item.stage.is_some_and(|stage| lineage.contains(&stage));
    let items: Vec<&Item<'_>> = subject.items.iter().filter(in_image).collect();
    let runs = items
        .iter()
        .any(|item| matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint));
    let has = |names: &[&str]| {
        items.iter().any(|item| {
            let Arguments::Transfer(transfer) = &item.instruction.arguments else { return false };
            let is_broad = transfer.destination.as_ref().is_some_and(|word| word.text == "/");
            let mut paths = transfer.paths().chain(&transfer.destination);
            is_broad || paths.any(|path| names.iter().any(|name| path.text.contains(name)))
        })
    };
    for item in &items {
        match &item.instruction.arguments {
            Arguments::Single(word) if item.instruction.keyword == Keyword::User => {
                let is_name = word.text.starts_with(|c: char| c.is_ascii_alphabetic());
                if is_name && word.text != "root" && !has(&["/etc/passwd", "passwd", "/etc"]) {
                    out.push(
                        word.span.clone(),
                        message!(
                            "there is no /etc/passwd here to look the user up in",
                            "这里没有 /etc/passwd，找不到该用户"
                        ),
                    )
                    .level = Level::Warning;
                }
            }
            Arguments::Pairs(pairs) if item.instruction.keyword == Keyword::Env => {
                let zone = pairs.iter().find(|pair| pair.key.text == "TZ");
                if let Some(zone) = zone.filter(|_| !has(&["zoneinfo"])) {
                    out.push(
                        zone.key.span.clone(),
                        message!(
                            "there are no time zones here that TZ could name",
                            "这里没有 TZ 所指的时区数据"
                        ),
                    );
                }
            }
            _ => {}
        }
    }
    let from =
        subject.stages[last].from_view(subject.file).filter(|_| runs && is_compiled(subject));
    if let Some(from) = from
        && !has(&["ssl", "cert", "pki"])
    {
        out.push(
            from.image.span.clone(),
            message!(
                "no CA certificates are copied: every HTTPS request from here fails",
                "没有复制 CA 证书：从这里发起的 HTTPS 请求都会失败"
            ),
        );
    }
}

/// Whether an earlier stage compiles what may be a program of the network: Go, Rust and the like. Of other programs, or
/// of modules and files that an image only carries, nothing is known.
fn is_compiled(subject: &Subject<'_>) -> bool {
    let languages = ["golang", "rust", "dotnet", "haskell", "swift", "crystal", "nim"];
    let starts_from = |stage: &jettison_dockerfile::Stage| {
        subject.bases.get(stage.index).is_some_and(|base| languages.contains(&base.name.short()))
    };
    let builds = |command: &Command| match command.name() {
        "go" => command.has("build") || command.has("install"),
        "cargo" => command.has("build"),
        "dotnet" => command.has("publish"),
        _ => false,
    };
    let has_wasm = subject.file.text().contains("wasm");
    !has_wasm
        && (subject.stages.iter().any(starts_from)
            || subject.commands().any(|(_, command)| builds(command)))
}
