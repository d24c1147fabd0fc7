//! Directories that a kept command, or a library of a language, has for itself stay with it.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId, evidence::Touches};

use super::libraries;
use crate::{
    KeepSet, Level, Rule, Scene, Wants, aids, code_words,
    family::{self, first_word},
    packages::Package,
    rule::Page,
    subtree::Subtree,
};

/// Keeps the parts and the data that packages of commands and libraries installed in directories named for them.
pub(super) struct OwnDirectories;

/// Where packages make such directories (hier(7)), beside those of libraries.
const PARENTS: [&str; 4] = ["/usr/lib", "/usr/libexec", "/usr/share", "/usr/share/games"];

/// A command's own directories together. LibreOffice's have 240 MB, Chromium's 330 MB with the program itself; what has more
/// is a collection, of which nobody uses all: all of TeX Live, a game's pictures.
const ALL_BYTES: u64 = 512 << 20;

/// The data of a library; Matplotlib's fonts and samples have 10 MB.
const LIBRARY_BYTES: u64 = 64 << 20;

/// What distributions write before and behind the name of a library to tell its language.
const AFFIXES: [(&str, &str); 6] = [
    ("ruby-", ""),
    ("python3-", ""),
    ("python-", ""),
    ("node-", ""),
    ("php-", ""),
    ("lib", "-perl"),
];

/// A first word shorter than this is no name: `gs`, `ca` of ca-certificates.
const WORD_BYTES: usize = 4;

/// Interpreters, whose directories hold others' modules, of which their own rules know who needs them; and what runs a
/// machine, not a container.
const DECIDED: [&str; 20] = [
    "python", "perl", "ruby", "node", "nodejs", "npm", "php", "java", "openjdk", "lua", "luajit",
    "R", "Rscript", "tclsh", "erl", "erlang", "elixir", "dotnet", "guile", "systemd",
];

/// Parts that a running program does not use; languages are the rule `locale`'s.
const UNUSED: [&str; 14] = [
    "doc",
    "docs",
    "man",
    "info",
    "help",
    "html",
    "examples",
    "tests",
    "test",
    "include",
    "locale",
    "bitcode",
    "pgxs",
    "llvmjit.so",
];
/// Endings of what only compilers and debuggers read.
const ENDINGS: [&str; 4] = [".a", ".h", ".debug", ".md"];

impl Rule for OwnDirectories {
    fn name(&self) -> &'static str {
        "own-directories"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "For each kept command of the distribution the directories in /usr/share, /usr/lib and /usr/libexec that are called \
                   like it or its package (/usr/share/pandoc, /usr/lib/libreoffice, /usr/lib/postfix): what its own packages put \
                   there, but for documents, headers, messages, modules that settings name, and scripts for interpreters. Interpreters have none. Up to 512 MB a command. The same in \
                   /usr/share and /usr/lib for each library of a language of which code is kept (/usr/share/ruby-prawn), up to 64 MB.",
            why: "A command that the probes did not start left no evidence of what it opens, and one that they did start opens \
                  other parts for the next request: a filter for another format, a driver for another database.",
            instead: "--no-rule own-directories; --exclude-path for the parts that are not meant.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        if !is_command(scene, path) {
            return;
        }
        let name = scene.tree.name(path);
        let packages = scene.packages();
        let Some(owner) = packages.system_owner(path).map(|id| packages.get(id)) else { return };
        let family = word(&owner.name);
        if is_decided(name) || is_decided(family) || aids::is_aid(&String::from_utf8_lossy(name)) {
            return;
        }
        let runs_scripts = is_foreign(scene, path);
        let parts: Vec<(PathId, BTreeSet<PathId>)> = own(scene, name, owner)
            .into_iter()
            .map(|directory| (directory, parts(scene, directory, |other| word(other) == family)))
            .map(|(directory, mut files)| {
                files.retain(|&file| runs_scripts || !is_foreign(scene, file));
                (directory, files)
            })
            .collect();
        if bytes(scene, &parts) <= ALL_BYTES {
            want_parts(scene, path, &parts, wants);
        }
    }

    fn settled(&self, scene: &Scene<'_>, keep: &KeepSet, wants: &mut Wants) {
        for (_, package) in scene.packages().iter().filter(|(_, one)| one.manager.is_system()) {
            let Some(library) = library(&package.name) else { continue };
            let is_code = |&&file: &&PathId| {
                keep.contains(file) && code_words::is_source(scene.tree.name(file))
            };
            let Some(&by) = package.files.iter().find(is_code) else { continue };
            let parts: Vec<(PathId, BTreeSet<PathId>)> = ["/usr/share", "/usr/lib"]
                .iter()
                .flat_map(|parent| [&package.name, library].map(|name| format!("{parent}/{name}")))
                .filter_map(|directory| scene.find(directory))
                .filter(|&directory| scene.tree.inode(directory).kind == Kind::Directory)
                .map(|directory| (directory, parts(scene, directory, |one| one.contains(library))))
                .collect();
            if bytes(scene, &parts) <= LIBRARY_BYTES {
                want_parts(scene, by, &parts, wants);
            }
        }
    }
}

/// The name of a library of a language, without what tells the language.
fn library(package: &str) -> Option<&str> {
    let mut names = AFFIXES
        .iter()
        .filter_map(|(before, behind)| package.strip_prefix(before)?.strip_suffix(behind));
    names.next().filter(|name| name.len() >= WORD_BYTES && !is_decided(name.as_bytes()))
}

fn is_decided(name: &[u8]) -> bool {
    family::is_program(name, &DECIDED)
}

/// Bytes of parts together.
fn bytes(scene: &Scene<'_>, parts: &[(PathId, BTreeSet<PathId>)]) -> u64 {
    let inodes = parts.iter().flat_map(|(_, files)| files).map(|&file| scene.tree.inode(file));
    inodes.filter(|inode| inode.kind == Kind::File).map(|inode| inode.size).sum()
}

fn want_parts(
    scene: &Scene<'_>,
    by: PathId,
    parts: &[(PathId, BTreeSet<PathId>)],
    wants: &mut Wants,
) {
    for (directory, files) in parts {
        let subtree = Subtree { directory: *directory, by: Some(by), because: "a part or data of" };
        wants.want_below(scene, subtree, |found| {
            scene.tree.inode(found).kind == Kind::Directory || files.contains(&found)
        });
    }
}

/// A script for an interpreter, which it would bring into an image that has none: slapd's helpers in Perl.
fn is_foreign(scene: &Scene<'_>, path: PathId) -> bool {
    scene.is_script_but_for(path, &["sh", "bash", "dash", "ash"])
}

/// Executables on the search path, and links to them, that were used or were not looked for.
fn is_command(scene: &Scene<'_>, path: PathId) -> bool {
    let is_program = match scene.tree.inode(path).kind {
        Kind::File => scene.tree.inode(path).is_executable(),
        Kind::Symlink => scene
            .find(scene.tree.path(path))
            .is_some_and(|real| scene.tree.inode(real).is_executable()),
        _ => false,
    };
    if !is_program {
        return false;
    }
    let touches = scene.evidence.touches(path);
    let is_used = touches.is_empty()
        || touches.contains(Touches::READ)
        || scene.tree.inode(path).kind == Kind::Symlink;
    let directory = scene.tree.path(scene.tree.parent(path));
    is_used && scene.contract.search_path().any(|on_path| on_path.as_bytes() == directory)
}

/// The first word of a package's name, where it is long enough to mean something.
fn word(name: &str) -> &[u8] {
    let word = first_word(name.as_bytes());
    if word.len() < WORD_BYTES { name.as_bytes() } else { word }
}

/// Directories that are called like a command, its package, or the family of that.
fn own(scene: &Scene<'_>, command: &[u8], owner: &Package) -> Vec<PathId> {
    let family = word(&owner.name);
    let is_own = |name: &[u8]| {
        name == command
            || name == owner.name.as_bytes()
            || (family.len() >= WORD_BYTES && first_word(name) == family)
    };
    let mut parents: BTreeSet<Vec<u8>> =
        PARENTS.iter().map(|parent| parent.as_bytes().to_vec()).collect();
    parents.extend(libraries::system_directories(scene));
    let parents: BTreeSet<PathId> =
        parents.iter().filter_map(|parent| scene.find(parent)).collect();
    let children = parents.iter().flat_map(|&parent| scene.tree.children(parent));
    children
        .filter(|&child| scene.tree.inode(child).kind == Kind::Directory)
        .filter(|&child| is_own(scene.tree.name(child)) && !parents.contains(&child))
        .collect()
}

/// What packages of the family have in a directory: others put theirs into it as well, as everybody does into
/// /usr/share/locale, which is no directory of the command `locale`.
fn parts(
    scene: &Scene<'_>,
    directory: PathId,
    is_related: impl Fn(&str) -> bool,
) -> BTreeSet<PathId> {
    let packages = scene.packages();
    let mut found = BTreeSet::new();
    let mut open = vec![directory];
    while let Some(at) = open.pop() {
        for child in scene.tree.children(at).filter(|&child| !is_unused(scene.tree.name(child))) {
            if scene.tree.inode(child).kind == Kind::Directory {
                open.push(child);
                continue;
            }
            // Settings name each module that such servers load; one that none names brings its libraries for nothing.
            if scene.tree.name(at) == b"modules" && scene.tree.name(child).ends_with(b".so") {
                continue;
            }
            let package = packages.system_owner(child).map(|id| packages.get(id));
            if package.is_some_and(|package| is_related(&package.name)) {
                found.insert(child);
            }
        }
    }
    found
}

fn is_unused(name: &[u8]) -> bool {
    UNUSED.iter().any(|unused| unused.as_bytes() == name)
        || ENDINGS.iter().any(|ending| name.ends_with(ending.as_bytes()))
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    /// A tree with packages, each with its files; programs are those in /usr/bin.
    fn kept(packages: &[(&str, &[&str])], used: &str) -> Vec<String> {
        let mut status = String::new();
        for (name, _) in packages {
            status += "Package: ";
            status += name;
            status += "\nStatus: install ok installed\nVersion: 1\n\n";
        }
        let kept = Stage::new(|tree| {
            let tree = tree.file("/var/lib/dpkg/status", 0o644, status.as_bytes());
            packages.iter().fold(tree, |tree, (name, files)| {
                let list = files.join("\n");
                let list_path = format!("/var/lib/dpkg/info/{name}.list");
                let tree = tree.file(&list_path, 0o644, list.as_bytes());
                files.iter().fold(tree, |tree, file| {
                    if file.contains("/helper") {
                        return tree.file(file, 0o755, b"#!/usr/bin/perl\n");
                    }
                    let mode = if file.starts_with("/usr/bin/") { 0o755 } else { 0o644 };
                    tree.file(file, mode, b"x")
                })
            })
        })
        .level(Level::Balanced)
        .read(used)
        .kept_files();
        kept.into_iter().filter(|path| !path.starts_with("/var/lib/dpkg") && path != used).collect()
    }

    #[test]
    fn a_commands_own_directories_stay() {
        let packages: &[(&str, &[&str])] = &[
            ("pandoc", &["/usr/bin/pandoc", "/usr/share/doc/pandoc/README"]),
            (
                "pandoc-data",
                &["/usr/share/pandoc/data/default.html5", "/usr/share/pandoc/man/pandoc.1"],
            ),
            ("other", &["/usr/bin/other", "/usr/share/other/data"]),
        ];
        assert_eq!(kept(packages, "/usr/bin/pandoc"), ["/usr/share/pandoc/data/default.html5"]);
    }

    #[test]
    fn the_first_word_of_a_package_names_directories_too() {
        let packages: &[(&str, &[&str])] = &[
            ("squid", &["/usr/bin/squid", "/usr/lib/squid/basic_auth"]),
            ("squid-langpack", &["/usr/share/squid-langpack/en/ERR_DNS_FAIL"]),
        ];
        assert_eq!(
            kept(packages, "/usr/bin/squid"),
            ["/usr/lib/squid/basic_auth", "/usr/share/squid-langpack/en/ERR_DNS_FAIL"]
        );
    }

    #[test]
    fn the_data_of_a_library_stays_with_its_code() {
        let packages: &[(&str, &[&str])] = &[
            (
                "ruby-prawn",
                &["/usr/lib/ruby/vendor_ruby/prawn.rb", "/usr/share/ruby-prawn/fonts/a.afm"],
            ),
            ("python3-glyphs", &["/usr/lib/python3/dist-packages/glyphs.py"]),
            ("glyphs-data", &["/usr/share/glyphs/a.svg"]),
            ("unrelated", &["/usr/share/glyphs/b.svg"]),
        ];
        assert_eq!(
            kept(packages, "/usr/lib/ruby/vendor_ruby/prawn.rb"),
            ["/usr/share/ruby-prawn/fonts/a.afm"]
        );
        assert_eq!(
            kept(packages, "/usr/lib/python3/dist-packages/glyphs.py"),
            ["/usr/share/glyphs/a.svg"]
        );
    }

    #[test]
    fn what_others_put_into_a_directory_of_that_name_is_no_part() {
        let packages: &[(&str, &[&str])] = &[
            ("libc-bin", &["/usr/bin/locale"]),
            ("tar", &["/usr/bin/tar", "/usr/share/locale/de/LC_MESSAGES/tar.mo"]),
        ];
        assert_eq!(kept(packages, "/usr/bin/locale"), Vec::<String>::new());
    }

    #[test]
    fn modules_that_settings_name_and_foreign_scripts_are_no_parts() {
        let packages: &[(&str, &[&str])] = &[(
            "webd",
            &[
                "/usr/bin/webd",
                "/usr/lib/webd/modules/mod_lua.so",
                "/usr/lib/webd/modules/mod_lua.lua",
                "/usr/lib/webd/webd.so",
                "/usr/share/webd/helper.pl",
            ],
        )];
        assert_eq!(
            kept(packages, "/usr/bin/webd"),
            ["/usr/lib/webd/modules/mod_lua.lua", "/usr/lib/webd/webd.so"]
        );
    }

    #[test]
    fn interpreters_and_compilers_have_none() {
        let packages: &[(&str, &[&str])] = &[
            ("python3-minimal", &["/usr/bin/python3.11"]),
            ("python3-pip", &["/usr/share/python3/pip", "/usr/lib/python3/pip"]),
            ("gcc-12", &["/usr/bin/gcc", "/usr/lib/gcc/cc1"]),
        ];
        assert_eq!(kept(packages, "/usr/bin/python3.11"), Vec::<String>::new());
        assert_eq!(kept(packages, "/usr/bin/gcc"), Vec::<String>::new());
    }
}
