//! Keep secrets and dependency folders out of the build context.

use std::collections::BTreeSet;

use jettison_dockerfile::Word as Path;

use crate::finding::{Fix, Message, Safety};
use crate::ignore_patterns::Patterns;
use crate::packages::is_file;
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-dockerignore",
    aliases: &[],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Keep secrets and dependency folders out of the build context",
            zh: "不要让机密和依赖目录进入构建上下文",
        },
        why: Text {
            en: "`COPY . .` takes everything that .dockerignore does not exclude: version history, keys, and folders of dependencies that were built for another system.",
            zh: "`COPY . .` 会复制 .dockerignore 未排除的一切：版本历史、密钥，以及为其他系统构建的依赖目录。",
        },
        bad: r"FROM node:22
WORKDIR /app
COPY . .",
        good: r"FROM node:22
WORKDIR /app
COPY src src",
        files: &[
            (
                ".git/HEAD",
                r"ref: refs/heads/main
",
            ),
            (
                "src/app.js",
                r"1
",
            ),
        ],
    },
    check,
};

/// Names that do not belong into an image, and what they are.
const UNWANTED: &[(&str, &str, &str)] = &[
    (".git", "version history", "版本历史"),
    (".svn", "version history", "版本历史"),
    (".hg", "version history", "版本历史"),
    ("node_modules", "dependencies", "依赖"),
    ("bower_components", "dependencies", "依赖"),
    (".venv", "dependencies", "依赖"),
    ("venv", "dependencies", "依赖"),
    (".terraform", "dependencies", "依赖"),
    ("__pycache__", "compiled files", "编译产物"),
    (".env", "a secret", "机密"),
    (".npmrc", "a secret", "机密"),
    (".pypirc", "a secret", "机密"),
    (".netrc", "a secret", "机密"),
    (".pgpass", "a secret", "机密"),
    (".aws", "a secret", "机密"),
    (".ssh", "a secret", "机密"),
    ("terraform.tfstate", "a secret", "机密"),
];

/// Names of environment files that hold no secrets but show which there are.
const TEMPLATES: &[&str] = &["example", "sample", "template", "dist", "test", "defaults"];

/// Deepest directory that is looked into below one that is copied: workspaces nest two or three
/// levels.
const MAX_DEPTH: usize = 4;

/// Most entries that are looked at: an editor asks after every keystroke.
const MAX_ENTRIES: usize = 5_000;

/// What a new `.dockerignore` begins with.
const BEGINNING: &str = ".git\n.env\n.dockerignore\nDockerfile\n";

fn check(subject: &Subject<'_>, out: &mut Report) {
    if subject.neighbours.children("").is_none() {
        return;
    }
    let ignoring = IgnoreFile::of(subject);
    let mut told: BTreeSet<String> = BTreeSet::new();
    let mut is_bare = None;
    for item in &subject.items {
        let Arguments::Transfer(transfer) = &item.instruction.arguments else { continue };
        if item.instruction.flag("from").is_some() {
            continue;
        }
        for source in transfer.paths() {
            let Some(directory) = directory(subject, &source.text) else { continue };
            if directory.is_empty() {
                is_bare = is_bare.or(Some(source));
            }
            for found in unwanted(subject, &ignoring.patterns, directory) {
                if told.insert(found.path.clone()) {
                    report(subject, out, source, &found, &ignoring);
                }
            }
        }
    }
    if let (Some(source), true, true) = (is_bare, told.is_empty(), ignoring.text.is_none()) {
        let name = &ignoring.name;
        let text = message!(
            "this copies everything here; there is no {name} to leave anything out",
            "这会复制此处的一切；没有 {name} 来排除任何内容"
        );
        let finding = out.push(source.span.clone(), text).lower_to(Level::Info);
        let title = message!("Make a {name} to begin with", "创建一个初始的 {name}");
        finding.fix = Some(ignoring.fix(title, BEGINNING));
    }
}

/// Something that does not belong into an image.
struct Unwanted {
    path: String,
    /// What excludes it, and its like elsewhere.
    pattern: String,
    kind: (&'static str, &'static str),
}

fn report(
    subject: &Subject<'_>,
    out: &mut Report,
    source: &Path,
    found: &Unwanted,
    ignoring: &IgnoreFile,
) {
    let Unwanted { path, pattern, kind: (en, zh) } = found;
    let bytes = subject.neighbours.bytes(path);
    let name = &ignoring.name;
    let plural = if bytes == 1 { "" } else { "s" };
    let text = message!(
        "this copies {path} ({en}, {bytes} byte{plural}); add it to {name}",
        "这会复制 {path}（{zh}，{bytes} 字节），应加入 {name}"
    );
    let title = message!("Add {pattern} to {name}", "把 {pattern} 加入 {name}");
    out.push(source.span.clone(), text).fix = Some(ignoring.fix(title, &format!("{pattern}\n")));
}

/// The directory of the context that `source` copies; `*` stands for all that is in one.
fn directory<'a>(subject: &Subject<'_>, source: &'a str) -> Option<&'a str> {
    let path = source.strip_suffix('*').filter(|rest| rest.is_empty() || rest.ends_with('/'));
    let path = path.unwrap_or(source).trim_start_matches("./").trim_matches('/');
    let path = if path == "." { "" } else { path };
    subject.neighbours.children(path).map(|_| path)
}

/// What is at and below `directory` and does not belong into an image.
fn unwanted(subject: &Subject<'_>, patterns: &Patterns, directory: &str) -> Vec<Unwanted> {
    let mut found = Vec::new();
    let mut pending = vec![(directory.to_owned(), 0)];
    let mut left = MAX_ENTRIES;
    while let Some((directory, depth)) = pending.pop() {
        for child in subject.neighbours.children(&directory).iter().flat_map(|all| all.iter()) {
            let Some(less) = left.checked_sub(1) else { return found };
            left = less;
            if !child.is_directory && !is_suspect(&child.name) {
                continue;
            }
            let path = match directory.as_str() {
                "" => child.name.clone(),
                parent => format!("{parent}/{}", child.name),
            };
            if patterns.exclude(&path) {
                continue;
            }
            if let Some(kind) = kind(subject, &child.name, &path) {
                let is_nested = path.contains('/');
                let pattern = format!("{}{}", if is_nested { "**/" } else { "" }, child.name);
                found.push(Unwanted { path, pattern, kind });
            } else if child.is_directory && depth < MAX_DEPTH {
                pending.push((path, depth + 1));
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// Whether a name alone is reason to look closer.
fn is_suspect(name: &str) -> bool {
    name.starts_with(".env.")
        || may_be_key(name)
        || UNWANTED.iter().any(|(unwanted, _, _)| *unwanted == name)
}

fn may_be_key(name: &str) -> bool {
    name.starts_with("id_") || is_file(name, &[".pem", ".key"])
}

/// What the file or directory `name` at `path` is, in both languages, when it is unwanted.
fn kind(subject: &Subject<'_>, name: &str, path: &str) -> Option<(&'static str, &'static str)> {
    if let Some((_, en, zh)) = UNWANTED.iter().find(|(unwanted, _, _)| *unwanted == name) {
        return Some((en, zh));
    }
    let is_environment = name
        .strip_prefix(".env.")
        .is_some_and(|rest| !TEMPLATES.iter().any(|template| rest.contains(template)));
    let is_secret = is_environment
        || may_be_key(name)
            && subject.neighbours.text(path).is_some_and(|text| text.contains(" PRIVATE KEY-----"));
    is_secret.then_some(("a secret", "机密"))
}

/// The file that says what is left out of the context.
struct IgnoreFile {
    name: String,
    text: Option<String>,
    patterns: Patterns,
}

impl IgnoreFile {
    /// The Dockerfile's own one, or else the context's.
    fn of(subject: &Subject<'_>) -> Self {
        let own = subject.settings.file_name.as_ref().map(|name| format!("{name}.dockerignore"));
        let own = own.and_then(|name| Some((subject.neighbours.text(&name)?, name)));
        let (text, name) = match own {
            Some((text, name)) => (Some(text), name),
            None => (subject.neighbours.text(".dockerignore"), ".dockerignore".to_owned()),
        };
        let patterns = Patterns::parse(text.as_deref().unwrap_or_default());
        Self { name, text, patterns }
    }

    /// Adds `lines`. What they name may be meant to be copied after all.
    fn fix(&self, title: Message, lines: &str) -> Fix {
        let text = self.text.as_deref().unwrap_or_default();
        let is_open = !text.is_empty() && !text.ends_with('\n');
        let edit = Edit::insert(text.len(), format!("{}{lines}", if is_open { "\n" } else { "" }));
        Fix { title, safety: Safety::Unsafe, file: Some(self.name.clone()), edits: vec![edit] }
    }
}
