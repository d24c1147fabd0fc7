//! Command lines in the source text of programming languages.
//!
//! No parser: it looks for string literals in files that start processes, and for the calls by which they do. One literal
//! too many costs a small program in the image, one too few costs a feature.

use std::collections::BTreeSet;

/// Modules, classes and functions by which languages start processes. A text without any of them calls no commands.
const MARKS: [&str; 25] = [
    "System.cmd",
    ":os.cmd",
    "Port.open",
    "child_process",
    "execa",
    "cross-spawn",
    "zx",
    "subprocess",
    "os.system",
    "os.popen",
    "os.exec",
    "os.spawn",
    "pexpect",
    "asyncio",
    "Open3",
    "IO.popen",
    "Kernel.system",
    "Process.spawn",
    "system(",
    "shell_exec",
    "proc_open",
    "passthru",
    "exec(",
    "popen(",
    "os/exec",
];

/// Calls whose first argument is a command line or a program's name.
const CALLS: [&str; 29] = [
    "cmd",
    "exec",
    "execSync",
    "execFile",
    "execFileSync",
    "spawn",
    "spawnSync",
    "execa",
    "execaCommand",
    "run",
    "call",
    "check_call",
    "check_output",
    "getoutput",
    "getstatusoutput",
    "Popen",
    "popen",
    "system",
    "create_subprocess_exec",
    "create_subprocess_shell",
    "which",
    "execvp",
    "execlp",
    "capture2",
    "capture2e",
    "capture3",
    "shell_exec",
    "passthru",
    "proc_open",
];

/// Longest literal that is looked at; command lines in programs are shorter.
const LITERAL_BYTES: usize = 2000;

/// Endings of the texts that are searched.
const ENDINGS: [&str; 16] = [
    ".js", ".cjs", ".mjs", ".ts", ".mts", ".py", ".rb", ".php", ".pl", ".pm", ".lua", ".tcl",
    ".ex", ".exs", ".rake", ".ru",
];

/// What a text may call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Called {
    /// Literals that are first arguments of calls that start processes: command lines, or names of programs.
    pub(crate) lines: BTreeSet<String>,
    /// Literals of one plain word that are assigned, or stand first in a list.
    pub(crate) words: BTreeSet<String>,
}

/// Whether a file's name says that it is source text of a language that is searched.
pub(crate) fn is_source(name: &[u8]) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending.as_bytes()))
}

/// What a source text may call; nothing if it starts no processes.
pub(crate) fn called(text: &str) -> Called {
    let mut found = Called::default();
    if !MARKS.iter().any(|mark| text.contains(mark)) && !text.contains('`') {
        return found;
    }
    let is_spawning = MARKS.iter().any(|mark| text.contains(mark));
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(next) = memchr::memchr3(b'"', b'\'', b'`', &bytes[at..]) {
        let start = at + next;
        let Some(literal) = literal(text, start) else {
            at = start + 1;
            continue;
        };
        at = start + literal.len() + 2;
        if is_argument(&text[..start]) || bytes[start] == b'`' {
            found.lines.insert(literal.to_owned());
        }
        if is_spawning && is_word(literal) && is_value(&text[..start]) {
            found.words.insert(literal.to_owned());
        }
    }
    found
}

/// The text between the quote at `start` and its like, on one line.
fn literal(text: &str, start: usize) -> Option<&str> {
    let bytes = text.as_bytes();
    let quote = bytes[start];
    let mut at = start + 1;
    while at < bytes.len() && at - start <= LITERAL_BYTES {
        match bytes[at] {
            b'\\' => at += 1,
            b'\n' if quote != b'`' => return None,
            byte if byte == quote => return text.get(start + 1..at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether the text ends with the beginning of a call, so that a literal behind it is the first argument.
fn is_argument(before: &str) -> bool {
    let before = before.trim_end_matches(|next: char| {
        next == '[' || next == 'f' || next == 'r' || next.is_whitespace()
    });
    let Some(before) = before.strip_suffix('(') else {
        // Ruby calls without brackets: `system "ls"`.
        return ends_with_call(before);
    };
    ends_with_call(before.trim_end())
}

fn ends_with_call(before: &str) -> bool {
    let start = before
        .rfind(|next: char| !next.is_ascii_alphanumeric() && next != '_')
        .map_or(0, |at| at + 1);
    // The separator may be longer than one byte.
    let name = before.get(start..).unwrap_or_default();
    // `promisify(execFile)('date')`.
    let inner = before.strip_suffix(')').and_then(|inner| inner.rsplit_once('('));
    let is_wrapped = |(maker, inner): (&str, &str)| {
        let maker = maker.trim_end_matches(')');
        maker.ends_with("promisify") && CALLS.iter().any(|call| inner.trim().ends_with(call))
    };
    CALLS.contains(&name) || inner.is_some_and(is_wrapped)
}

/// Whether a literal behind the text is given to something: assigned, the value of a key, the first of a list, a default.
/// A literal that is compared with, or is an argument among others, is rarely a program's name.
fn is_value(before: &str) -> bool {
    let before = before.trim_end();
    let is_compared = ["==", "!=", "=~", "case"].iter().any(|mark| before.ends_with(mark));
    !is_compared && before.ends_with(['=', '[', ':', '|', '?', '{', '>'])
}

/// Names of programs: letters, digits and a few marks, at least two bytes.
fn is_word(literal: &str) -> bool {
    literal.len() >= 2
        && literal.len() <= 64
        && literal.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_calls_and_words_are_found() {
        let cases: [(&str, &[&str], &[&str]); 13] = [
            (
                "(0, node_util_1.promisify)(node_child_process_1.execFile)('date', ['-u'])",
                &["date"],
                &["-u"],
            ),
            ("require('child_process').execFile('date', ['-u'])", &["date"], &["-u"]),
            (
                "import subprocess\nsubprocess.run([\"convert\", \"a b\"])",
                &["convert"],
                &["convert"],
            ),
            ("import subprocess\nsubprocess.check_output( 'ls -l | wc' )", &["ls -l | wc"], &[]),
            ("import subprocess\nCMD = 'ffmpeg'\nsubprocess.run([CMD])", &[], &["ffmpeg"]),
            ("out = `uname -a`", &["uname -a"], &[]),
            ("Open3.capture3 'identify', x", &["identify"], &[]),
            ("x = {'sort': 'date'}", &[], &[]),
            ("shell_exec(\"gs -q \\\"x\\\"\")", &["gs -q \\\"x\\\""], &[]),
            ("os.system(f'rm {x}')", &["rm {x}"], &[]),
            ("System.cmd(\"uname\", [\"-s\"])", &["uname"], &["-s"]),
            ("import subprocess\nif p == 'date' or p in ('sort', 'id'): pass", &[], &[]),
            ("import subprocess\nTOOLS = {'a': 'gs'}", &[], &["gs"]),
        ];
        for (text, lines, words) in cases {
            let found = called(text);
            assert_eq!(found.lines.iter().collect::<Vec<_>>(), lines.to_vec(), "{text}");
            let expected: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            assert_eq!(found.words.into_iter().collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn any_text_ends() {
        for text in ["'", "\"\\", "`", "exec('", "é'é'", "subprocess 'a\nb'", "exec(\u{2003}'x')"]
        {
            called(&text.repeat(300));
        }
    }
}
