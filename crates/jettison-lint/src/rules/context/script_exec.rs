//! Let start scripts exec the program.

use std::ops::Range;

use crate::prelude::*;
use crate::{packages::is_file, shell::scan, start_command::commands};

pub(crate) static RULE: Rule = Rule {
    id: "JT-script-exec",
    aliases: &[],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Let start scripts exec the program", zh: "启动脚本应以 exec 运行程序"
        },
        why: Text {
            en: "Without exec the shell stays process 1 and keeps SIGTERM to itself: the program is killed after the grace period, with whatever it was doing.",
            zh: "不用 exec 时 shell 仍是 1 号进程，SIGTERM 不会传给程序：宽限期过后程序会被强行杀死。",
        },
        bad: r#"FROM debian:12
COPY start.sh /start.sh
USER 10001
ENTRYPOINT ["/start.sh"]"#,
        good: r#"FROM debian:12
USER 10001
ENTRYPOINT ["nginx", "-g", "daemon off;"]"#,
        files: &[(
            "start.sh",
            r#"#!/bin/sh
export MODE=production
nginx -g "daemon off;"
"#,
        )],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in &subject.items {
        if !matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint) {
            continue;
        }
        // In shell form, that of a single command.
        let commands = commands(item);
        let [words] = commands.as_slice() else { continue };
        let script = words
            .iter()
            .take(2)
            .find(|(word, _)| is_file(word, &[".sh"]) || word.contains("entrypoint"));
        let Some((word, span)) = script else { continue };
        let Some((path, text)) = source_of(subject, item, word) else { continue };
        let Some(last) = last_command(&text) else { continue };
        let (name, place) = (&last.name, last.place);
        let finding = out.push(
            place.clone(),
            message!(
                "{name} is started without exec, so that signals do not reach it",
                "没有用 exec 启动 {name}，信号传不到它"
            ),
        );
        let why = message!("this runs {path}", "此处运行 {path}");
        finding.beside(&path, span.clone(), why);
        if last.can_be_replaced {
            finding.fix(
                message!("Start {name} with exec", "用 exec 启动 {name}"),
                vec![Edit::insert(place.start, "exec ")],
            );
        }
    }
}

/// The file of the build context that was copied to `path`, and its text.
fn source_of(subject: &Subject<'_>, item: &Item<'_>, path: &str) -> Option<(String, String)> {
    let name = path.rsplit('/').next()?;
    let lineage = subject.lineage(item.stage?);
    let copied = subject.items.iter().filter(|other| {
        other.stage.is_some_and(|stage| lineage.contains(&stage))
            && other.instruction.flag("from").is_none()
    });
    for other in copied {
        let Arguments::Transfer(transfer) = &other.instruction.arguments else { continue };
        let Some(destination) = &transfer.destination else { continue };
        for source in transfer.paths() {
            let bare = source.text.trim_start_matches("./");
            let is_it = bare.rsplit('/').next() == Some(name)
                || destination.text.rsplit('/').next() == Some(name);
            let candidates = if is_it {
                bare.to_owned()
            } else {
                format!("{}/{name}", bare.trim_end_matches(['/', '.']))
                    .trim_start_matches('/')
                    .to_owned()
            };
            if let Some(text) = subject.neighbours.text(&candidates) {
                return Some((candidates, text));
            }
        }
    }
    None
}

/// The program that a script ends with.
struct Last {
    name: String,
    /// From its name to its last argument, in the script.
    place: Range<usize>,
    /// Whether it can take the shell's place as it stands.
    can_be_replaced: bool,
}

/// What the shell does itself, and what is no program to wait for.
const NO_PROGRAM: &[&str] = &[
    "exec", "wait", "exit", "return", "trap", "[", "[[", "echo", "true", "false", ":", "printf",
    "cd", "export", "set", "unset", "shift", "eval", ".", "source", "read", "test",
];

/// The last command, when it is a program that the shell waits for.
fn last_command(text: &str) -> Option<Last> {
    let is_shell =
        text.lines().next().is_some_and(|line| line.starts_with("#!") && line.contains("sh"));
    if !is_shell {
        return None;
    }
    let script = scan(text);
    let last = script.commands.last()?;
    let word = last.words.first()?;
    let is_function = script.commands.iter().any(|one| one.name() == format!("{}()", last.name()))
        || text.contains(&format!("{}()", word.text))
        || text.contains(&format!("function {}", word.text));
    let is_exec = last.wrappers.iter().any(|word| word.text == "exec");
    let is_program = !NO_PROGRAM.contains(&last.name()) && !is_exec && !is_function;
    if !is_program || script.is_broken || last.separator == Separator::Background {
        return None;
    }
    let start = last.wrappers.first().unwrap_or(word).range.start;
    // A trap would be lost; in a pipe, a subshell or after `!` the shell has something left to do.
    let is_alone = !last.in_subshell
        && last.depth == 0
        && !last.is_negated
        && last.assignments.is_empty()
        && last.separator != Separator::Pipe
        && !script
            .pipes
            .iter()
            .any(|pipe| text[pipe.end..start].trim().is_empty() && pipe.end <= start)
        && !script.commands.iter().any(|one| one.name() == "trap");
    let place = start..last.words.last().unwrap_or(word).range.end;
    Some(Last { name: word.text.clone(), place, can_be_replaced: is_alone })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place that is found in a script, as text, and whether it can be fixed.
    fn found(script: &str) -> Option<(&str, bool)> {
        let text = format!("#!/bin/sh\n{script}");
        let last = last_command(&text)?;
        let start = last.place.start - "#!/bin/sh\n".len();
        Some((&script[start..last.place.end - "#!/bin/sh\n".len()], last.can_be_replaced))
    }

    #[test]
    fn programs_that_the_shell_waits_for() {
        let cases = [
            ("set -e\njava -jar a.jar # go\n", Some(("java -jar a.jar", true))),
            ("su-exec app \"$@\"\n", Some(("su-exec app \"$@\"", true))),
            ("a && nginx >log 2>&1\n", Some(("nginx", true))),
            ("trap stop EXIT\nnginx\n", Some(("nginx", false))),
            ("nginx | tee log\n", Some(("tee log", false))),
            ("if a; then\n  nginx\nfi\n", Some(("nginx", false))),
            ("A=1 nginx\n", Some(("nginx", false))),
        ];
        for (script, expected) in cases {
            assert_eq!(found(script), expected, "{script}");
        }
        for fine in [
            "exec nginx\n",
            "nginx &\nwait\n",
            "nginx &\n",
            "run() { a; }\nrun \"$@\"\n",
            "echo done\n",
            "[ -f a\n",
        ] {
            assert_eq!(found(fine), None, "{fine}");
        }
    }
}
