//! A service without root should listen above 1023.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-privileged-port",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "A service without root should listen above 1023",
            zh: "非 root 服务应监听 1023 以上的端口",
        },
        why: Text {
            en: "Only root may bind lower ports, except where the runtime allows it (Docker since 20.10 does, others need `net.ipv4.ip_unprivileged_port_start`).",
            zh: "只有 root 才能绑定更低的端口，除非运行时允许（Docker 20.10 起允许，其他环境需要设置 `net.ipv4.ip_unprivileged_port_start`）。",
        },
        bad: r"FROM nginx:1.29
EXPOSE 80
USER 101",
        good: r"FROM nginx:1.29
EXPOSE 8080
USER 101",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let mut users = subject.items.iter().filter(|item| {
        subject.is_final(item.stage)
            && item.instruction.keyword == Keyword::User
            && !item.is_deferred
    });
    let Some(user) = users.next_back() else { return };
    let Arguments::Single(name) = &user.instruction.arguments else { return };
    let name = name.text.split(':').next().unwrap_or_default();
    if matches!(name, "root" | "0") || name.contains('$') || may_listen(subject, user) {
        return;
    }
    for item in subject.with(Keyword::Expose).filter(|item| subject.is_final(item.stage)) {
        let Arguments::Words(words) = &item.instruction.arguments else { continue };
        for word in words {
            let port = word.text.split('/').next().unwrap_or_default();
            if port.parse::<u16>().is_ok_and(|port| port < 1024 && port > 0) {
                out.push(
                    word.span.clone(),
                    message!(
                        "{name} may not be allowed to listen on port {port}",
                        "{name} 可能无权监听端口 {port}"
                    ),
                );
            }
        }
    }
}

/// Whether low ports are open to `user`: Windows knows no privileged ports, and programs may be given the right.
fn may_listen(subject: &Subject<'_>, user: &Item<'_>) -> bool {
    let is_windows = user.stage.is_some_and(|stage| subject.bases[stage].is_windows());
    let grants = ["setcap", "authbind", "ip_unprivileged_port_start"];
    let text = |item: &Item<'_>| subject.source(&item.instruction.span).to_ascii_lowercase();
    let is_granted = subject.items.iter().any(|item| {
        let text = text(item);
        grants.iter().any(|grant| text.contains(grant))
    });
    is_windows || is_granted
}
