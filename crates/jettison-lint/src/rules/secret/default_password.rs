//! No default passwords.

use crate::packages::is_file;
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
        for (at, command) in run.script.commands.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| run.script.commands.get(before));
            let before = before.filter(|one| {
                one.separator == Separator::Pipe && matches!(one.name(), "echo" | "printf")
            });
            let found = match command.name() {
                "chpasswd" => before.and_then(|before| {
                    let pair = before.arguments().iter().find(|word| is_literal_pair(word))?;
                    Some((pair.text.split(':').next().unwrap_or_default(), before.range.clone()))
                }),
                "passwd" if command.has_option("stdin") => before.and_then(|before| {
                    let password = before.operands().next().filter(|word| !word.is_dynamic)?;
                    let user = command.operands().next().map_or("root", |word| word.text.as_str());
                    (!password.text.is_empty()).then(|| (user, before.range.clone()))
                }),
                "useradd" | "usermod" => hashed(command),
                _ => None,
            };
            if let Some((user, range)) = found {
                out.push(
                    run.span(&range),
                    message!("{user}'s password is in the image", "镜像中有 {user} 的密码"),
                );
            }
        }
    }
    for item in subject.with(Keyword::Env) {
        let Arguments::Pairs(pairs) = &item.instruction.arguments else { continue };
        for pair in pairs.iter().filter(|pair| names_password(&pair.key.text)) {
            let value =
                pair.value.as_ref().map_or("", |value| value.text.trim_matches(['"', '\'']));
            if value.is_empty() || value.contains('$') || is_placeholder(value) || is_path(value) {
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

/// Whether a variable of this name holds a secret; passwords are often cut short: `DB_PASS`, `ROOT_PASSWD`.
fn names_password(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let short = ["pass", "passwd", "pwd", "passphrase"];
    let last = lower.rsplit('_').next().unwrap_or_default();
    has_secret_part(name)
        || short.contains(&last) && last != lower
        || last.ends_with("dbpass")
        || last.ends_with("passwd") && !last.starts_with("ht")
}

/// The user of a `useradd -p` that writes the password, or its hash, out, and the place of that.
fn hashed(command: &Command) -> Option<(&str, std::ops::Range<usize>)> {
    let arguments = command.arguments();
    let at = arguments.iter().position(|word| matches!(word.text.as_str(), "-p" | "--password"))?;
    let password = arguments.get(at + 1)?;
    // What no hash can be locks the account.
    let is_locked = password.text.starts_with(['!', '*']) || password.text.is_empty();
    let user = arguments.last().filter(|_| at + 2 < arguments.len());
    (!password.is_dynamic && !is_locked)
        .then(|| (user.map_or("the user", |word| word.text.as_str()), password.range.clone()))
}

/// Whether `value` says that a secret belongs here, and is none: `XXXX`, `**None**`, `<token>`, zeros.
fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_wrapped = |open: &str, close: &str| lower.starts_with(open) && lower.ends_with(close);
    matches!(lower.as_str(), "null" | "none" | "nil" | "undefined" | "false" | "true" | "ignored")
        || is_wrapped("**", "**")
        || is_wrapped("<", ">")
        || is_wrapped("{", "}")
        || value.chars().all(|c| matches!(c, 'x' | 'X' | '*' | '_' | '-' | '.'))
        || value.len() > 20 && value.chars().all(|c| matches!(c, '0' | '-'))
}

/// Whether `value` is where something lies: `/run/secrets/db`, `reset.sh`.
fn is_path(value: &str) -> bool {
    value.starts_with('/')
        || is_file(value, &[".sh", ".txt", ".pem", ".key", ".jks", ".json", ".py"])
}

/// `user:password` with a password that is written out.
fn is_literal_pair(word: &Word) -> bool {
    word.text.split_once(':').is_some_and(|(user, password)| {
        !user.is_empty()
            && !password.is_empty()
            && !password.starts_with(['$', '`'])
            && !user.contains(['/', '$'])
    })
}
