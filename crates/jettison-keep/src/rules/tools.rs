//! The commands that come with the image's program stay.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId, evidence::Touches};

use crate::{
    LayerOrigin, Level, Rule, Scene, Wants,
    family::first_word,
    packages::Manager,
    place,
    rule::Page,
    shell_words::{self, Word},
};

/// Keeps management commands beside the programs that the image runs.
pub(super) struct Tools;

/// A management command is smaller than what it manages: one that has more than half the size of the program, and more
/// than this, is a program of its own.
const COMMAND_BYTES: u64 = 1 << 20;
/// All of one program's commands together; PostgreSQL's thirty have 12 MB, those of MariaDB's client, each with the library
/// inside, 69 MB.
const ALL_BYTES: u64 = 72 << 20;
/// Longest entrypoint script that is read.
const SCRIPT_BYTES: u64 = 1 << 20;
/// Packages of which a program is only one of many unrelated commands.
const MANY: usize = 60;

/// What people do to a program's data: commands with such a word in their names come before others.
const VERBS: [&str; 14] = [
    "dump", "restore", "backup", "import", "export", "check", "repair", "admin", "cli", "ctl",
    "client", "migrate", "upgrade", "binlog",
];

/// Directories for everybody's commands, where a neighbour is no relative.
const SHARED: [&str; 7] =
    ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/usr/games"];

/// Interpreters and tools that run others' code: what came with them is for developers.
const INTERPRETERS: [&str; 22] = [
    "sh",
    "bash",
    "dash",
    "ash",
    "busybox",
    "python",
    "node",
    "nodejs",
    "ruby",
    "perl",
    "php",
    "java",
    "env",
    "npm",
    "npx",
    "yarn",
    "bundle",
    "sudo",
    "gosu",
    "tini",
    "dumb-init",
    "dotnet",
];

impl Rule for Tools {
    fn name(&self) -> &'static str {
        "tools"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Commands beside those of ENTRYPOINT, CMD and HEALTHCHECK, and beside the servers that an entrypoint script starts: of the same distribution package and of packages whose \
                   names begin like it (redis-server, redis-tools), of the same private directory (PostgreSQL's bin), or with the \
                   same first word in their names. Interpreters have none. None that is larger than 1 MB and half the program; 72 MB together.",
            why: "People and jobs run them in the container: a dump, a repair, a migration, a shell to the database.",
            instead: "--no-rule tools for images that nobody administers from inside.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        for program in programs(scene) {
            let mut commands = BTreeSet::new();
            if !of_language(scene, program, &mut commands) {
                of_packages(scene, program, &mut commands);
                beside(scene, program, &mut commands);
            }
            commands.extend(alternatives(scene, &commands));
            commands.remove(&program);
            // supervisorctl beside supervisord: what runs the one runs the other.
            let runs_scripts = is_foreign(scene, program);
            let names: BTreeSet<Vec<u8>> = commands
                .iter()
                .filter(|&&command| !is_foreign(scene, command))
                .map(|&command| scene.tree.name(command).to_vec())
                .collect();
            // A script for another interpreter stays only as the way to a command: Debian's psql is a script that calls
            // the psql beside postgres.
            commands.retain(|&command| {
                runs_scripts
                    || !is_foreign(scene, command)
                    || names.contains(scene.tree.name(command))
            });
            want_commands(scene, program, commands, wants);
        }
    }
}

/// Wants as many commands as fit: those that are called like the program first, then those that people need for its
/// data, then small ones before large ones.
fn want_commands(
    scene: &Scene<'_>,
    program: PathId,
    commands: BTreeSet<PathId>,
    wants: &mut Wants,
) {
    let tree = scene.tree;
    let most = COMMAND_BYTES.max(tree.inode(program).size / 2);
    let family = family_of(scene, program);
    let mut ordered: Vec<(bool, bool, u64, PathId, PathId)> = commands
        .into_iter()
        .filter_map(|command| {
            let real = scene.find(tree.path(command))?;
            let is_stranger = !tree.name(real).starts_with(&family);
            let name = tree.name(real);
            let is_rare =
                !VERBS.iter().any(|verb| memchr::memmem::find(name, verb.as_bytes()).is_some());
            Some((is_stranger, is_rare, tree.inode(real).size, command, real))
        })
        .collect();
    ordered.sort();
    let mut left = ALL_BYTES;
    let mut counted = BTreeSet::new();
    for (_, _, size, command, real) in ordered {
        let cost = if counted.contains(&real) || real == program { 0 } else { size };
        if (size <= most || real == program) && cost <= left {
            left -= cost;
            counted.insert(real);
            wants.want_for(command, program, "a command that comes with");
        }
    }
}

/// The first word of the package that owns a program, or of its own name.
fn family_of(scene: &Scene<'_>, program: PathId) -> Vec<u8> {
    let packages = scene.packages();
    let owner = packages.system_owner(program).map(|id| packages.get(id).name.clone());
    match owner {
        Some(name) => first_word(name.as_bytes()).to_vec(),
        None => first_word(scene.tree.name(program)).to_vec(),
    }
}

/// Links in the shared directories that lead to one of the commands under another name, as update-alternatives(1) makes
/// them: no package owns these.
fn alternatives(scene: &Scene<'_>, commands: &BTreeSet<PathId>) -> Vec<PathId> {
    let tree = scene.tree;
    let directories: BTreeSet<PathId> =
        SHARED.iter().filter_map(|directory| scene.find(directory)).collect();
    let links = directories.into_iter().flat_map(|directory| tree.children(directory));
    let leads_to_one = |link: &PathId| {
        tree.inode(*link).kind == Kind::Symlink
            && tree.resolve(&tree.path(*link)).is_some_and(|found| commands.contains(&found.path))
    };
    links.filter(leads_to_one).collect()
}

/// Whether a command is a script for an interpreter that is no shell.
fn is_foreign(scene: &Scene<'_>, command: PathId) -> bool {
    scene
        .find(scene.tree.path(command))
        .is_some_and(|real| scene.is_script_but_for(real, &["sh", "bash", "dash"]))
}

/// The programs that the image's commands name, links followed, without interpreters.
fn programs(scene: &Scene<'_>) -> BTreeSet<PathId> {
    let mut found = BTreeSet::new();
    for words in &scene.contract.commands {
        let mut heads: Vec<String> = shell_words::commands_of(words)
            .into_iter()
            .filter_map(|command| Some(command.into_iter().next()?.text))
            .collect();
        // An entrypoint script is given the program as its first argument.
        heads.extend(words.get(1).filter(|word| !word.starts_with('-')).cloned());
        heads.extend(words.first().into_iter().flat_map(|word| started(scene, word)));
        for head in heads {
            let Some(called) = scene.command(&head) else { continue };
            let Some(program) = scene.find(scene.tree.path(called)) else { continue };
            let names = [called, program].map(|path| scene.tree.name(path).to_vec());
            let is_interpreter = names.iter().any(|name| {
                let stem = name
                    .split(|byte| byte.is_ascii_digit() || *byte == b'.')
                    .next()
                    .unwrap_or_default();
                INTERPRETERS.iter().any(|known| known.as_bytes() == stem)
            });
            if !is_interpreter {
                found.insert(program);
            }
        }
    }
    found
}

/// What an entrypoint that is a shell script becomes, or starts beside it: what stands behind `exec`; servers, which
/// lie in directories for system administrators; and programs that were installed into the image on purpose, above its
/// base.
fn started(scene: &Scene<'_>, command: &str) -> Vec<String> {
    let script = scene.command(command).and_then(|called| scene.find(scene.tree.path(called)));
    let text = script
        .filter(|&script| scene.tree.inode(script).is_executable())
        .and_then(|script| scene.contents(script, SCRIPT_BYTES))
        .filter(|text| text.starts_with(b"#!"))
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let becomes = text
        .match_indices("exec ")
        .filter(|&(at, _)| at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric())
        .filter_map(|(at, exec)| text[at + exec.len()..].lines().next())
        .flat_map(shell_words::commands)
        .filter_map(head);
    let is_telling = |head: &String| {
        let called = scene.command(head).and_then(|called| scene.find(scene.tree.path(called)));
        called.is_some_and(|program| {
            let is_server = scene.tree.name(scene.tree.parent(program)) == b"sbin"
                && scene.evidence.touches(program).contains(Touches::READ);
            is_server || scene.origin(program) == LayerOrigin::Ran
        })
    };
    let heads = shell_words::commands(&text).into_iter().filter_map(head);
    becomes.chain(heads.filter(is_telling)).collect()
}

fn head(command: Vec<Word>) -> Option<String> {
    command.into_iter().next().filter(|word| word.is_whole).map(|word| word.text)
}

/// Commands of the wheel, gem or npm package that owns a program: its neighbours are other packages' (pip beside
/// gunicorn). Returns whether there is such a package.
fn of_language(scene: &Scene<'_>, program: PathId, commands: &mut BTreeSet<PathId>) -> bool {
    let packages = scene.packages();
    let is_in_environment =
        scene.tree.child(scene.tree.parent(scene.tree.parent(program)), b"pyvenv.cfg").is_some();
    let Some(owner) = packages.language_owner(program).map(|id| packages.get(id)) else {
        return is_in_environment;
    };
    // What came with a runtime runs others' code, and so does what lies in its directory.
    if owner.manager == Manager::Runtime {
        return false;
    }
    commands.extend(owner.files.iter().copied().filter(|&file| is_command(scene, file)));
    true
}

/// Commands of the package that owns a program, and of packages that share the first word of its name.
fn of_packages(scene: &Scene<'_>, program: PathId, commands: &mut BTreeSet<PathId>) {
    let packages = scene.packages();
    let Some(owner) = packages.system_owner(program).map(|id| packages.get(id)) else { return };
    let family = first_word(owner.name.as_bytes());
    let related = packages.iter().map(|(_, package)| package).filter(|package| {
        package.manager.is_system()
            && (package.name == owner.name
                || (family.len() >= 4
                    && first_word(package.name.as_bytes()) == family
                    && !is_for_developers(&package.name)))
    });
    for package in related {
        let found: Vec<PathId> =
            package.files.iter().copied().filter(|&file| is_command(scene, file)).collect();
        // coreutils, util-linux: each of their commands is a program of its own.
        if found.len() <= MANY {
            commands.extend(found);
        }
    }
}

fn is_for_developers(package: &str) -> bool {
    ["-dev", "-doc", "-dbg", "-dbgsym", "-test", "-devel", "-docs", "-examples"]
        .iter()
        .any(|ending| package.ends_with(ending))
}

/// Executables in directories of the search path, or in the program's own, and links to them there.
fn is_command(scene: &Scene<'_>, file: PathId) -> bool {
    let directory = scene.tree.path(scene.tree.parent(file));
    let is_on_path = SHARED.iter().any(|shared| shared.as_bytes() == directory)
        || scene.contract.search_path().any(|on_path| on_path.as_bytes() == directory)
        || directory.ends_with(b"/bin")
        || directory.ends_with(b"/sbin");
    is_on_path && is_program(scene, file)
}

fn is_program(scene: &Scene<'_>, file: PathId) -> bool {
    match scene.tree.inode(file).kind {
        Kind::File => scene.tree.inode(file).is_executable(),
        Kind::Symlink => scene
            .find(scene.tree.path(file))
            .is_some_and(|real| scene.tree.inode(real).is_executable()),
        _ => false,
    }
}

/// Programs that no package owns: their neighbours in a directory of their own, else those that share the first word of
/// their names.
fn beside(scene: &Scene<'_>, program: PathId, commands: &mut BTreeSet<PathId>) {
    let tree = scene.tree;
    let directory = tree.parent(program);
    let full = tree.path(directory);
    let is_shared = SHARED.iter().any(|shared| shared.as_bytes() == full);
    if tree.children(directory).len() > MANY && !is_shared {
        return;
    }
    let word = first_word(tree.name(program)).to_vec();
    let is_owned = scene.packages().system_owner(program).is_some() && place::is_system(&full);
    for neighbour in tree.children(directory).filter(|&neighbour| is_program(scene, neighbour)) {
        let is_relative = word.len() >= 4 && !is_owned && first_word(tree.name(neighbour)) == word;
        if (!is_shared && (full.ends_with(b"/bin") || full.ends_with(b"/sbin"))) || is_relative {
            commands.insert(neighbour);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    const STATUS: &[u8] = b"Package: redis-server\nStatus: install ok installed\nVersion: 1\n\nPackage: redis-tools\nStatus: install ok installed\nVersion: 1\n\nPackage: redis-dev\nStatus: install ok installed\nVersion: 1\n\nPackage: other\nStatus: install ok installed\nVersion: 1\n";

    #[test]
    fn commands_of_related_packages_stay() {
        let kept = Stage::new(|tree| {
            tree.file("/var/lib/dpkg/status", 0o644, STATUS)
                .file(
                    "/var/lib/dpkg/info/redis-server.list",
                    0o644,
                    b"/usr/bin/redis-server\n/usr/bin/redis-check-rdb\n/etc/redis/redis.conf\n",
                )
                .file(
                    "/var/lib/dpkg/info/redis-tools.list",
                    0o644,
                    b"/usr/bin/redis-cli\n/usr/bin/redis-stats\n",
                )
                .file("/var/lib/dpkg/info/redis-dev.list", 0o644, b"/usr/bin/redis-build\n")
                .file("/var/lib/dpkg/info/other.list", 0o644, b"/usr/bin/other\n")
                .file("/usr/bin/redis-server", 0o755, b"x")
                .symlink("/usr/bin/redis-check-rdb", "redis-server")
                .file("/usr/bin/redis-cli", 0o755, b"x")
                .file("/usr/bin/redis-build", 0o755, b"x")
                .file("/usr/bin/redis-stats", 0o755, b"#!/usr/bin/perl\n")
                .file("/usr/bin/other", 0o755, b"x")
                .file("/etc/redis/redis.conf", 0o644, b"x")
        })
        .level(Level::Balanced)
        .command(&["redis-server"])
        .kept_files();
        assert_eq!(
            kept,
            [
                "/usr/bin/redis-check-rdb",
                "/usr/bin/redis-cli",
                "/usr/bin/redis-server",
                "/var/lib/dpkg/status"
            ]
        );
    }

    #[test]
    fn what_people_need_comes_before_what_is_small() {
        let big = vec![0; 40 << 20];
        let kept = Stage::new(|tree| {
            tree.file("/opt/db/bin/based", 0o755, &vec![0; 81 << 20])
                .file("/opt/db/bin/based-dump", 0o755, &big)
                .file("/opt/db/bin/based-aaaa", 0o755, &big[1..])
        })
        .level(Level::Balanced)
        .command(&["/opt/db/bin/based"])
        .kept_files();
        assert!(kept.contains(&"/opt/db/bin/based-dump".to_owned()), "{kept:?}");
        assert!(!kept.contains(&"/opt/db/bin/based-aaaa".to_owned()), "{kept:?}");
    }

    #[test]
    fn servers_that_an_entrypoint_script_starts_bring_theirs() {
        let packages = b"Package: web-bin\nStatus: install ok installed\nVersion: 1\n\nPackage: mail\nStatus: install ok installed\nVersion: 1\n";
        let kept = Stage::new(|tree| {
            tree.file("/var/lib/dpkg/status", 0o644, packages)
                .file(
                    "/var/lib/dpkg/info/web-bin.list",
                    0o644,
                    b"/usr/sbin/webd\n/usr/sbin/webctl\n",
                )
                .file("/var/lib/dpkg/info/mail.list", 0o644, b"/usr/sbin/maild\n/usr/bin/mailadm\n")
                .symlink("/etc/alternatives/letters", "/usr/bin/mailadm")
                .symlink("/usr/bin/letters", "/etc/alternatives/letters")
                .file(
                    "/entry.sh",
                    0o755,
                    b"#!/bin/sh\nset -e\nmaild\nif true; then exec webd -f; fi\n",
                )
                .file("/usr/sbin/webd", 0o755, b"x")
                .file("/usr/sbin/webctl", 0o755, b"x")
                .file("/usr/sbin/maild", 0o755, b"x")
                .file("/usr/bin/mailadm", 0o755, b"x")
        })
        .level(Level::Balanced)
        .command(&["/entry.sh"])
        .read("/usr/sbin/webd")
        .read("/usr/sbin/maild")
        .kept_files();
        for command in ["/usr/sbin/webctl", "/usr/bin/mailadm", "/usr/bin/letters"] {
            assert!(kept.contains(&command.to_owned()), "{command} is not in {kept:?}");
        }
    }

    #[test]
    fn a_distributions_compiler_makes_no_relatives() {
        let kept = Stage::new(|tree| {
            tree.file("/usr/bin/rustc", 0o755, b"x")
                .file("/usr/lib/rustlib/x/lib.so", 0o644, b"x")
                .file("/usr/bin/other", 0o755, b"x")
                .file("/usr/src/app/target/release/app", 0o755, b"x")
        })
        .level(Level::Balanced)
        .command(&["/usr/src/app/target/release/app"])
        .kept_files();
        assert_eq!(kept, ["/usr/src/app/target/release/app"]);
    }

    #[test]
    fn in_a_python_environment_neighbours_are_strangers() {
        let kept = Stage::new(|tree| {
            tree.file("/opt/venv/pyvenv.cfg", 0o644, b"x")
                .file("/opt/venv/bin/gunicorn", 0o755, b"x")
                .file("/opt/venv/bin/pip", 0o755, b"x")
        })
        .level(Level::Balanced)
        .command(&["/opt/venv/bin/gunicorn"])
        .kept_files();
        assert!(!kept.contains(&"/opt/venv/bin/pip".to_owned()), "{kept:?}");
    }

    #[test]
    fn without_packages_the_directory_or_the_name_tells() {
        let stage = |command: &[&str]| {
            Stage::new(|tree| {
                tree.file("/usr/local/bin/redis-server", 0o755, b"x")
                    .file("/usr/local/bin/redis-cli", 0o755, b"x")
                    .file("/usr/local/bin/python3.12", 0o755, b"x")
                    .file("/usr/local/bin/python3-config", 0o755, b"x")
                    .file("/usr/lib/postgresql/15/bin/postgres", 0o755, b"x")
                    .file("/usr/lib/postgresql/15/bin/pg_dump", 0o755, b"x")
                    .file("/usr/lib/postgresql/15/bin/notes.txt", 0o644, b"x")
            })
            .level(Level::Balanced)
            .command(command)
            .kept_files()
        };
        assert_eq!(
            stage(&["redis-server"]),
            ["/usr/local/bin/redis-cli", "/usr/local/bin/redis-server"]
        );
        assert_eq!(stage(&["python3.12"]), ["/usr/local/bin/python3.12"]);
        let postgres = stage(&["/usr/lib/postgresql/15/bin/postgres"]);
        assert!(
            postgres.contains(&"/usr/lib/postgresql/15/bin/pg_dump".to_owned()),
            "{postgres:?}"
        );
        assert!(
            !postgres.contains(&"/usr/lib/postgresql/15/bin/notes.txt".to_owned()),
            "{postgres:?}"
        );
    }
}
