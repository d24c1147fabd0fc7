//! Reads shell text (POSIX XCU 2, with bash's most common additions) into commands.

use std::ops::Range;

use super::command::{Command, Separator, Word};

/// Deepest nesting of substitutions and groups that is followed.
pub(super) const MAX_DEPTH: usize = 40;

/// The commands of a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Script {
    /// All simple commands, in the order in which they begin; those within substitutions come
    /// before the command around them.
    pub(crate) commands: Vec<Command>,
    /// Where each `|` stands, after simple and compound commands alike.
    pub(crate) pipes: Vec<Range<usize>>,
    /// Whether words of compound commands, or `!`, stand in it.
    pub(crate) is_compound: bool,
    /// Whether the text ends within a quote, substitution or compound command, or closes one
    /// that was not opened.
    pub(crate) is_broken: bool,
}

/// Reads `text`.
pub(crate) fn scan(text: &str) -> Script {
    let mut scanner = Scanner {
        text,
        position: 0,
        script: Script::default(),
        depth: 0,
        subshells: 0,
        heredocs: Vec::new(),
        in_backticks: false,
        open_blocks: Vec::new(),
        is_negated: false,
        in_condition: false,
    };
    scanner.list(None);
    scanner.script.is_broken |= !scanner.open_blocks.is_empty();
    scanner.script
}

/// Words that are no command but part of a compound one, when they stand where a command would.
const RESERVED: &[&str] = &[
    "if", "then", "elif", "else", "fi", "while", "until", "do", "done", "esac", "{", "}", "!",
    "time", "coproc",
];

/// What ends a command; longer ones first.
const TOKENS: &[(&str, Separator)] = &[
    ("&&", Separator::And),
    ("||", Separator::Or),
    (";;&", Separator::Sequence),
    (";;", Separator::Sequence),
    (";&", Separator::Sequence),
    ("|&", Separator::Pipe),
    ("|", Separator::Pipe),
    (";", Separator::Sequence),
    ("&", Separator::Background),
];

/// Redirections; longer ones first.
const OPERATORS: &[&str] =
    &["&>>", "&>", "<<<", "<<-", "<<", "<>", ">>", ">|", ">&", "<&", ">", "<"];

pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) position: usize,
    pub(super) script: Script,
    pub(super) depth: usize,
    subshells: usize,
    /// Here-documents whose bodies begin at the next line end: (terminator, drops tabs).
    heredocs: Vec<(String, bool)>,
    /// Whether the innermost substitution is one in backticks.
    pub(super) in_backticks: bool,
    /// Closing words of open compound commands.
    open_blocks: Vec<&'static str>,
    /// Whether `!` was read and its command was not.
    is_negated: bool,
    /// Whether `if`, `while` or the like was read and its `then` or `do` was not.
    in_condition: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.position += character.len_utf8();
        Some(character)
    }

    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.position += token.len();
        }
        found
    }

    /// Commands up to `closer` (consumed) or the end.
    pub(super) fn list(&mut self, closer: Option<char>) {
        let mut command = Command::default();
        let blocks = self.open_blocks.len();
        loop {
            self.blanks();
            let start = self.position;
            let Some(character) = self.peek() else { break };
            if Some(character) == closer {
                self.bump();
                self.finish(&mut command, Separator::End, start..start);
                self.open_blocks.truncate(blocks);
                return;
            }
            if let Some(separator) = self.separator() {
                let range = start..self.position;
                if separator == Separator::Pipe {
                    self.script.pipes.push(range.clone());
                }
                let ends_case = self.text[range.clone()].starts_with(";;");
                self.finish(&mut command, separator, range);
                if ends_case && self.open_blocks.last() == Some(&"esac") {
                    self.case_pattern();
                }
                continue;
            }
            match character {
                '#' => self.comment(),
                '(' => self.parenthesis(&mut command),
                ')' => {
                    self.bump();
                    self.finish(&mut command, Separator::End, start..start);
                    self.script.is_broken = true;
                }
                _ => self.part(&mut command),
            }
        }
        let end = self.position;
        self.finish(&mut command, Separator::End, end..end);
        self.script.is_broken |= closer.is_some();
    }

    /// Blanks and escaped line ends.
    fn blanks(&mut self) {
        while self.eat(" ") || self.eat("\t") || self.eat("\r") || self.eat("\\\n") {}
    }

    fn comment(&mut self) {
        let is_end = |c: char| c == '\n' || (c == '`' && self.in_backticks);
        let length = self.rest().find(is_end).unwrap_or(self.rest().len());
        self.position += length;
    }

    fn separator(&mut self) -> Option<Separator> {
        if self.eat("\n") {
            self.heredoc_bodies();
            return Some(Separator::Sequence);
        }
        if self.rest().starts_with("&>") {
            return None;
        }
        TOKENS.iter().find(|(token, _)| self.eat(token)).map(|&(_, separator)| separator)
    }

    fn finish(&mut self, command: &mut Command, separator: Separator, range: Range<usize>) {
        let mut command = std::mem::take(command);
        if command.words.is_empty() && command.assignments.is_empty() {
            return;
        }
        command.separator = separator;
        command.separator_range = range;
        command.depth = self.depth + self.open_blocks.len();
        command.in_subshell = self.subshells > 0;
        command.is_negated = std::mem::take(&mut self.is_negated);
        command.is_condition = self.in_condition;
        command.unwrap();
        self.script.commands.push(command);
    }

    /// `(` where a command begins opens a subshell; after a name it makes a function.
    fn parenthesis(&mut self, command: &mut Command) {
        self.bump();
        if !command.words.is_empty() {
            self.blanks();
            if self.eat(")") {
                *command = Command::default();
            }
            return;
        }
        if self.rest().starts_with('(') && command.assignments.is_empty() {
            self.skip_arithmetic();
            return;
        }
        self.nested(|scanner| scanner.list(Some(')')));
    }

    pub(super) fn nested(&mut self, read: impl FnOnce(&mut Self)) {
        if self.depth >= MAX_DEPTH {
            self.position = self.text.len();
            self.script.is_broken = true;
            return;
        }
        self.depth += 1;
        self.subshells += 1;
        let heredocs = std::mem::take(&mut self.heredocs);
        let blocks = std::mem::take(&mut self.open_blocks);
        let in_backticks = std::mem::take(&mut self.in_backticks);
        read(self);
        self.in_backticks = in_backticks;
        self.heredocs = heredocs;
        self.open_blocks = blocks;
        self.subshells -= 1;
        self.depth -= 1;
    }

    /// `((…))` after its first parenthesis.
    pub(super) fn skip_arithmetic(&mut self) {
        if let Some(length) = self.rest().find("))") {
            self.position += length + 2;
        } else {
            self.position = self.text.len();
            self.script.is_broken = true;
        }
    }

    /// A redirection or a word.
    fn part(&mut self, command: &mut Command) {
        let start = self.position;
        if self.redirection(command) {
            return;
        }
        let word = self.word();
        if word.range.is_empty() {
            // A character that begins no word: skip it, so that reading goes on.
            self.bump();
            return;
        }
        if command.words.is_empty() {
            if command.assignments.is_empty() && self.reserved(&word) {
                return;
            }
            if is_assignment(&self.text[word.range.clone()]) {
                if self.rest().starts_with('(') {
                    self.bump();
                    self.nested(|scanner| scanner.list(Some(')')));
                }
                command.range.start = start;
                command.range.end = self.position;
                command.assignments.push(word);
                return;
            }
            if command.assignments.is_empty() {
                command.range.start = start;
            }
        }
        command.range.end = word.range.end;
        let opens_test = command.words.is_empty() && word.text == "[[";
        command.words.push(word);
        if opens_test {
            self.test(command);
        }
    }

    /// `[[ … ]]`: operators inside are no separators.
    fn test(&mut self, command: &mut Command) {
        loop {
            while self.peek().is_some_and(char::is_whitespace) {
                self.bump();
            }
            let start = self.position;
            let Some(character) = self.peek() else {
                self.script.is_broken = true;
                return;
            };
            let word = if matches!(character, '&' | '|' | '(' | ')' | '<' | '>' | ';' | '#') {
                self.bump();
                Word { text: character.to_string(), range: start..self.position, is_dynamic: false }
            } else {
                self.word()
            };
            command.range.end = word.range.end;
            let closes = word.text == "]]";
            command.words.push(word);
            if closes {
                return;
            }
        }
    }

    fn reserved(&mut self, word: &Word) -> bool {
        let text = &self.text[word.range.clone()];
        let headers = ["for", "select", "case", "function"];
        self.script.is_compound |= RESERVED.contains(&text) || headers.contains(&text);
        match text {
            "for" | "select" => {
                self.loop_header();
                return true;
            }
            "case" => {
                self.open_blocks.push("esac");
                self.case_header();
                return true;
            }
            "function" => {
                self.blanks();
                self.word();
                return true;
            }
            "!" => self.is_negated = true,
            "if" => {
                self.in_condition = true;
                self.open_blocks.push("fi");
            }
            "elif" | "while" | "until" => self.in_condition = true,
            "then" => self.in_condition = false,
            "do" => {
                self.in_condition = false;
                self.open_blocks.push("done");
            }
            "{" => self.open_blocks.push("}"),
            "fi" | "done" | "}" | "esac" => {
                if self.open_blocks.last() == Some(&text) {
                    self.open_blocks.pop();
                } else {
                    self.script.is_broken = true;
                }
            }
            _ => {}
        }
        RESERVED.contains(&text)
    }

    /// `for name in words` up to the separator; the words' substitutions are read.
    fn loop_header(&mut self) {
        loop {
            self.blanks();
            match self.peek() {
                None | Some('\n' | ';') => return,
                Some('(') => {
                    self.bump();
                    self.skip_arithmetic();
                }
                Some(_) => {
                    let before = self.position;
                    let word = self.word();
                    if &self.text[word.range.clone()] == "do" {
                        self.position = before;
                        return;
                    }
                    if self.position == before {
                        self.bump();
                    }
                }
            }
        }
    }

    /// `case word in` and the first pattern.
    fn case_header(&mut self) {
        self.blanks();
        self.word();
        while self.peek().is_some_and(char::is_whitespace) {
            self.bump();
        }
        let before = self.position;
        if self.word().text != "in" {
            self.position = before;
        }
        self.case_pattern();
    }

    /// `(pattern | pattern)` before the commands of one branch; nothing before `esac`.
    fn case_pattern(&mut self) {
        loop {
            while self.peek().is_some_and(char::is_whitespace) {
                self.bump();
            }
            if self.peek() != Some('#') {
                break;
            }
            self.comment();
        }
        if self.rest().starts_with("esac") {
            return;
        }
        self.eat("(");
        while let Some(character) = self.peek() {
            if character == ')' {
                self.bump();
                return;
            }
            let before = self.position;
            self.word();
            if self.position == before {
                self.bump();
            }
        }
        self.script.is_broken = true;
    }

    fn redirection(&mut self, command: &mut Command) -> bool {
        let start = self.position;
        let digits =
            self.rest().len() - self.rest().trim_start_matches(|c: char| c.is_ascii_digit()).len();
        self.position += digits;
        let Some(operator) = OPERATORS.iter().find(|operator| self.eat(operator)) else {
            self.position = start;
            return false;
        };
        if self.rest().starts_with('(') && matches!(*operator, "<" | ">") {
            self.bump();
            self.nested(|scanner| scanner.list(Some(')')));
            return true;
        }
        self.blanks();
        let target = self.word();
        match *operator {
            "<<" | "<<-" => self.heredocs.push((target.text, *operator == "<<-")),
            _ => command.redirections.push(target),
        }
        if !command.words.is_empty() {
            command.range.end = self.position;
        }
        true
    }

    /// Skips the bodies of the here-documents that the line just read opened.
    fn heredoc_bodies(&mut self) {
        for (name, drops_tabs) in std::mem::take(&mut self.heredocs) {
            loop {
                let line_end = self.rest().find('\n');
                let line = &self.rest()[..line_end.unwrap_or(self.rest().len())];
                let bare = if drops_tabs { line.trim_start_matches('\t') } else { line };
                let ends = bare == name;
                self.position += line_end.map_or(line.len(), |length| length + 1);
                if ends {
                    break;
                }
                if self.position >= self.text.len() {
                    self.script.is_broken = true;
                    return;
                }
            }
        }
    }
}

/// Whether `raw` is `name=…`, `name+=…` or `name[i]=…`.
fn is_assignment(raw: &str) -> bool {
    let Some((name, _)) = raw.split_once('=') else { return false };
    let name = name.strip_suffix('+').unwrap_or(name);
    let name = name.split_once('[').map_or(name, |(name, _)| name);
    let mut characters = name.chars();
    characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        let script = scan(text);
        assert!(!script.is_broken, "{text}");
        script
            .commands
            .iter()
            .filter(|command| !command.words.is_empty())
            .map(|command| {
                let words: Vec<_> = command.words.iter().map(|word| word.text.as_str()).collect();
                words.join(" ")
            })
            .collect()
    }

    #[test]
    fn commands_are_found_wherever_they_stand() {
        let cases: &[(&str, &[&str])] = &[
            ("a b && c 'd e' | f; g &", &["a b", "c d e", "f", "g"]),
            ("X=1 Y=2 a; Z=3", &["a"]),
            ("set -ex; (cd /x && make)", &["set -ex", "cd /x", "make"]),
            ("if [ -f x ]; then a; elif b; then c; else d; fi", &["[ -f x ]", "a", "b", "c", "d"]),
            ("for i in a $(b c); do d $i; done", &["b c", "d $i"]),
            ("while read -r x; do y; done < z", &["read -r x", "y"]),
            ("case $(a) in x) b;; y|z) c;; esac; d", &["a", "b", "c", "d"]),
            ("f() { a; }; f", &["a", "f"]),
            ("a \"$(b \"c d\")\" `e`", &["b c d", "e", "a $(b \"c d\") `e`"]),
            ("a 2>/dev/null >x <y && b &>z", &["a", "b"]),
            ("cat <<E && b\nc d\nE\ne", &["cat", "b", "e"]),
            ("[[ a && b ]] || c", &["[[ a & & b ]]", "c"]),
            ("! a", &["a"]),
            ("# c\na # d\nb", &["a", "b"]),
            ("a \\\n b", &["a b"]),
            ("echo ${x:-\"$(y)\"} $((1 + 2))", &["y", "echo ${x:-\"$(y)\"} $((1 + 2))"]),
            ("diff <(a) <(b)", &["a", "b", "diff"]),
            ("echo a\\ b \"c\\\"d\\e\"", &["echo a b c\"d\\e"]),
        ];
        for (text, expected) in cases {
            let found = lines(text);
            let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn places_and_separators() {
        let text = "a 'b' && c | d";
        let script = scan(text);
        assert_eq!(&text[script.commands[0].words[1].range.clone()], "'b'");
        assert_eq!(&text[script.commands[0].range.clone()], "a 'b'");
        let separators: Vec<_> = script.commands.iter().map(|one| one.separator).collect();
        assert_eq!(separators, [Separator::And, Separator::Pipe, Separator::End]);
        assert_eq!(&text[script.commands[0].separator_range.clone()], "&&");
    }

    #[test]
    fn broken_text_is_told_and_still_read() {
        for text in ["a 'b", "a $(b", "if a; then b", "a; fi", "a \"b", "a )", "${x"] {
            assert!(scan(text).is_broken, "{text}");
        }
        let deep = "$(".repeat(100_000);
        assert!(scan(&deep).is_broken);
        let deep = "\"${a:-".repeat(100_000);
        assert!(scan(&deep).is_broken);
    }

    #[test]
    fn wrappers_come_off() {
        let script = scan("sudo -u me env A=b apt-get -y install x");
        let command = &script.commands[0];
        assert!(command.is("apt-get", "install"));
        assert!(command.has_letter('y'));
        assert_eq!(command.operands_after("install", &[])[0].text, "x");
        assert_eq!(command.wrappers[0].text, "sudo");
        assert_eq!(scan("sudo").commands[0].name(), "sudo");
    }
}
