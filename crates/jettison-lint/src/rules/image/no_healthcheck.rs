//! Add a HEALTHCHECK to services.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-no-healthcheck",
    aliases: &["DL3057"],
    level: Level::Off,
    page: Page {
        title: Text { en: "Add a HEALTHCHECK to services", zh: "为服务添加 HEALTHCHECK" },
        why: Text {
            en: "Without one an orchestrator only sees that a process exists, not that it answers. Kubernetes has its own probes and ignores HEALTHCHECK.",
            zh: "没有它，编排系统只知道进程存在，不知道能否应答。Kubernetes 有自己的探针，会忽略 HEALTHCHECK。",
        },
        bad: r#"FROM nginx:1.29
EXPOSE 8080
USER 10001
CMD ["nginx"]"#,
        good: r#"FROM nginx:1.29
EXPOSE 8080
HEALTHCHECK CMD ["curl", "-f", "http://localhost:8080/"]
USER 10001
CMD ["nginx"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let lineage = subject.final_lineage();
    let in_image = || subject.items.iter().filter(|item| subject.is_final(item.stage));
    let has = |keyword| in_image().any(|item| item.instruction.keyword == keyword);
    let is_deferred = in_image().any(|item| item.is_deferred);
    let is_inherited = lineage.first().is_some_and(|stage| {
        subject.bases[*stage].facts.as_ref().is_some_and(|facts| facts.has_healthcheck)
    });
    let is_service = has(Keyword::Expose) && !is_inherited;
    if let (true, false, false, Some(&stage)) =
        (is_service, has(Keyword::Healthcheck), is_deferred, lineage.first())
    {
        let from = &subject.file.instructions[subject.stages[stage].from];
        out.push(
            from.span.clone(),
            message!("a service without a HEALTHCHECK", "服务没有 HEALTHCHECK"),
        );
    }
}
