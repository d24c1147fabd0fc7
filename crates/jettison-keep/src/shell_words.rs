//! The words of shell text, as far as they can be known without running it.
//!
//! No shell: it finds the simple commands of a script, whichever branch they are in, and drops what only a run would tell
//! (expansions). Source of the grammar: POSIX.1-2024, Shell Command Language, sections 2.2, 2.3 and 2.10.

/// A script is looked at up to this many bytes; entrypoints have under ten thousand.
pub(crate) const SCRIPT_BYTES: u64 = 512 << 10;

/// How deep command substitutions and `sh -c` strings are followed; real scripts reach three.
const DEPTH: usize = 6;

/// Words that begin or join commands and are followed by another one.
const KEYWORDS: [&str; 12] =
    ["if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "fi", "done"];

/// Commands that run the command that follows them (after their options).
const WRAPPERS: [&str; 22] = [
    "exec",
    "env",
    "command",
    "builtin",
    "time",
    "nohup",
    "nice",
    "ionice",
    "setsid",
    "stdbuf",
    "xargs",
    "sudo",
    "gosu",
    "su-exec",
    "setpriv",
    "tini",
    "dumb-init",
    "catatonit",
    "chroot",
    "timeout",
    "eval",
    "setuidgid",
];

/// Shells whose `-c` takes a script.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ash", "ksh", "zsh"];

/// One word, quotes taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word {
    /// The text; what an expansion would put there is missing.
    pub(crate) text: String,
    /// Whether the text is all of the word: no expansion was in it.
    pub(crate) is_whole: bool,
}

/// A simple command: its words in order, assignments and redirections taken away.
pub(crate) type Command = Vec<Word>;

/// Every simple command in shell text, in order; those that wrappers and `sh -c` run are listed too.
pub(crate) fn commands(text: &str) -> Vec<Command> {
    let mut found = Vec::new();
    scan(text, DEPTH, &mut found);
    found
}

/// The commands that a command line given as words runs: itself, and what wrappers and `sh -c` in it run.
pub(crate) fn commands_of(words: &[String]) -> Vec<Command> {
    let mut found = Vec::new();
    let command = words.iter().map(|word| Word { text: word.clone(), is_whole: true }).collect();
    push(command, DEPTH, &mut found);
    found
}

fn scan(text: &str, depth: usize, found: &mut Vec<Command>) {
    let mut scanner =
        Scanner { rest: text, depth, command: Vec::new(), word: None, heredocs: Vec::new(), found };
    scanner.run();
}

/// Lists a command, and what it runs in its turn.
fn push(mut command: Command, depth: usize, found: &mut Vec<Command>) {
    let is_assignment = |word: &Word| {
        word.text.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'+')
        })
    };
    let first = command
        .iter()
        .position(|word| !KEYWORDS.contains(&word.text.as_str()) && !is_assignment(word));
    command.drain(..first.unwrap_or(command.len()));
    let Some(head) = command.first() else { return };
    let name = head.text.rsplit('/').next().unwrap_or_default().to_owned();
    let rest = command[1..].to_vec();
    found.push(command);
    if depth == 0 {
        return;
    }
    if SHELLS.contains(&name.as_str()) {
        let is_script = |word: &Word| {
            word.text.starts_with('-') && !word.text.starts_with("--") && word.text.ends_with('c')
        };
        if let Some(at) = rest.iter().position(is_script)
            && let Some(script) = rest.get(at + 1)
        {
            scan(&script.text, depth - 1, found);
        }
    }
    if WRAPPERS.contains(&name.as_str()) {
        let is_option = |word: &Word| word.text.starts_with('-') || is_assignment(word);
        let after: Command = rest.iter().skip_while(|word| is_option(word)).cloned().collect();
        // An option's value or a user name may come first: each of the next words may be the command.
        for skipped in 0..after.len().min(3) {
            push(after[skipped..].to_vec(), 0, found);
            if matches!(name.as_str(), "exec" | "eval" | "command" | "builtin" | "nohup") {
                break;
            }
        }
        let shell = after
            .iter()
            .position(|word| SHELLS.contains(&word.text.rsplit('/').next().unwrap_or_default()));
        if let Some(at) = shell {
            push(after[at..].to_vec(), depth - 1, found);
        }
        if name == "eval"
            && let Some(word) = after.first()
        {
            scan(&word.text, depth - 1, found);
        }
    }
}

struct Scanner<'a> {
    rest: &'a str,
    depth: usize,
    command: Command,
    word: Option<Word>,
    heredocs: Vec<String>,
    found: &'a mut Vec<Command>,
}

impl Scanner<'_> {
    fn run(&mut self) {
        while let Some(next) = self.take() {
            match next {
                ' ' | '\t' | '\r' => self.end_word(),
                '\n' => {
                    self.end_command();
                    self.skip_heredocs();
                }
                ';' | '&' | '|' | '(' | ')' => self.end_command(),
                '#' if self.word.is_none() => self.skip_line(),
                '<' | '>' => self.redirection(next),
                _ => self.in_word(next),
            }
        }
        self.end_command();
    }

    fn take(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    fn word(&mut self) -> &mut Word {
        self.word.get_or_insert(Word { text: String::new(), is_whole: true })
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        // `case` patterns end in `)`, function names are followed by `(`: both look like commands that are not there.
        self.command.push(word);
    }

    fn end_command(&mut self) {
        self.end_word();
        let command = std::mem::take(&mut self.command);
        push(command, self.depth, self.found);
    }

    fn skip_line(&mut self) {
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        self.rest = &self.rest[end..];
    }

    fn in_word(&mut self, first: char) {
        match first {
            '\\' => match self.take() {
                Some('\n') | None => {}
                Some(escaped) => self.word().text.push(escaped),
            },
            '\'' => {
                let end = self.rest.find('\'').unwrap_or(self.rest.len());
                let (quoted, rest) = self.rest.split_at(end);
                self.rest = rest.get(1..).unwrap_or_default();
                let quoted = quoted.to_owned();
                self.word().text.push_str(&quoted);
            }
            '"' => self.double_quoted(),
            '$' => self.expansion(),
            '`' => self.backquoted(),
            plain => self.word().text.push(plain),
        }
    }

    fn double_quoted(&mut self) {
        self.word();
        while let Some(next) = self.take() {
            match next {
                '"' => return,
                '\\' => {
                    if let Some(escaped) = self.take() {
                        self.word().text.push(escaped);
                    }
                }
                '$' => self.expansion(),
                '`' => self.backquoted(),
                plain => self.word().text.push(plain),
            }
        }
    }

    /// What follows a `$`: nothing of it is known but the commands of `$(…)` and the words of `${name:-words}`.
    fn expansion(&mut self) {
        let mut chars = self.rest.chars();
        match chars.next() {
            Some('(') => {
                let inner = self.bracketed('(', ')');
                self.substitution(&inner);
            }
            Some('{') => {
                let inner = self.bracketed('{', '}');
                let default = [":-", ":=", ":+"].iter().find_map(|mark| inner.split_once(mark));
                if let Some((_, value)) = default {
                    let value = value.trim_matches('"').to_owned();
                    self.word().text.push_str(&value);
                }
            }
            Some(special) if !special.is_alphanumeric() && special != '_' => {
                if "?$!@*#-".contains(special) {
                    self.take();
                } else {
                    self.word().text.push('$');
                    return;
                }
            }
            _ => {
                let end = self.rest.find(|next: char| !next.is_alphanumeric() && next != '_');
                self.rest = &self.rest[end.unwrap_or(self.rest.len())..];
            }
        }
        self.word().is_whole = false;
    }

    fn backquoted(&mut self) {
        let end = self.rest.find('`').unwrap_or(self.rest.len());
        let (inner, rest) = self.rest.split_at(end);
        let inner = inner.to_owned();
        self.rest = rest.get(1..).unwrap_or_default();
        self.substitution(&inner);
        self.word().is_whole = false;
    }

    fn substitution(&mut self, text: &str) {
        if self.depth > 0 {
            scan(text, self.depth - 1, self.found);
        }
    }

    /// Takes a bracketed text whose opening bracket is next, and returns what is inside.
    fn bracketed(&mut self, open: char, close: char) -> String {
        let mut depth = 0_usize;
        let mut quote = None;
        let mut escaped = false;
        for (at, next) in self.rest.char_indices() {
            if std::mem::take(&mut escaped) {
                continue;
            }
            match (quote, next) {
                (_, '\\') if quote != Some('\'') => escaped = true,
                (Some(mark), _) if mark == next => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(next),
                (None, _) if next == open => depth += 1,
                (None, _) if next == close => {
                    depth -= 1;
                    if depth == 0 {
                        let inner = self.rest[open.len_utf8()..at].to_owned();
                        self.rest = &self.rest[at + close.len_utf8()..];
                        return inner;
                    }
                }
                _ => {}
            }
        }
        let inner = self.rest.get(open.len_utf8()..).unwrap_or_default().to_owned();
        self.rest = "";
        inner
    }

    /// Takes a redirection with its target, and remembers a here-document's end mark.
    fn redirection(&mut self, first: char) {
        // A word of digits before it is the number of a file descriptor.
        if self.word.as_ref().is_some_and(|word| {
            !word.text.is_empty() && word.text.bytes().all(|byte| byte.is_ascii_digit())
        }) {
            self.word = None;
        }
        self.end_word();
        let is_heredoc = first == '<' && self.rest.starts_with('<') && !self.rest.starts_with("<<");
        self.rest = self.rest.trim_start_matches(['<', '>', '&', '|', '-']);
        if self.rest.starts_with('(') {
            let inner = self.bracketed('(', ')');
            self.substitution(&inner);
            return;
        }
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        while self.rest.chars().next().is_some_and(|next| !" \t\n;&|()<>".contains(next)) {
            if let Some(next) = self.take() {
                self.in_word(next);
            }
        }
        let target = self.word.take().unwrap_or_default();
        if is_heredoc && !target.text.is_empty() {
            self.heredocs.push(target.text);
        }
    }

    fn skip_heredocs(&mut self) {
        for mark in std::mem::take(&mut self.heredocs) {
            while !self.rest.is_empty() {
                let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
                let is_end = line.trim_start_matches('\t') == mark;
                self.rest = rest;
                if is_end {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(text: &str) -> Vec<String> {
        commands(text).into_iter().map(|command| command[0].text.clone()).collect()
    }

    #[test]
    fn command_positions_are_found() {
        let cases: [(&str, &[&str]); 22] = [
            ("ls -l", &["ls"]),
            ("a; b && c || d | e & f", &["a", "b", "c", "d", "e", "f"]),
            ("if test -f x; then\n  cp x y\nelse mv a b; fi", &["test", "cp", "mv"]),
            ("while ! nc -z db 1; do sleep 1; done", &["nc", "sleep"]),
            ("FOO=1 BAR=\"a b\" run", &["run"]),
            ("FOO=1", &[]),
            ("# comment; ls\nid # more", &["id"]),
            ("echo 'a; b' \"c | d\"", &["echo"]),
            ("x=$(date +%s; hostname)", &["date", "hostname"]),
            ("echo `uname -r`", &["uname", "echo"]),
            ("echo \"$(cat /x)\"", &["cat", "echo"]),
            ("cat <<EOF | sort\nrm -rf\nEOF\nwc", &["cat", "sort", "wc"]),
            ("cat <<-'END'\n\trm\n\tEND\nwc", &["cat", "wc"]),
            ("a >/dev/null 2>&1; b", &["a", "b"]),
            ("exec gosu redis redis-server", &["exec", "gosu"]),
            ("( cd /x && tar x ) > log", &["cd", "tar"]),
            ("foo() { bar; }", &["foo", "bar"]),
            ("sh -c 'p; q'", &["sh", "p", "q"]),
            ("a \\\n  b\nc", &["a", "c"]),
            ("\"\"", &[""]),
            ("diff <(sort a) b", &["sort", "diff"]),
            ("bash -ec \"x | y\"", &["bash", "x", "y"]),
        ];
        for (text, expected) in cases {
            let found = heads(text);
            let is_there = expected.iter().all(|head| found.contains(&(*head).to_owned()));
            assert!(is_there, "{text}: {found:?}");
            if !text.contains("exec") && !text.contains("foo()") {
                assert_eq!(found.len(), expected.len(), "{text}: {found:?}");
            }
        }
    }

    #[test]
    fn wrappers_run_what_follows() {
        for (words, command) in [
            (&["gosu", "redis", "redis-server", "--x"][..], "redis-server"),
            (&["tini", "--", "python3", "app.py"], "python3"),
            (&["env", "A=1", "node", "x.js"], "node"),
            (&["/usr/bin/tini", "-g", "--", "sh", "-c", "exec nginx -g x"], "nginx"),
            (&["timeout", "5", "curl", "x"], "curl"),
        ] {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            let heads: Vec<String> =
                commands_of(&words).into_iter().map(|command| command[0].text.clone()).collect();
            assert!(heads.contains(&command.to_owned()), "{words:?}: {heads:?}");
        }
    }

    #[test]
    fn expansions_are_told_from_text() {
        let found = commands("$CMD/run \"$@\" ${BIN:-/usr/bin/fallback} plain");
        let words: Vec<(&str, bool)> =
            found[0].iter().map(|word| (word.text.as_str(), word.is_whole)).collect();
        assert_eq!(
            words,
            [("/run", false), ("", false), ("/usr/bin/fallback", false), ("plain", true)]
        );
    }

    #[test]
    fn any_text_ends() {
        for text in
            ["'", "\"", "$(", "${", "`", "<<", "<<X", "a\\", "$(((", "x<<'", "é$é", "$", "<(", "2>"]
        {
            commands(text);
            commands(&text.repeat(200));
        }
    }
}
