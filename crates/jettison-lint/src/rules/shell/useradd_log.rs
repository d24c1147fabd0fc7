//! Create users with high numbers by `useradd -l`.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-useradd-log",
    aliases: &["DL3046"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Create users with high numbers by `useradd -l`",
            zh: "创建大编号用户时使用 `useradd -l`",
        },
        why: Text {
            en: "useradd writes the user's entry into /var/log/lastlog and faillog at an offset by its number: with a high one the files, and the layer, become gigabytes large.",
            zh: "useradd 会按用户编号的偏移写入 /var/log/lastlog 和 faillog，编号很大时这些文件和镜像层可达数 GB。",
        },
        bad: r"FROM debian:12
RUN useradd -u 123456789 app",
        good: r"FROM debian:12
RUN useradd -l -u 123456789 app",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for (run, command) in subject.commands().filter(|(_, command)| command.name() == "useradd") {
        let has_log_flag = command.has_letter('l') || command.has_option("no-log-init");
        let written = number_of(command).unwrap_or_default();
        let number = subject.resolve(run.item.position, written);
        if has_log_flag
            || !number.is_some_and(|number| {
                number.len() > 5 && number.bytes().all(|byte| byte.is_ascii_digit())
            })
        {
            continue;
        }
        let Some(name) = command.words.first() else { continue };
        out.push(
            run.command_span(command),
            message!(
                "without -l this makes a very large /var/log/lastlog",
                "不加 -l 会产生非常大的 /var/log/lastlog"
            ),
        )
        .fix(message!("Add -l", "加上 -l"), vec![Edit::insert(run.word_span(name).end, " -l")]);
    }
}

/// The user's number as written.
fn number_of(command: &Command) -> Option<&str> {
    let words = command.arguments();
    words.iter().enumerate().find_map(|(index, word)| {
        let text = word.text.as_str();
        if text == "--uid"
            || (text.starts_with('-') && !text.starts_with("--") && text.ends_with('u'))
        {
            return words.get(index + 1).map(|value| value.text.as_str());
        }
        text.strip_prefix("--uid=")
            .or_else(|| text.strip_prefix("-u").filter(|rest| !rest.is_empty()))
    })
}
