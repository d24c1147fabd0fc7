//! Install dependencies before copying the sources.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-sources-first",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Install dependencies before copying the sources",
            zh: "先安装依赖，再复制源代码",
        },
        why: Text {
            en: "Each change of any source file invalidates the layers after `COPY . .`, so that all dependencies are installed again. Copy the manifest, install, then copy the rest.",
            zh: "任何源文件的改动都会使 `COPY . .` 之后的层失效，所有依赖都要重新安装。应先复制依赖清单并安装，再复制其余文件。",
        },
        bad: r"FROM node:22
WORKDIR /app
COPY . .
RUN npm ci",
        good: r"FROM node:22
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .",
        files: &[],
    },
    check,
};

/// Programs that install dependencies, their subcommands, and the files that list those.
const INSTALLERS: &[(&str, &[&str], &str)] = &[
    ("npm", &["ci", "install", "i"], "package.json package-lock.json"),
    ("yarn", &["install", ""], "package.json yarn.lock"),
    ("pnpm", &["install", "i"], "package.json pnpm-lock.yaml"),
    ("pip", &["install"], "requirements.txt"),
    ("pip3", &["install"], "requirements.txt"),
    ("poetry", &["install"], "pyproject.toml poetry.lock"),
    ("uv", &["sync"], "pyproject.toml uv.lock"),
    ("bundle", &["install"], "Gemfile Gemfile.lock"),
    ("composer", &["install"], "composer.json composer.lock"),
    ("go", &["mod"], "go.mod go.sum"),
    ("mvn", &["dependency:go-offline", "dependency:resolve"], "pom.xml"),
    ("cargo", &["fetch"], "Cargo.toml Cargo.lock"),
];

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in &subject.items {
        let Arguments::Transfer(transfer) = &item.instruction.arguments else { continue };
        let is_local = item.instruction.flag("from").is_none();
        let everything =
            transfer.paths().find(|path| matches!(path.text.as_str(), "." | "./" | "*"));
        let (true, Some(source)) = (is_local, everything) else { continue };
        let later = subject.commands().find_map(|(run, command)| {
            let is_after = run.item.stage == item.stage && run.item.position > item.position;
            let known = INSTALLERS.iter().find(|(name, subcommands, _)| {
                *name == command.name() && subcommands.contains(&command.subcommand())
            })?;
            is_after.then_some((command, known))
        });
        let Some((command, (name, _, manifests))) = later else { continue };
        // Installing the project itself (`pip install .`) needs its sources.
        if matches!(*name, "pip" | "pip3")
            && !command.arguments().iter().any(|word| word.text.starts_with("-r"))
        {
            continue;
        }
        out.push(
            source.span.clone(),
            message!(
                "{name} installs again after every change of a source file; copy {manifests} first",
                "每次修改源文件后 {name} 都要重新安装；应先复制 {manifests}"
            ),
        );
    }
}
