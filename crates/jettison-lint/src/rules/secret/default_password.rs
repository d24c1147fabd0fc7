//! No default passwords.

use crate::prelude::*;
use crate::secret_names::has_secret_part;

pub(crate) static RULE: Rule = Rule {
    id: "JT-default-password",
    aliases: &[],
    level: Level::Warning,
    page: Page {
        title: Text { en: "No default passwords", zh: "不要设置默认密码" },
        why: Text {
            en: "Everybody who can read the file or pull the image knows the password, and those who build on the image forget to change it.",
            zh: "能读到文件或拉取镜像的人都知道这个密码，而基于该镜像继续构建的人往往忘记修改。",
        },
        bad: r"FROM debian:12
RUN echo 'root:toor' | chpasswd",
        good: r"FROM debian:12
RUN passwd -l root",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for run in subject.posix_runs() {
        let commands = &run.script.commands;
        let Some(at) = commands.iter().position(|one| one.name() == "chpasswd") else { continue };
        let given = at.checked_sub(1).and_then(|before| commands.get(before)).filter(|before| {
            matches!(before.name(), "echo" | "printf")
                && before.arguments().iter().any(is_literal_pair)
        });
        if let Some(before) = given {
            let user = before.arguments().iter().find(|word| is_literal_pair(word));
            let user =
                user.and_then(|word| word.text.split(':').next()).unwrap_or_default().to_owned();
            out.push(
                run.command_span(before),
                message!("{user}'s password is in the image", "镜像中有 {user} 的密码"),
            );
        }
    }
    for item in subject.with(Keyword::Env) {
        let Arguments::Pairs(pairs) = &item.instruction.arguments else { continue };
        for pair in pairs.iter().filter(|pair| has_secret_part(&pair.key.text)) {
            let value =
                pair.value.as_ref().map_or("", |value| value.text.trim_matches(['"', '\'']));
            if value.is_empty() || value.contains('$') {
                continue;
            }
            let name = &pair.key.text;
            out.push(
                pair.key.span.start..pair.value.as_ref().map_or(pair.key.span.end, |v| v.span.end),
                message!(
                    "{name} has a default that everybody can read",
                    "{name} 的默认值任何人都能读到"
                ),
            );
        }
    }
}

/// `user:password` with a password that is written out.
fn is_literal_pair(word: &Word) -> bool {
    word.text.split_once(':').is_some_and(|(user, password)| {
        !user.is_empty()
            && !password.is_empty()
            && !password.starts_with('$')
            && !user.contains('/')
    })
}
