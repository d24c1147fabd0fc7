//! Run only what the image holds.

use std::ops::Range;

use crate::{base::Base, broken_array::leading_array, prelude::*, shell::scan};

pub(crate) static RULE: Rule = Rule {
    id: "JT-missing-command",
    aliases: &[],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Run only what the image holds", zh: "只运行镜像中确有的程序"
        },
        why: Text {
            en: "`scratch` holds nothing, distroless images hold no shell, and Debian, slim and Alpine images hold no curl unless a RUN installs it: a HEALTHCHECK by curl, or a command in shell form, can never start there.",
            zh: "`scratch` 里什么都没有，distroless 里没有 shell，而 Debian、slim 和 Alpine 镜像在 RUN 安装之前没有 curl：用 curl 的 HEALTHCHECK 或 shell 形式的命令在那里永远无法启动。",
        },
        bad: r#"FROM scratch
COPY app /app
EXPOSE 8080
HEALTHCHECK CMD ["curl", "-f", "http://localhost:8080/healthz"]"#,
        good: r#"FROM scratch
COPY app /app
EXPOSE 8080
HEALTHCHECK CMD ["/app", "-health"]"#,
        files: &[],
    },
    check,
};

/// Programs whose package is called as they are, and what else may stand for them in a RUN.
const TOOLS: &[(&str, &[&str])] = &[
    ("curl", &["curl"]),
    ("wget", &["wget"]),
    ("nc", &["nc", "netcat", "ncat"]),
    ("bash", &["bash"]),
    ("sh", &["sh"]),
    ("cat", &["cat", "coreutils"]),
    ("test", &["test", "coreutils"]),
    ("ls", &["ls", "coreutils"]),
    ("grep", &["grep"]),
    ("jq", &["jq"]),
    ("python", &["python"]),
    ("python3", &["python"]),
    ("node", &["node"]),
    ("pg_isready", &["postgres"]),
    ("redis-cli", &["redis"]),
];

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in &subject.items {
        let Some(stage) = item.stage else { continue };
        let base = &subject.bases[stage];
        let form = match &item.instruction.arguments {
            Arguments::Command(form) if item.instruction.keyword != Keyword::Shell => form,
            Arguments::Healthcheck(view) => match &view.command {
                Some(form) => form,
                None => continue,
            },
            _ => continue,
        };
        // A RUN that calls what is not there shows in the first build, unless nothing can run at all.
        if item.instruction.keyword == Keyword::Run && !base.has_no_shell() {
            continue;
        }
        let image = &subject.stages[stage].image;
        let looked_up = base.looked_up();
        let (en, zh) = (&looked_up.en, &looked_up.zh);
        if let Form::Shell(text) = form
            && leading_array(text.as_str()).is_none()
            && base.has_no_shell()
        {
            let brings_shell = copies_programs(subject, stage)
                || ["sh", "bash"].iter().any(|name| copies(subject, stage, name));
            if !brings_shell {
                out.push(
                    text.source_range(0..text.as_str().len()),
                    message!(
                        "{image} has no shell to run this{en}",
                        "{image} 中没有可以执行它的 shell{zh}"
                    ),
                );
            }
            continue;
        }
        let Some((program, span)) = started(form) else { continue };
        let name = program.rsplit('/').next().unwrap_or(&program);
        if is_missing(subject, stage, base, &program) {
            out.push(span, message!("{image} has no {name}{en}", "{image} 中没有 {name}{zh}"));
        }
    }
}

/// The program that is started first in any case, and its place.
fn started(form: &Form) -> Option<(String, Range<usize>)> {
    match form {
        Form::Exec(words) => words.first().map(|word| (word.text.clone(), word.span.clone())),
        Form::Shell(text) => {
            // An array with something after it is for a shell, but meant otherwise.
            if let Some((words, _)) = leading_array(text.as_str()) {
                let start = text.as_str().find('"')?;
                let length = text.as_str()[start + 1..].find('"').map_or(0, |at| at + 2);
                return Some((words.first()?.clone(), text.source_range(start..start + length)));
            }
            // Behind a condition it may have been asked for.
            let script = scan(text.as_str());
            let first = script.commands.first().filter(|one| one.depth == 0)?;
            let word = first.words.first()?;
            Some((word.text.clone(), text.source_range(word.range.clone())))
        }
    }
}

/// Directories that PATH names in every image.
const PROGRAM_DIRECTORIES: &[&str] =
    &["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];

/// Whether the stage certainly has no `program`: its base does not, and nothing in the file brings it.
fn is_missing(subject: &Subject<'_>, stage: usize, base: &Base, program: &str) -> bool {
    let (directory, name) = program.rsplit_once('/').unwrap_or(("", program));
    let is_on_path = directory.is_empty() || PROGRAM_DIRECTORIES.contains(&directory);
    let is_known = is_on_path && !name.contains('$') && base.lacks(name);
    if !is_known || copies(subject, stage, name) || copies_programs(subject, stage) {
        return false;
    }
    let lineage = subject.lineage(stage);
    let of_stage = |item: &&Item<'_>| item.stage.is_some_and(|one| lineage.contains(&one));
    let runs: Vec<&str> = subject
        .with(Keyword::Run)
        .filter(of_stage)
        .map(|item| subject.source(&item.instruction.span))
        .collect();
    if let Some((_, packages)) = TOOLS.iter().find(|(tool, _)| *tool == name) {
        // Scripts and lists of packages bring what does not stand here.
        let brings = ["$(", "`", "xargs", ".sh", ".txt", ".yml", "-r "];
        return !runs.iter().any(|text| {
            packages.iter().chain(&brings).any(|sign| text.contains(sign)) && !base.has_no_shell()
        });
    }
    // Any other program: only in an image that was looked into, to which nothing is added that may bring it.
    let adds_paths = subject
        .with(Keyword::Env)
        .filter(of_stage)
        .any(|item| subject.source(&item.instruction.span).contains("PATH"));
    let copies_to_path = transfers(subject, stage).any(|(_, destination)| {
        PROGRAM_DIRECTORIES.iter().any(|directory| destination.starts_with(directory))
    });
    base.facts.is_some() && runs.is_empty() && !adds_paths && !copies_to_path && !is_builtin(name)
}

/// What a shell does itself.
fn is_builtin(name: &str) -> bool {
    matches!(
        name,
        "" | "exec"
            | "exit"
            | "true"
            | "false"
            | "["
            | "[["
            | "test"
            | "cd"
            | "set"
            | "export"
            | "eval"
            | "."
            | "source"
            | ":"
            | "echo"
            | "printf"
            | "kill"
            | "read"
            | "trap"
            | "ulimit"
            | "umask"
            | "wait"
            | "command"
            | "type"
            | "{"
            | "("
            | "!"
            | "if"
            | "while"
            | "for"
            | "until"
            | "case"
    )
}

/// Whether a COPY brings a whole tree of programs, about which nothing is known.
fn copies_programs(subject: &Subject<'_>, stage: usize) -> bool {
    transfers(subject, stage).any(|(sources, destination)| {
        matches!(destination.trim_end_matches('/'), "" | "/bin" | "/usr" | "/usr/bin")
            || sources.iter().any(|source| source.contains("busybox"))
    })
}

fn copies(subject: &Subject<'_>, stage: usize, name: &str) -> bool {
    transfers(subject, stage).any(|(sources, destination)| {
        destination.rsplit('/').next() == Some(name)
            || sources.iter().any(|source| source.rsplit('/').next() == Some(name))
    })
}

fn transfers<'a>(
    subject: &'a Subject<'a>,
    stage: usize,
) -> impl Iterator<Item = (Vec<&'a str>, &'a str)> {
    let lineage = subject.lineage(stage);
    subject.items.iter().filter_map(move |item| {
        let Arguments::Transfer(transfer) = &item.instruction.arguments else { return None };
        if !item.stage.is_some_and(|stage| lineage.contains(&stage)) {
            return None;
        }
        let destination = transfer.destination.as_ref()?.text.as_str();
        Some((transfer.paths().map(|path| path.text.as_str()).collect(), destination))
    })
}
