//! EXPOSE names ports of the container only.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-port-format",
    aliases: &["ExposeInvalidFormat"],
    level: Level::Error,
    page: Page {
        title: Text {
            en: "EXPOSE names ports of the container only", zh: "EXPOSE 只写容器的端口"
        },
        why: Text {
            en: "Host ports and addresses are chosen when the container is started; in EXPOSE they have no effect.",
            zh: "主机端口和地址是在启动容器时指定的，写在 EXPOSE 中没有作用。",
        },
        bad: r"FROM debian:12
EXPOSE 8080:80",
        good: r"FROM debian:12
EXPOSE 80",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Expose) {
        let Arguments::Words(words) = &item.instruction.arguments else { continue };
        for word in words {
            let resolved = subject.resolve(item.position, &word.text);
            let text = resolved.as_deref().unwrap_or(&word.text);
            if text.contains(':') && !text.contains("${") {
                out.push(
                    word.span.clone(),
                    message!(
                        "{text} maps a port of the host, which EXPOSE cannot do",
                        "{text} 映射了主机端口，EXPOSE 做不到"
                    ),
                );
            }
        }
    }
}
