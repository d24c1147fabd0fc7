//! Commands that kept shell scripts and command lines can call stay.

use jettison_rootfs::{Kind, PathId, evidence::Touches};

use crate::{
    Level, Rule, Scene, Wants, aids, place,
    rule::Page,
    shell_words::{self, Command, SCRIPT_BYTES, Word},
};

/// Keeps what shell text calls, whichever branch it is in.
pub(super) struct Shell;

/// Commands that every shell has in itself (POSIX.1-2024, XCU 1.7 and 2.15; dash(1), bash(1), busybox ash).
const BUILT_IN: [&str; 43] = [
    ".", ":", "[", "alias", "bg", "break", "case", "cd", "command", "continue", "declare", "echo",
    "esac", "eval", "exit", "export", "false", "fg", "for", "function", "getopts", "hash", "in",
    "jobs", "kill", "local", "printf", "pwd", "read", "readonly", "return", "select", "set",
    "shift", "source", "test", "times", "trap", "true", "type", "umask", "unset", "wait",
];

/// Shells whose scripts are read here.
const SHELLS: [&[u8]; 6] = [b"sh", b"bash", b"dash", b"ash", b"ksh", b"zsh"];

impl Rule for Shell {
    fn name(&self) -> &'static str {
        "shell"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Commands, sourced files and absolute paths in shell text: in ENTRYPOINT, CMD, HEALTHCHECK, and in kept scripts \
                   that are the image's own, on its search path, or were run. Package managers and compilers are passed over.",
            why: "A script takes other branches with other arguments, on the second start, or when something is missing: the \
                  probe saw one of them.",
            instead: "--no-rule shell, if the script has no branches that matter.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        for words in &scene.contract.commands {
            for command in shell_words::commands_of(words) {
                want_command(scene, None, &command, wants);
            }
            // An entrypoint script runs the command that it is given.
            let script = words
                .first()
                .and_then(|word| scene.command(word))
                .filter(|&path| is_script(scene, path));
            if let (Some(_), Some(word)) = (script, words.get(1)) {
                want_program(scene, None, word, wants);
            }
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        // Debian's rabbitmqctl is a link in the search path to a script that lies elsewhere.
        let script = match scene.tree.inode(path).kind {
            Kind::Symlink => scene.find(scene.tree.path(path)),
            _ => Some(path),
        };
        let Some(script) = script else { return };
        if !is_read_here(scene, script, is_on_search_path(scene, path)) {
            return;
        }
        let Some(text) = scene.contents(script, SCRIPT_BYTES) else { return };
        for command in shell_words::commands(&String::from_utf8_lossy(&text)) {
            want_command(scene, Some(script), &command, wants);
        }
    }
}

/// Whether the file begins with `#!`.
fn is_script(scene: &Scene<'_>, path: PathId) -> bool {
    first_line(scene, scene.find(scene.tree.path(path)).unwrap_or(path)).starts_with(b"#!")
}

fn first_line(scene: &Scene<'_>, path: PathId) -> Vec<u8> {
    /// Linux reads this much of it (execve(2)).
    const LENGTH: usize = 256;
    let mut head = vec![0; LENGTH];
    let count = scene.tree.read(scene.tree.inode_id(path), 0, &mut head).unwrap_or_default();
    head.truncate(count);
    let end = head.iter().position(|&byte| byte == b'\n').unwrap_or(head.len());
    head.truncate(end);
    head
}

/// Shell scripts that are somebody's own, that the search path leads to, or that were run.
fn is_read_here(scene: &Scene<'_>, path: PathId, is_on_path: bool) -> bool {
    let inode = scene.tree.inode(path);
    if inode.kind != Kind::File || inode.size == 0 || inode.size > SCRIPT_BYTES {
        return false;
    }
    let is_named = scene.tree.name(path).ends_with(b".sh");
    if !is_named && inode.mode & 0o111 == 0 {
        return false;
    }
    let touches = scene.evidence.touches(path);
    let is_run = touches.contains(Touches::READ);
    if !is_run && !touches.is_empty() {
        // Looked for, as programs look for each command that they could call, and not called.
        return false;
    }
    if !is_run {
        let is_elsewhere = place::is_system(&scene.tree.path(path)) && !is_on_path;
        if scene.is_in_language_package(path) || is_elsewhere {
            return false;
        }
    }
    is_named || is_shell_line(&first_line(scene, path))
}

fn is_on_search_path(scene: &Scene<'_>, path: PathId) -> bool {
    let full = scene.tree.path(path);
    let directory = &full[..full.len() - scene.tree.name(path).len() - 1];
    scene.contract.search_path().any(|on_path| on_path.as_bytes() == directory)
}

fn is_shell_line(line: &[u8]) -> bool {
    let Some(line) = line.strip_prefix(b"#!") else { return false };
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.any(|word| SHELLS.contains(&word.rsplit(|&byte| byte == b'/').next().unwrap_or_default()))
}

/// Wants what a simple command runs, and the files that its words name.
pub(super) fn want_command(
    scene: &Scene<'_>,
    by: Option<PathId>,
    command: &Command,
    wants: &mut Wants,
) {
    let Some(head) = command.first() else { return };
    if head.is_whole {
        want_program(scene, by, &head.text, wants);
    } else {
        want_path(scene, by, head, wants);
    }
    if matches!(head.text.as_str(), "." | "source")
        && let Some(sourced) = command.get(1)
    {
        want_program(scene, by, &sourced.text, wants);
        want_beside(scene, by, &sourced.text, wants);
    }
    for word in &command[1..] {
        want_path(scene, by, word, wants);
    }
}

/// Wants the program that the first word of a command means.
pub(super) fn want_program(scene: &Scene<'_>, by: Option<PathId>, word: &str, wants: &mut Wants) {
    let name = word.rsplit('/').next().unwrap_or_default();
    if word.is_empty() || aids::is_aid(name) || BUILT_IN.contains(&word) {
        return;
    }
    let Some(program) = scene.command(word) else {
        want_beside(scene, by, word, wants);
        return;
    };
    wants.want_resolved(scene, &scene.tree.path(program), by, "a command that can be called by");
}

/// Wants a file that a relative word means, seen from the directory of the script.
fn want_beside(scene: &Scene<'_>, by: Option<PathId>, word: &str, wants: &mut Wants) {
    let Some(script) = by.filter(|_| word.contains('/') && !word.starts_with('/')) else { return };
    let directory = scene.tree.path(scene.tree.parent(script));
    let path = [&directory[..], b"/", word.as_bytes()].concat();
    if scene.find(&path).is_some_and(|found| scene.tree.inode(found).is_file()) {
        wants.want_resolved(scene, &path, by, "named by");
    }
}

/// Wants the file that a word, or the value in `--name=value`, names with an absolute path.
fn want_path(scene: &Scene<'_>, by: Option<PathId>, word: &Word, wants: &mut Wants) {
    let value = if word.text.starts_with('/') {
        Some(word.text.as_str())
    } else {
        word.text.split_once('=').map(|(_, value)| value)
    };
    let Some(path) = value.filter(|value| value.len() > 1 && value.starts_with('/')) else {
        return;
    };
    let is_passed_over =
        ["/dev", "/proc", "/sys"].iter().any(|directory| place::is_in(path.as_bytes(), directory));
    if !is_passed_over {
        wants.want_resolved(scene, path.as_bytes(), by, "a path named by");
    }
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    fn kept(script: &[u8], words: &[&str]) -> Vec<String> {
        Stage::new(|tree| {
            tree.file("/usr/local/bin/entry.sh", 0o755, script)
                .file("/bin/sh", 0o755, b"x")
                .file("/usr/bin/app", 0o755, b"x")
                .file("/usr/bin/sed", 0o755, b"x")
                .file("/usr/bin/date", 0o755, b"x")
                .file("/usr/bin/apt-get", 0o755, b"x")
                .file("/usr/bin/echo", 0o755, b"x")
                .file("/usr/bin/unnamed", 0o755, b"x")
                .file("/usr/share/app/functions.sh", 0o644, b"date +%s\n")
                .file("/usr/local/bin/lib/more.sh", 0o644, b"unnamed\n")
                .file("/etc/app.conf", 0o644, b"x")
        })
        .level(Level::Balanced)
        .command(words)
        .kept_files()
    }

    #[test]
    fn branches_that_were_not_taken_keep_their_commands() {
        let script = b"#!/bin/sh\nif [ \"$1\" = x ]; then sed -i s/a/b/ /etc/app.conf; else apt-get update; fi\necho ok\nexec \"$@\"\n";
        assert_eq!(
            kept(script, &["entry.sh", "app", "--flag"]),
            ["/bin/sh", "/etc/app.conf", "/usr/bin/app", "/usr/bin/sed", "/usr/local/bin/entry.sh"]
        );
    }

    #[test]
    fn command_lines_and_sourced_files_are_read_too() {
        assert_eq!(
            kept(b"x", &["sh", "-c", "date | sed s/x/y/"]),
            ["/bin/sh", "/usr/bin/date", "/usr/bin/sed"]
        );
        assert_eq!(
            kept(b"#!/bin/sh\n. /usr/share/app/functions.sh\n. lib/more.sh\n", &["entry.sh"]),
            [
                "/bin/sh",
                "/usr/bin/unnamed",
                "/usr/local/bin/entry.sh",
                "/usr/local/bin/lib/more.sh",
                "/usr/share/app/functions.sh"
            ]
        );
    }

    #[test]
    fn a_script_that_the_search_path_links_to_is_read() {
        let kept = |link: &str| {
            Stage::new(|tree| {
                tree.file("/usr/lib/tool/wrapper", 0o755, b"#!/bin/sh\nsed s/a/b/\n")
                    .symlink(link, "/usr/lib/tool/wrapper")
                    .file("/usr/bin/sed", 0o755, b"x")
            })
            .level(Level::Balanced)
            .include(link)
            .include("/usr/lib/tool/wrapper")
            .kept_files()
            .contains(&"/usr/bin/sed".to_owned())
        };
        assert!(kept("/usr/sbin/toolctl"));
        assert!(!kept("/usr/lib/tool/off-the-path"));
    }
}
