//! Do not make files writable for everybody.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-world-writable",
    aliases: &[],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Do not make files writable for everybody",
            zh: "不要让所有人都能写文件",
        },
        why: Text {
            en: "Whoever gets into any process of the container can replace such files, programs among them.",
            zh: "任何进入容器进程的人都能替换这些文件，包括程序。",
        },
        bad: r"FROM debian:12
RUN chmod -R 777 /app",
        good: r"FROM debian:12
RUN chmod -R 755 /app",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for (run, command) in subject.commands().filter(|(_, command)| command.name() == "chmod") {
        let mode = command.operands().next();
        if let Some(mode) = mode.filter(|mode| is_world_writable(&mode.text)) {
            let text = &mode.text;
            out.push(
                run.word_span(mode),
                message!("mode {text} lets everybody write", "权限 {text} 允许所有人写入"),
            );
        }
    }
    for item in &subject.items {
        let Some(flag) = item.instruction.flag("chmod") else { continue };
        if flag.value().is_some_and(is_world_writable) {
            let text = flag.value().unwrap_or_default();
            out.push(
                flag.span.clone(),
                message!("mode {text} lets everybody write", "权限 {text} 允许所有人写入"),
            );
        }
    }
}

fn is_world_writable(mode: &str) -> bool {
    if !mode.is_empty() && mode.bytes().all(|byte| (b'0'..=b'7').contains(&byte)) {
        let others = mode.bytes().last().unwrap_or_default() - b'0';
        // A sticky directory such as /tmp is meant to be written by everybody.
        let is_sticky = mode.len() == 4 && mode.starts_with('1');
        return others & 2 != 0 && !is_sticky;
    }
    mode.split(',').any(|clause| {
        let Some((who, what)) = clause.split_once(['+', '=']) else { return false };
        (who.contains('o') || who.contains('a')) && what.contains('w') && !what.contains('t')
    })
}
