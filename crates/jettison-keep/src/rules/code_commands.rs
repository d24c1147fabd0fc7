//! Commands that the application's own code starts stay.

use jettison_packages::zip;
use jettison_rootfs::{Kind, PathId};

use super::shell;
use crate::{
    Level, Rule, Scene, Wants, class_file, code_words, place,
    rule::Page,
    shell_words::{self, Word},
};

/// Keeps programs that string literals of the application's code name.
pub(super) struct CodeCommands;

/// Longest source text that is searched; bundles made by tools are longer than anything a person writes.
const SOURCE_BYTES: u64 = 8 << 20;
/// Longest class that is searched; the format allows methods of 64 KiB each.
const CLASS_BYTES: u64 = 1 << 20;
/// Bytes of classes that are unpacked from one jar; an application's own have a few MB, one that has its libraries
/// mixed in some tens.
const JAR_BYTES: u64 = 256 << 20;

/// Classes by which Java programs start others, as they are named in constant pools.
const JAVA_MARKS: [&str; 4] = [
    "java/lang/ProcessBuilder",
    "java/lang/Runtime",
    "scala/sys/process/Process",
    "org/apache/commons/exec/CommandLine",
];

impl Rule for CodeCommands {
    fn name(&self) -> &'static str {
        "code-commands"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Programs on the search path that a string literal of the application's own code names, in files and classes that \
                   start processes (child_process, subprocess, ProcessBuilder, system, ...).",
            why: "A web page that converts an image, or asks for the date, starts the program only when it is asked to.",
            instead: "--no-rule code-commands; --include-bin for those that are meant.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let inode = scene.tree.inode(path);
        let name = scene.tree.name(path);
        let is_archive = name.ends_with(b".jar") || name.ends_with(b".war");
        let is_searched = code_words::is_source(name) || name.ends_with(b".class") || is_archive;
        if inode.kind != Kind::File || !is_searched || !is_own(scene, path) {
            return;
        }
        if is_archive {
            in_archive(scene, path, wants);
        } else if name.ends_with(b".class") {
            let class = scene.contents(path, CLASS_BYTES).unwrap_or_default();
            in_class(scene, path, &class, wants);
        } else if let Some(text) = scene.contents(path, SOURCE_BYTES) {
            in_text(scene, path, &String::from_utf8_lossy(&text), wants);
        }
    }
}

/// Whether somebody wrote or copied the file for this image: no package manager put it there.
pub(super) fn is_own(scene: &Scene<'_>, path: PathId) -> bool {
    !scene.is_packaged(path) && !place::is_system(&scene.tree.path(path))
}

fn in_text(scene: &Scene<'_>, path: PathId, text: &str, wants: &mut Wants) {
    let called = code_words::called(text);
    for line in &called.lines {
        for command in shell_words::commands(line) {
            shell::want_command(scene, Some(path), &command, wants);
            if command.len() > 1 {
                // A shell runs a line of several words.
                want_shell(scene, path, &command[0], wants);
            }
        }
    }
    for word in &called.words {
        want_named(scene, path, word, wants);
    }
}

fn in_archive(scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
    let id = scene.tree.inode_id(path);
    let mut left = JAR_BYTES;
    for member in
        zip::members(scene.tree, id).iter().filter(|member| member.name.ends_with(b".class"))
    {
        let Some(rest) = left.checked_sub(member.size) else { return };
        left = rest;
        let class = zip::read(scene.tree, id, member, CLASS_BYTES).unwrap_or_default();
        in_class(scene, path, &class, wants);
    }
}

fn in_class(scene: &Scene<'_>, path: PathId, class: &[u8], wants: &mut Wants) {
    let texts = class_file::texts(class);
    if !texts.iter().any(|text| JAVA_MARKS.contains(text)) {
        return;
    }
    for text in texts {
        match text.split_once(' ') {
            Some((program, _)) => want_named(scene, path, program, wants),
            None => want_named(scene, path, text, wants),
        }
    }
}

/// Wants a program if a word is the name of one, or an absolute path to one.
fn want_named(scene: &Scene<'_>, by: PathId, word: &str, wants: &mut Wants) {
    let is_plain =
        word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+/".contains(&byte));
    if word.len() >= 2
        && is_plain
        && (word.starts_with('/') || !word.contains('/'))
        && scene.command(word).is_some()
    {
        shell::want_program(scene, Some(by), word, wants);
    }
}

fn want_shell(scene: &Scene<'_>, by: PathId, head: &Word, wants: &mut Wants) {
    if head.is_whole && scene.command(&head.text).is_some() {
        wants.want_resolved(scene, b"/bin/sh", Some(by), "what runs command lines for");
    }
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use jettison_packages::zip::fixture::archive;

    use crate::{Level, class_file::fixture::class, rules::fixture::Stage};

    fn programs(tree: TreeBuilder) -> TreeBuilder {
        ["date", "id", "convert", "unnamed"]
            .iter()
            .fold(tree, |tree, name| tree.file(&format!("/usr/bin/{name}"), 0o755, b"x"))
            .file("/bin/sh", 0o755, b"x")
    }

    fn kept(path: &str, bytes: &[u8]) -> Vec<String> {
        let kept = Stage::new(|tree| programs(tree).file(path, 0o644, bytes))
            .level(Level::Balanced)
            .read(path)
            .kept_files();
        kept.into_iter().filter(|kept| kept != path).collect()
    }

    #[test]
    fn programs_named_in_sources_stay() {
        assert_eq!(
            kept("/app/a.js", b"require('child_process').execFile('date', ['-u'])"),
            ["/usr/bin/date"]
        );
        assert_eq!(
            kept("/app/a.py", b"import os\nos.system('convert a b | id')"),
            ["/bin/sh", "/usr/bin/convert", "/usr/bin/id"]
        );
        assert_eq!(kept("/app/a.js", b"const x = {date: 'date'}"), Vec::<String>::new());
        assert_eq!(
            kept("/app/node_modules/p/a.js", b"require('child_process').exec('date')"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn programs_named_in_classes_stay() {
        let calling = class(&["java/lang/ProcessBuilder", "id", "-u", "convert x y"]);
        let other = class(&["java/lang/String", "date"]);
        let jar = archive(&[("META-INF/x", b"x"), ("A.class", &calling), ("B.class", &other)]);
        assert_eq!(kept("/opt/app/a.jar", &jar), ["/usr/bin/convert", "/usr/bin/id"]);
        assert_eq!(kept("/opt/app/A.class", &calling), ["/usr/bin/convert", "/usr/bin/id"]);
        assert_eq!(kept("/usr/share/java/a.jar", &jar), Vec::<String>::new());
    }
}
