//! What a Python source file imports, found without parsing it.
//!
//! The file is cut into tokens; `import` and `from` are keywords, so that wherever one stands it is an import, at the
//! top or inside a function. Strings are looked at too: modules are often named in them. Finds rather too much than too
//! little. Grammar: The Python Language Reference, sections 2 and 7.11.

use std::collections::BTreeSet;

/// Longest source file that is looked at. Longer ones are generated tables.
pub(crate) const SOURCE_BYTES: u64 = 4 << 20;

/// Longest string that may name a module or a command.
const NAME_BYTES: usize = 200;

/// Names that show that a file starts other programs.
const SPAWNING: [&[u8]; 12] = [
    b"subprocess",
    b"system",
    b"popen",
    b"Popen",
    b"create_subprocess_exec",
    b"create_subprocess_shell",
    b"which",
    b"check_output",
    b"execvp",
    b"execv",
    b"spawn",
    b"pexpect",
];

/// One imported module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    /// How many packages up it starts, plus one: 0 is absolute.
    pub(crate) level: usize,
    /// Dotted, empty for `from . import`. The last part may be a name inside the module instead of a module.
    pub(crate) module: String,
}

/// Everything a source file refers to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Imports {
    /// From import statements, and from strings given to `import_module` and `__import__`.
    pub(crate) modules: BTreeSet<Import>,
    /// Strings that could name a module: identifiers with or without dots.
    pub(crate) named: BTreeSet<String>,
    /// Strings that come first in a call or a list, of files that start other programs.
    pub(crate) commands: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Name(&'a [u8]),
    Text(&'a [u8]),
    Mark(u8),
    Newline,
}

impl Imports {
    /// Looks at a source file.
    pub(crate) fn of(source: &[u8]) -> Self {
        let tokens: Vec<Token<'_>> = Lexer { rest: source, depth: 0 }.collect();
        let mut found = Self::default();
        let mut spawns = false;
        let mut at = 0;
        while let Some(&token) = tokens.get(at) {
            at += 1;
            match token {
                Token::Name(b"import") => at = found.import(&tokens, at),
                Token::Name(b"from") => at = found.from(&tokens, at),
                Token::Name(b"import_module" | b"__import__") => found.dynamic(&tokens, at),
                Token::Name(name) => spawns |= SPAWNING.contains(&name),
                Token::Text(text) => found.text(text, tokens[..at - 1].last().copied()),
                Token::Mark(_) | Token::Newline => {}
            }
        }
        if !spawns {
            found.commands.clear();
        }
        found
    }

    /// `import a.b as c, d`, from behind the keyword. Returns where it ends.
    fn import(&mut self, tokens: &[Token<'_>], mut at: usize) -> usize {
        loop {
            let (module, end) = dotted(tokens, at);
            if module.is_empty() {
                return at;
            }
            self.modules.insert(Import { level: 0, module });
            at = alias(tokens, end);
            if tokens.get(at) != Some(&Token::Mark(b',')) {
                return at;
            }
            at += 1;
        }
    }

    /// `from ..a import (b as c, d)`, from behind the keyword. Anything else (`yield from x`) is passed over.
    fn from(&mut self, tokens: &[Token<'_>], start: usize) -> usize {
        let dots = tokens[start..].iter().take_while(|token| **token == Token::Mark(b'.')).count();
        let (module, mut at) = dotted(tokens, start + dots);
        if tokens.get(at) != Some(&Token::Name(b"import")) {
            return start;
        }
        at += 1;
        self.modules.insert(Import { level: dots, module: module.clone() });
        while let Some(token) = tokens.get(at) {
            match token {
                Token::Name(name) => {
                    let dot = if module.is_empty() { "" } else { "." };
                    let module = format!("{module}{dot}{}", String::from_utf8_lossy(name));
                    self.modules.insert(Import { level: dots, module });
                    at = alias(tokens, at + 1);
                }
                Token::Mark(b'(' | b',' | b'*') => at += 1,
                _ => break,
            }
        }
        at
    }

    /// `import_module("a.b")`, from behind the name.
    fn dynamic(&mut self, tokens: &[Token<'_>], at: usize) {
        if let [Token::Mark(b'('), Token::Text(text), ..] = tokens[at.min(tokens.len())..]
            && let Some(module) = module_name(text)
        {
            self.modules.insert(Import { level: 0, module });
        }
    }

    fn text(&mut self, text: &[u8], before: Option<Token<'_>>) {
        if text.len() > NAME_BYTES {
            return;
        }
        // "package.module:object" is how servers and entry points name objects.
        let module = text.split(|&byte| byte == b':').next().unwrap_or_default();
        self.named.extend(module_name(module));
        if matches!(before, Some(Token::Mark(b'(' | b'[')))
            && text.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'/')
        {
            self.commands.insert(String::from_utf8_lossy(text).into_owned());
        }
    }
}

/// A string that is identifiers joined by dots.
fn module_name(text: &[u8]) -> Option<String> {
    let is_word = |part: &[u8]| {
        part.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
            && part.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    let is_name = !text.is_empty()
        && text.len() <= NAME_BYTES
        && text.split(|&byte| byte == b'.').all(is_word);
    is_name.then(|| String::from_utf8_lossy(text).into_owned())
}

/// Names joined by dots from `at` on, and where they end.
fn dotted(tokens: &[Token<'_>], mut at: usize) -> (String, usize) {
    let mut module = String::new();
    while let Some(Token::Name(name)) = tokens.get(at) {
        // "from . import x": the keyword is no part of the name.
        if *name == b"import" {
            break;
        }
        module.push_str(&String::from_utf8_lossy(name));
        at += 1;
        match tokens.get(at) {
            Some(Token::Mark(b'.')) => module.push('.'),
            _ => break,
        }
        at += 1;
    }
    (module, at)
}

/// Passes over `as NAME`.
fn alias(tokens: &[Token<'_>], at: usize) -> usize {
    if tokens.get(at) == Some(&Token::Name(b"as")) { at + 2 } else { at }
}

/// Cuts source into tokens. Never fails: what is no Python gives some tokens or other.
struct Lexer<'a> {
    rest: &'a [u8],
    /// Open brackets: line ends inside them separate nothing.
    depth: usize,
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let first = *self.rest.first()?;
            match first {
                b'#' => self.skip(|byte| byte != b'\n'),
                b'\\' => self.rest = &self.rest[self.rest.len().min(2)..],
                b'\n' => {
                    self.rest = &self.rest[1..];
                    if self.depth == 0 || self.at_statement() {
                        self.depth = 0;
                        return Some(Token::Newline);
                    }
                }
                b'"' | b'\'' => return Some(Token::Text(self.string())),
                _ if is_word(first) => {
                    let word = self.word();
                    let is_prefix =
                        word.len() <= 2 && word.iter().all(|byte| b"rRbBuUfFtT".contains(byte));
                    if is_prefix && matches!(self.rest.first(), Some(b'"' | b'\'')) {
                        return Some(Token::Text(self.string()));
                    }
                    return Some(Token::Name(word));
                }
                _ if first.is_ascii_whitespace() => self.rest = &self.rest[1..],
                _ => {
                    match first {
                        b'(' | b'[' | b'{' => self.depth += 1,
                        b')' | b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                        _ => {}
                    }
                    self.rest = &self.rest[1..];
                    return Some(Token::Mark(first));
                }
            }
        }
    }
}

impl<'a> Lexer<'a> {
    /// Whether a statement begins here that cannot begin inside brackets: then a bracket was not one.
    fn at_statement(&self) -> bool {
        [&b"import "[..], b"from ", b"def ", b"class ", b"@"]
            .iter()
            .any(|word| self.rest.starts_with(word))
    }

    fn skip(&mut self, is_part: impl Fn(u8) -> bool) {
        let end = self.rest.iter().position(|&byte| !is_part(byte)).unwrap_or(self.rest.len());
        self.rest = &self.rest[end..];
    }

    fn word(&mut self) -> &'a [u8] {
        let end = self.rest.iter().position(|&byte| !is_word(byte)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// The contents of the string that begins here. One in single quotes ends with its line at the latest.
    fn string(&mut self) -> &'a [u8] {
        let quote = self.rest[0];
        let triple = [quote; 3];
        let is_triple = self.rest.starts_with(&triple);
        let text = &self.rest[if is_triple { 3 } else { 1 }..];
        let mut at = 0;
        while at < text.len() {
            match text[at] {
                b'\\' => at += 1,
                b'\n' if !is_triple => break,
                byte if byte == quote && (!is_triple || text[at..].starts_with(&triple)) => break,
                _ => {}
            }
            at += 1;
        }
        let end = at.min(text.len());
        let closing = if is_triple { 3 } else { usize::from(text.get(end) == Some(&quote)) };
        self.rest = &text[(end + closing).min(text.len())..];
        &text[..end]
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(source: &str) -> Vec<String> {
        let found = Imports::of(source.as_bytes());
        found
            .modules
            .iter()
            .map(|import| format!("{}{}", ".".repeat(import.level), import.module))
            .collect()
    }

    #[test]
    fn imports_are_found_at_any_depth() {
        let cases: [(&str, &[&str]); 14] = [
            ("import os", &["os"]),
            ("import a.b as c, d ; import e", &["a.b", "d", "e"]),
            ("from a.b import c, d as e", &["a.b", "a.b.c", "a.b.d"]),
            ("from a import (\n  b, # x, y\n  c,\n)\nq = 1", &["a", "a.b", "a.c"]),
            ("from . import x", &[".", ".x"]),
            ("from ...up.two import *", &["...up.two"]),
            ("def f():\n    if 1: import lazy\n    from x import y", &["lazy", "x", "x.y"]),
            ("x = 'import no'; '''\nimport no\n'''\n# import no\nimport yes", &["yes"]),
            ("def g():\n  yield from other\n  raise X from e\nimport z", &["z"]),
            ("import \\\n  cont", &["cont"]),
            ("m = importlib.import_module('a.b'); n = __import__(\"c\")", &["a.b", "c"]),
            ("x = f\"{y['k']}\"; r = rb'\\''; import after", &["after"]),
            ("s = 'never closed\nimport next_line", &["next_line"]),
            ("broken = (\nimport top", &["top"]),
        ];
        for (source, expected) in cases {
            assert_eq!(modules(source), expected, "{source}");
        }
    }

    #[test]
    fn strings_that_name_modules_and_commands_are_found() {
        let found = Imports::of(b"A = ['corsheaders', 'a.b:app', 'two words']\nimport subprocess\nsubprocess.run(['openssl', 'req'])\nos.system('ls -l | wc')");
        for name in ["corsheaders", "a.b", "openssl", "req"] {
            assert!(found.named.contains(name), "{name}");
        }
        for command in ["corsheaders", "openssl", "ls -l | wc"] {
            assert!(found.commands.contains(command), "{command}");
        }
        assert!(!found.commands.contains("req") && !found.named.contains("two words"));
        assert!(Imports::of(b"run(['openssl'])").commands.is_empty());
    }

    #[test]
    fn no_bytes_break_it() {
        let source: &[u8] = b"'''\\\"\xff(from import . import from as import_module( __import__";
        for start in 0..source.len() {
            for end in start..=source.len() {
                Imports::of(&source[start..end]);
            }
        }
    }
}
