//! Install dependencies before copying the sources.

use jettison_dockerfile::{Transfer, Word as Path};

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

/// How dependencies are installed: program, subcommands, and the files that list them; the
/// first has to be there.
struct Installer {
    program: &'static str,
    subcommands: &'static [&'static str],
    manifests: &'static [&'static str],
}

const fn installer(
    program: &'static str,
    subcommands: &'static [&'static str],
    manifests: &'static [&'static str],
) -> Installer {
    Installer { program, subcommands, manifests }
}

const INSTALLERS: &[Installer] = &[
    installer("npm", &["ci", "install", "i"], &["package.json", "package-lock.json"]),
    installer("yarn", &["install", ""], &["package.json", "yarn.lock"]),
    installer("pnpm", &["install", "i"], &["package.json", "pnpm-lock.yaml"]),
    installer("pip", &["install"], &["requirements.txt"]),
    installer("pip3", &["install"], &["requirements.txt"]),
    installer("poetry", &["install"], &["pyproject.toml", "poetry.lock"]),
    installer("uv", &["sync"], &["pyproject.toml", "uv.lock"]),
    installer("bundle", &["install"], &["Gemfile", "Gemfile.lock"]),
    installer("composer", &["install"], &["composer.json", "composer.lock"]),
    installer("go", &["mod"], &["go.mod", "go.sum"]),
    installer("mvn", &["dependency:go-offline", "dependency:resolve"], &["pom.xml"]),
    installer("dotnet", &["restore"], &["*.csproj"]),
    installer("cargo", &["fetch"], &["Cargo.toml", "Cargo.lock"]),
];

/// Builders that fetch dependencies as they go, what fetches them beforehand, and the manifest.
const BUILDERS: &[(&str, &[&str], &str, &str)] = &[
    ("mvn", &["package", "install", "verify"], "mvn dependency:go-offline", "pom.xml"),
    ("gradle", &["build", "assemble", "bootJar"], "gradle dependencies", "build.gradle"),
    ("go", &["build", "install"], "go mod download", "go.mod"),
];

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in &subject.items {
        let Arguments::Transfer(transfer) = &item.instruction.arguments else { continue };
        if item.instruction.flag("from").is_some() || item.is_deferred {
            continue;
        }
        let is_everything = |path: &&Path| matches!(path.text.as_str(), "." | "./" | "*");
        if let Some(source) = transfer.paths().find(is_everything)
            && !dependencies(subject, out, item, transfer, source)
        {
            builder(subject, out, item, source);
        }
        if let Some(source) = transfer.paths().find(|path| is_program(&path.text)) {
            packages(subject, out, item, transfer, source);
        }
    }
}

/// RUN instructions of the same stage that come after `item`.
fn later<'a>(subject: &'a Subject<'a>, item: &'a Item<'a>) -> impl Iterator<Item = &'a Run<'a>> {
    subject.posix_runs().filter(|run| {
        run.item.stage == item.stage && run.item.position > item.position && !run.item.is_deferred
    })
}

/// Whether the command installs what `known`'s manifests list: no named packages, nothing global,
/// nothing that depends on a condition.
fn installs_dependencies(command: &Command, known: &Installer) -> bool {
    let is_called =
        known.program == command.name() && known.subcommands.contains(&command.subcommand());
    let operands = command.operands().count();
    let is_whole = match known.program {
        // Installing the project itself (`pip install .`) needs its sources.
        "pip" | "pip3" => command.arguments().iter().any(|word| word.text.starts_with("-r")),
        // `go mod tidy` reads the sources.
        "go" => command.has("download"),
        "npm" | "yarn" | "pnpm" => operands <= 1 && !command.has("-g") && !command.has("--global"),
        _ => true,
    };
    is_called && is_whole && command.depth == 0
}

/// Dependencies that are installed after everything was copied, told for each installer.
fn dependencies(
    subject: &Subject<'_>,
    out: &mut Report,
    item: &Item<'_>,
    transfer: &Transfer,
    source: &Path,
) -> bool {
    let mut told: Vec<&str> = Vec::new();
    let installs = |run: &Run<'_>, known: &Installer| {
        run.script.commands.iter().any(|one| installs_dependencies(one, known))
    };
    for run in later(subject, item).filter(|run| !has_cache(run)) {
        for command in &run.script.commands {
            let known = INSTALLERS.iter().find(|known| installs_dependencies(command, known));
            let Some(known) = known.filter(|known| !told.contains(&known.program)) else {
                continue;
            };
            told.push(known.program);
            // What was fetched before the sources came is only linked together now.
            let was_fetched = subject.posix_runs().any(|one| {
                one.item.stage == item.stage
                    && one.item.position < item.position
                    && installs(one, known)
            });
            if !was_fetched {
                dependency(subject, out, (item, transfer, source), (run, known, command));
            }
        }
    }
    !told.is_empty()
}

fn dependency(
    subject: &Subject<'_>,
    out: &mut Report,
    (item, transfer, source): (&Item<'_>, &Transfer, &Path),
    (run, known, command): (&Run<'_>, &Installer, &Command),
) {
    let name = known.program;
    let to = transfer.destination.as_ref().map_or("", |word| word.text.trim_end_matches('/'));
    let listed = listed_in(command).and_then(|path| match path.strip_prefix(to) {
        Some(rest) if path.starts_with('/') => rest.strip_prefix('/').map(str::to_owned),
        _ => Some(path).filter(|path| !path.starts_with('/')),
    });
    let manifests = listed.clone().unwrap_or_else(|| known.manifests.join(" "));
    let finding = out.push(
        source.span.clone(),
        message!(
            "{name} installs again after every change of a source file; copy {manifests} first",
            "每次修改源文件后 {name} 都要重新安装；应先复制 {manifests}"
        ),
    );
    let is_alone = run.script.commands.iter().all(|one| one.name() == name);
    let is_usual = listed.is_none() || listed.as_deref() == known.manifests.first().copied();
    let manifests = manifests_here(subject, known).filter(|_| is_alone && is_usual);
    let Some(manifests) = manifests else { return };
    let Some(mut edits) = moved(subject, item, run) else { return };
    let destination = transfer.destination.as_ref().map_or(".", |word| word.text.as_str());
    let flags: Vec<&str> = item.instruction.flags.iter().map(|flag| flag.text.as_str()).collect();
    let flags = [flags, vec![""]].concat().join(" ");
    let slash = if destination.ends_with('/') { "" } else { "/" };
    let end = subject.file.line_end();
    let copy = format!("COPY {flags}{manifests} {destination}{slash}{end}");
    edits[0].text.insert_str(0, &copy);
    finding.suggest(
        message!(
            "Copy {manifests} and install before the rest",
            "先复制 {manifests} 并安装，再复制其余文件"
        ),
        edits,
    );
}

/// Whether a cache mount keeps what was fetched.
fn has_cache(run: &Run<'_>) -> bool {
    run.item.instruction.flags.iter().any(|flag| flag.text.contains("type=cache"))
}

/// The file behind `-r` that lists what pip installs.
fn listed_in(command: &Command) -> Option<String> {
    let words = command.arguments();
    let at = words.iter().position(|word| matches!(word.text.as_str(), "-r" | "--requirement"));
    let joined = words.iter().find_map(|word| {
        word.text.strip_prefix("--requirement=").or_else(|| word.text.strip_prefix("-r"))
    });
    let apart = at.and_then(|at| words.get(at + 1)).map(|word| word.text.as_str());
    let path = apart.or(joined).filter(|_| command.name().starts_with("pip"))?;
    Some(path.strip_prefix("./").unwrap_or(path).to_owned())
}

/// A build that fetches its dependencies although it could have them already.
fn builder(subject: &Subject<'_>, out: &mut Report, item: &Item<'_>, source: &Path) {
    let found = later(subject, item).flat_map(|run| &run.script.commands).find_map(|command| {
        BUILDERS.iter().find(|(name, goals, _, _)| {
            *name == command.name()
                && command.operands().any(|word| goals.contains(&word.text.as_str()))
        })
    });
    let fetched = |fetch: &str| {
        subject.posix_runs().any(|run| {
            run.item.stage == item.stage && (run.text.as_str().contains(fetch) || has_cache(run))
        })
    };
    if let Some((name, _, fetch, manifest)) = found
        && !fetched(fetch)
        && subject
            .neighbours
            .children("")
            .is_none_or(|_| subject.neighbours.text(manifest).is_some())
    {
        out.push(
            source.span.clone(),
            message!(
                "{name} fetches all dependencies after every change of a source file; copy {manifest} and run {fetch} first",
                "每次修改源文件后 {name} 都要重新下载全部依赖；应先复制 {manifest} 并运行 {fetch}"
            ),
        );
    }
}

/// Packages of the system that are installed after something that changes more often.
fn packages(
    subject: &Subject<'_>,
    out: &mut Report,
    item: &Item<'_>,
    transfer: &Transfer,
    source: &Path,
) {
    let destination = transfer.destination.as_ref().map_or("", |word| word.text.as_str());
    let is_configuration =
        ["/etc", "/usr/share", "/tmp"].iter().any(|one| destination.starts_with(one));
    let names: Vec<&str> = transfer
        .paths()
        .map(|path| path.text.as_str())
        .chain([destination])
        .map(|path| path.trim_end_matches('/').rsplit('/').next().unwrap_or(path))
        .filter(|name| !matches!(*name, "" | "." | "*"))
        .collect();
    let Some(run) = later(subject, item).next() else { return };
    let installed = run.script.commands.iter().find(|one| installs_packages(one));
    let uses_it = names.iter().any(|name| run.text.as_str().contains(name));
    let (Some(command), false) = (installed, is_configuration || uses_it) else { return };
    if !run.script.commands.iter().all(|one| {
        installs_packages(one)
            || matches!(
                one.name(),
                "rm" | "set" | "apt-get" | "apt" | "apk" | "yum" | "dnf" | "microdnf" | "zypper"
            )
    }) {
        return;
    }
    let name = command.name();
    let finding = out.push(
        source.span.clone(),
        message!(
            "{name} installs again after every change of this; copy it afterwards",
            "每次修改它之后 {name} 都要重新安装；应在安装之后再复制"
        ),
    );
    if let Some(edits) = moved(subject, item, run) {
        finding.suggest(message!("Install first", "先安装"), edits);
    }
}

fn installs_packages(command: &Command) -> bool {
    matches!(command.name(), "apt-get" | "apt" | "apk" | "yum" | "dnf" | "microdnf" | "zypper")
        && matches!(command.subcommand(), "install" | "add" | "in")
}

/// A program or a tree of sources, as far as a name tells: what has no extension, or all there is.
fn is_program(path: &str) -> bool {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
    matches!(name, "." | "*") || !name.contains(['.', '$', '*']) && !path.contains("://")
}

/// The manifests as COPY takes them; none when the context is known and has no such file.
fn manifests_here(subject: &Subject<'_>, known: &Installer) -> Option<String> {
    let (first, others) = known.manifests.split_first()?;
    if subject.neighbours.children("").is_none() {
        // A pattern that nothing matches is fine, as long as another source is there.
        let others = others.iter().map(|name| format!(" {name}*"));
        return Some(format!("{first}{}", others.collect::<String>()));
    }
    let is_there = |name: &&str| subject.neighbours.text(name).is_some();
    is_there(first).then(|| {
        let there: Vec<&str> = known.manifests.iter().copied().filter(is_there).collect();
        there.join(" ")
    })
}

/// Edits that move `run` to before `item`; none when something between them would change what
/// it does.
fn moved(subject: &Subject<'_>, item: &Item<'_>, run: &Run<'_>) -> Option<Vec<Edit>> {
    let file = subject.file;
    let between = &subject.items[item.position + 1..run.item.position];
    let is_free = between.iter().all(|one| {
        matches!(
            one.instruction.keyword,
            Keyword::Copy | Keyword::Add | Keyword::Label | Keyword::Expose
        )
    });
    // A comment right above an instruction is about it.
    let to = subject.line_before(item.instruction);
    let start = subject.line_before(run.item.instruction);
    let mut from = start..file.lines().line_range(run.item.instruction.last_line).end;
    let mut text = subject.source(&from).to_owned();
    if !text.ends_with('\n') {
        text.push_str(file.line_end());
    }
    // Blank lines around it go along, so that none is missing there and none is left here.
    let is_blank = |line: Option<&str>| line.is_some_and(|line| line.trim().is_empty());
    if is_blank(file.text()[..start].lines().next_back()) {
        text.push_str(file.line_end());
        let next = file.text()[from.end..].split_inclusive('\n').next();
        from.end += next.filter(|line| is_blank(Some(*line))).map_or(0, str::len);
    }
    is_free.then(|| vec![Edit::insert(to, text), Edit::delete(from)])
}
