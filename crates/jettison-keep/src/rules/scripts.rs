//! The interpreter that a script's first line names stays.

use jettison_rootfs::{Kind, PathId};

use crate::{Level, Rule, Scene, Wants, rule::Page};

/// Keeps what `#!` lines of kept executables name.
pub(super) struct Scripts;

/// Linux reads this much of a script's first line (`BINPRM_BUF_SIZE`, execve(2)).
const FIRST_LINE: usize = 256;

impl Rule for Scripts {
    fn name(&self) -> &'static str {
        "shebang"
    }

    fn level(&self) -> Level {
        Level::Minimal
    }

    fn page(&self) -> Page {
        Page {
            what: "For each kept executable script the interpreter of its #! line, and with `env` the command it looks up.",
            why: "The kernel refuses to run a script without its interpreter, with an error that names the script.",
            instead: "Do not keep the script.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let inode = scene.tree.inode(path);
        if inode.kind != Kind::File || inode.mode & 0o111 == 0 {
            return;
        }
        let mut head = [0; FIRST_LINE];
        let Ok(count) = scene.tree.read(scene.tree.inode_id(path), 0, &mut head) else { return };
        let Some(line) = head[..count].strip_prefix(b"#!") else { return };
        let line = line.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let Some(interpreter) = words.next() else { return };
        wants.want_resolved(scene, interpreter, Some(path), "the interpreter of");
        if interpreter.ends_with(b"/env") {
            let is_command = |word: &&[u8]| !word.starts_with(b"-") && !word.contains(&b'=');
            let command = words.find(is_command).and_then(|word| std::str::from_utf8(word).ok());
            if let Some(found) = command.and_then(|word| scene.command(word)) {
                wants.want_resolved(
                    scene,
                    &scene.tree.path(found),
                    Some(path),
                    "the interpreter of",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::Stage;

    #[test]
    fn direct_and_env_interpreters_stay() {
        let kept = Stage::new(|tree| {
            tree.file("/run.sh", 0o755, b"#! /bin/sh -e\necho\n")
                .file("/tool", 0o755, b"#!/usr/bin/env -S python3 -u\n")
                .file("/data.sh", 0o644, b"#!/bin/zsh\n")
                .file("/bin/sh", 0o755, b"x")
                .file("/bin/zsh", 0o755, b"x")
                .file("/usr/bin/env", 0o755, b"x")
                .symlink("/usr/bin/python3", "python3.11")
                .file("/usr/bin/python3.11", 0o755, b"x")
        })
        .read("/run.sh")
        .read("/tool")
        .read("/data.sh")
        .kept_files();
        assert_eq!(
            kept,
            [
                "/bin/sh",
                "/data.sh",
                "/run.sh",
                "/tool",
                "/usr/bin/env",
                "/usr/bin/python3",
                "/usr/bin/python3.11"
            ]
        );
    }
}
