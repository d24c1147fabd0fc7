//! Say which user the container runs as.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-runs-as-root",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Say which user the container runs as", zh: "指明容器以哪个用户运行"
        },
        why: Text {
            en: "Without USER most bases run everything as root. A container's root is the host's root behind a few checks of the kernel.",
            zh: "不写 USER 时大多数基础镜像都以 root 运行。容器的 root 与主机 root 之间只隔着内核的几道检查。",
        },
        bad: r#"FROM debian:12
CMD ["/app"]"#,
        good: r#"FROM debian:12
USER 10001
CMD ["/app"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let Some(last) = subject.final_stage() else { return };
    let in_image = |item: &&Item<'_>| subject.is_final(item.stage);
    let items = || subject.items.iter().filter(in_image);
    let has_user = items().any(|item| item.instruction.keyword == Keyword::User);
    let mut start = items().filter(|item| {
        matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint) && !item.is_deferred
    });
    let Some(start) = start.next_back() else { return };
    let base = &subject.bases[last];
    let tag = base.name.tag.as_deref().unwrap_or_default();
    let repository = &base.name.repository;
    let facts = base.facts.as_deref();
    // A name says less than the image itself.
    let has_own_user = facts.is_some_and(crate::image_facts::ImageFacts::has_own_user)
        || tag.contains("nonroot")
        || repository.contains("unprivileged")
        || repository.starts_with("bitnami/")
        || base.name.registry.starts_with("cgr.dev")
        || repository.starts_with("jenkins/")
        || base.is_windows();
    if !has_user && !has_own_user && !drops_root(subject) {
        let name = start.instruction.keyword.name();
        let looked_up = base.looked_up();
        let (en, zh) = (&looked_up.en, &looked_up.zh);
        let text = if facts.is_some() {
            message!(
                "neither this file nor its base gives a USER, so this {name} runs as root{en}",
                "本文件和基础镜像都没有 USER，这条 {name} 以 root 运行{zh}"
            )
        } else {
            message!(
                "no USER is given, so this {name} probably runs as root",
                "没有 USER，这条 {name} 很可能以 root 运行"
            )
        };
        out.push(start.instruction.name.span.clone(), text);
    }
}

/// Whether the start command itself changes the user: gosu, su-exec, setpriv.
fn drops_root(subject: &Subject<'_>) -> bool {
    subject.items.iter().any(|item| {
        let text = item.instruction.text.as_str();
        matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint | Keyword::Run)
            && ["gosu", "su-exec", "setpriv"].iter().any(|tool| text.contains(tool))
    })
}
