//! Ports lie between 0 and 65535.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-port-range",
    aliases: &["DL3011"],
    level: Level::Error,
    page: Page {
        title: Text {
            en: "Ports lie between 0 and 65535", zh: "端口号介于 0 与 65535 之间"
        },
        why: Text {
            en: "No program can listen on another one; the builder refuses it.",
            zh: "没有程序能监听其他端口，构建工具也会拒绝。",
        },
        bad: r"FROM debian:12
EXPOSE 80000",
        good: r"FROM debian:12
EXPOSE 8000",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Expose) {
        let Arguments::Words(words) = &item.instruction.arguments else { continue };
        for word in words {
            let text = subject.resolve(item.position, &word.text).unwrap_or_default();
            let ports = text.split('/').next().unwrap_or_default();
            let is_high = |port: &str| {
                port.len() > 5 && port.bytes().all(|b| b.is_ascii_digit())
                    || port.parse::<u32>().is_ok_and(|port| port > 65_535)
            };
            if ports.split(['-', ':']).any(is_high) {
                out.push(word.span.clone(), message!("no port is {ports}", "不存在端口 {ports}"));
            }
        }
    }
}
