//! Keep secrets and dependency folders out of the build context.

use crate::ignore_patterns::Patterns;
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

/// Names at the top of a context that do not belong into an image, and what they are.
const UNWANTED: &[(&str, &str, &str)] = &[
    (".git", "version history", "版本历史"),
    (".svn", "version history", "版本历史"),
    (".hg", "version history", "版本历史"),
    ("node_modules", "dependencies", "依赖"),
    (".venv", "dependencies", "依赖"),
    ("venv", "dependencies", "依赖"),
    ("__pycache__", "compiled files", "编译产物"),
    (".env", "a secret", "机密"),
    (".npmrc", "a secret", "机密"),
    (".pypirc", "a secret", "机密"),
    (".netrc", "a secret", "机密"),
    (".aws", "a secret", "机密"),
    (".ssh", "a secret", "机密"),
    ("id_rsa", "a secret", "机密"),
    ("id_ed25519", "a secret", "机密"),
];

fn check(subject: &Subject<'_>, out: &mut Report) {
    let everything = subject.items.iter().find_map(|item| {
        let Arguments::Transfer(transfer) = &item.instruction.arguments else { return None };
        let is_local = item.instruction.flag("from").is_none();
        transfer
            .paths()
            .find(|path| is_local && matches!(path.text.as_str(), "." | "./" | "*" | "/"))
    });
    let Some(source) = everything else { return };
    let Some(children) = subject.neighbours.children("") else { return };
    let patterns = Patterns::parse(&subject.neighbours.text(".dockerignore").unwrap_or_default());
    for child in children.iter().filter(|child| !patterns.exclude(&child.name)) {
        let Some((name, en, zh)) = UNWANTED.iter().find(|(name, _, _)| *name == child.name) else {
            continue;
        };
        let bytes = subject.neighbours.bytes(name);
        out.push(
            source.span.clone(),
            message!(
                "this copies {name} ({en}, {bytes} bytes); add it to .dockerignore",
                "这会复制 {name}（{zh}，{bytes} 字节），应加入 .dockerignore"
            ),
        );
    }
}
