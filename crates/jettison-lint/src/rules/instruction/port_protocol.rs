//! Write protocols of ports in lower case.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-port-protocol",
    aliases: &["ExposeProtoCasing"],
    level: Level::Style,
    page: Page {
        title: Text {
            en: "Write protocols of ports in lower case", zh: "端口的协议使用小写"
        },
        why: Text {
            en: "Programs that read the image's configuration expect `tcp` and `udp`.",
            zh: "读取镜像配置的程序期望的是 `tcp` 和 `udp`。",
        },
        bad: r"FROM debian:12
EXPOSE 80/TCP",
        good: r"FROM debian:12
EXPOSE 80/tcp",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Expose) {
        let Arguments::Words(words) = &item.instruction.arguments else { continue };
        for word in words {
            let Some((port, protocol)) = word.text.split_once('/') else { continue };
            let lower = protocol.to_ascii_lowercase();
            if protocol == lower || protocol.contains('$') {
                continue;
            }
            out.push(
                word.span.clone(),
                message!("protocol {protocol} is not in lower case", "协议 {protocol} 不是小写"),
            )
            .fix(
                message!("Write {lower}", "改写为 {lower}"),
                vec![Edit::replace(word.span.clone(), format!("{port}/{lower}"))],
            );
        }
    }
}
