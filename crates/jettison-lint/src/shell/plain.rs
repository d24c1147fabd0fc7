//! Scripts in which nothing can go wrong that a linter for shells would know of.

use super::{
    command::{Command, Separator},
    scanner::Script,
};

/// Programs and builtins whose plain use may be worth a remark.
const REMARKABLE: &[&str] = &[
    "",
    ".",
    "[",
    "[[",
    "alias",
    "awk",
    "basename",
    "bash",
    "bg",
    "break",
    "builtin",
    "busybox",
    "caller",
    "case",
    "cat",
    "command",
    "compgen",
    "complete",
    "continue",
    "coproc",
    "dash",
    "declare",
    "dirname",
    "dirs",
    "disown",
    "do",
    "done",
    "echo",
    "egrep",
    "elif",
    "else",
    "esac",
    "eval",
    "exec",
    "exit",
    "expr",
    "fg",
    "fgrep",
    "fi",
    "find",
    "for",
    "function",
    "gawk",
    "getopts",
    "grep",
    "hash",
    "if",
    "jobs",
    "jq",
    "kill",
    "ksh",
    "let",
    "local",
    "ls",
    "mapfile",
    "mawk",
    "noglob",
    "popd",
    "printf",
    "ps",
    "pushd",
    "read",
    "readarray",
    "readonly",
    "return",
    "sed",
    "select",
    "sh",
    "shift",
    "shopt",
    "source",
    "ssh",
    "su",
    "suspend",
    "tee",
    "tempfile",
    "test",
    "then",
    "time",
    "times",
    "tr",
    "trap",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "uname",
    "unset",
    "until",
    "wait",
    "which",
    "while",
    "xargs",
    "yes",
    "zsh",
];

/// Whether `script`, read from `text`, is nothing but programs with literal arguments one after
/// the other, none of which a linter for shells says anything about. Most RUN instructions are;
/// knowing them spares the work of a full analysis.
pub(crate) fn is_plain(script: &Script, text: &str) -> bool {
    let is_simple = !script.is_broken && !script.is_compound && script.pipes.is_empty();
    is_simple && is_literal(text) && script.commands.iter().all(is_unremarkable)
}

/// Whether no quote, expansion, redirection, group or odd operator is in `text`.
fn is_literal(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => true,
        b'-' | b'_' | b'.' | b'/' | b':' | b',' | b'+' | b'@' | b'%' | b'=' | b';' => true,
        b' ' | b'\t' | b'\n' => true,
        // A pattern within a path; one that begins a word may match an option.
        b'*' => {
            at > 0 && bytes[at - 1].is_ascii_alphanumeric() | matches!(bytes[at - 1], b'/' | b'.')
        }
        b'&' => (at > 0 && bytes[at - 1] == b'&') ^ (bytes.get(at + 1) == Some(&b'&')),
        _ => false,
    })
}

fn is_unremarkable(command: &Command) -> bool {
    let arguments = || command.arguments().iter().map(|word| word.text.as_str());
    let has_loop_word =
        arguments().any(|word| matches!(word, "do" | "done" | "then" | "fi" | "esac"));
    if !command.wrappers.is_empty() || !command.assignments.is_empty() || has_loop_word {
        return false;
    }
    match command.name() {
        // Only where what follows runs in the directory anyway.
        "cd" => command.separator == Separator::And,
        "mkdir" => arguments().all(|word| !word.starts_with('-') || matches!(word, "-p" | "-v")),
        "rm" => arguments().all(|word| word.starts_with('-') || is_deep(word)),
        "set" => arguments().all(|word| {
            word.strip_prefix(['-', '+'])
                .is_some_and(|letters| letters.chars().all(|one| matches!(one, 'e' | 'u' | 'x')))
        }),
        // The name of a program is not made of a pattern.
        name => !REMARKABLE.contains(&name) && !name.contains('*'),
    }
}

/// Whether `path` is neither the root nor one of its directories.
fn is_deep(path: &str) -> bool {
    let parts = path.trim_matches('/').split('/').filter(|part| !matches!(*part, "*" | "."));
    !path.starts_with('/') || parts.count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::scan;

    #[test]
    fn plain_scripts_are_told_from_others() {
        for text in [
            "apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*",
            "set -eux; ./configure --prefix=/usr; make -j4\nmake install",
            "cd /src && go build ./...",
            "mkdir -p /a/b",
        ] {
            assert!(is_plain(&scan(text), text), "{text}");
        }
        for text in [
            "echo a",
            "a $b",
            "a `b`",
            "a > b",
            "a | b",
            "a & b",
            "a || b",
            "cd /x; y",
            "A=1",
            "A=1 b",
            "mkdir -m 700 -p a/b",
            "rm -rf /usr",
            "rm *",
            "sudo a",
            "for a in b; do c; done",
            "a 'b'",
            "set -o pipefail",
            "a #b",
            "if a; then b; fi",
        ] {
            assert!(!is_plain(&scan(text), text), "{text}");
        }
    }
}
