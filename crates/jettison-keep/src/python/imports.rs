//! What a Python source file imports, found without parsing it.
//!
//! The file is cut into tokens; `import` and `from` are keywords, so that wherever one stands it is an import, at the
//! top or inside a function. Strings are looked at too: modules are often named in them. Finds rather too much than too
//! little. Grammar: The Python Language Reference, sections 2 and 7.11.

use std::collections::BTreeSet;

/// Longest source file that is looked at. Longer ones are generated tables.
pub(crate) const SOURCE_BYTES: u64 = 4 << 20;

/// Longest string that may name a module.
const NAME_BYTES: usize = 200;

/// Functions that take a module's name and load it, or what lies in it: importlib, runpy and pkgutil, and those by which
/// frameworks load what settings name.
const BY_NAME: [&[u8]; 13] = [
    b"import_module",
    b"__import__",
    b"find_spec",
    b"find_loader",
    b"run_module",
    b"get_data",
    b"import_string",
    b"import_object",
    b"load_object",
    b"symbol_by_name",
    b"lazy_import",
    b"LazyImport",
    b"resource_filename",
];

/// One imported module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    /// How many packages up it starts, plus one: 0 is absolute.
    pub(crate) level: usize,
    /// Dotted, empty for `from . import`. The last part may be a name inside the module instead of a module.
    pub(crate) module: String,
    /// Whether the statement is indented: in a function, or under a condition.
    pub(crate) is_nested: bool,
}

/// Everything a source file refers to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Imports {
    /// From import statements, and from strings given to functions that import.
    pub(crate) modules: BTreeSet<Import>,
    /// Strings that could name a module: identifiers with or without dots.
    pub(crate) named: BTreeSet<String>,
    /// Whether the file imports modules by names that it has in strings.
    pub(crate) is_dynamic: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Name(&'a [u8]),
    Text(&'a [u8]),
    Mark(u8),
    /// The end of a line, and whether the next one is indented.
    Newline(bool),
}

impl Imports {
    /// Looks at a source file.
    pub(crate) fn of(source: &[u8]) -> Self {
        let tokens = Lexer { rest: source, depth: 0 }.collect();
        let mut reader = Reader { tokens, at: 0, is_nested: false, found: Self::default() };
        while let Some(token) = reader.next() {
            reader.take(token);
        }
        reader.found
    }
}

/// Reads statements out of tokens.
struct Reader<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    is_nested: bool,
    found: Imports,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    fn take(&mut self, token: Token<'a>) {
        match token {
            Token::Name(b"import") => self.import(),
            Token::Name(b"from") => self.from(),
            Token::Name(name) if BY_NAME.contains(&name) => self.dynamic(),
            Token::Text(text) => {
                // "package.module:object" is how servers and entry points name objects.
                let module = text.split(|&byte| byte == b':').next().unwrap_or_default();
                self.found.named.extend(module_name(module));
            }
            Token::Newline(is_nested) => self.is_nested = is_nested,
            Token::Name(_) | Token::Mark(_) => {}
        }
    }

    fn note(&mut self, level: usize, module: String) {
        self.found.modules.insert(Import { level, module, is_nested: self.is_nested });
    }

    /// `import a.b as c, d`, from behind the keyword.
    fn import(&mut self) {
        loop {
            let module = self.dotted();
            if module.is_empty() {
                return;
            }
            self.note(0, module);
            self.alias();
            if self.peek() != Some(Token::Mark(b',')) {
                return;
            }
            self.at += 1;
        }
    }

    /// `from ..a import (b as c, d)`, from behind the keyword. Anything else (`yield from x`) is passed over.
    fn from(&mut self) {
        let start = self.at;
        while self.peek() == Some(Token::Mark(b'.')) {
            self.at += 1;
        }
        let level = self.at - start;
        let module = self.dotted();
        if self.peek() != Some(Token::Name(b"import")) {
            self.at = start;
            return;
        }
        self.at += 1;
        self.note(level, module.clone());
        while let Some(token) = self.peek() {
            match token {
                Token::Name(name) => {
                    self.at += 1;
                    let dot = if module.is_empty() { "" } else { "." };
                    self.note(level, format!("{module}{dot}{}", String::from_utf8_lossy(name)));
                    self.alias();
                }
                Token::Mark(b'(' | b',' | b'*') => self.at += 1,
                _ => break,
            }
        }
    }

    /// `import_module("a.b")`, from behind the name.
    fn dynamic(&mut self) {
        self.found.is_dynamic = true;
        let [Token::Mark(b'('), Token::Text(text), ..] =
            self.tokens[self.at.min(self.tokens.len())..]
        else {
            return;
        };
        if let Some(module) = module_name(text) {
            self.note(0, module);
        }
    }

    /// Names joined by dots.
    fn dotted(&mut self) -> String {
        let mut module = String::new();
        // In "from . import x" the keyword is no part of the name.
        while let Some(Token::Name(name)) =
            self.peek().filter(|token| *token != Token::Name(b"import"))
        {
            module.push_str(&String::from_utf8_lossy(name));
            self.at += 1;
            if self.peek() != Some(Token::Mark(b'.')) {
                break;
            }
            module.push('.');
            self.at += 1;
        }
        module
    }

    /// Passes over `as NAME`.
    fn alias(&mut self) {
        if self.peek() == Some(Token::Name(b"as")) {
            self.at += 2;
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
                        let is_nested = matches!(self.rest.first(), Some(b' ' | b'\t'));
                        return Some(Token::Newline(is_nested));
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
        let cases: [(&str, &[&str]); 15] = [
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
            ("spec = importlib.util.find_spec('html.parser')", &["html.parser"]),
            ("x = f\"{y['k']}\"; r = rb'\\''; import after", &["after"]),
            ("s = 'never closed\nimport next_line", &["next_line"]),
            ("broken = (\nimport top", &["top"]),
        ];
        for (source, expected) in cases {
            assert_eq!(modules(source), expected, "{source}");
        }
    }

    #[test]
    fn indented_imports_are_told_from_others() {
        let found = Imports::of(b"import a\ntry:\n    import b\nexcept: pass\nimport c");
        let nested: Vec<_> =
            found.modules.iter().map(|import| (import.module.as_str(), import.is_nested)).collect();
        assert_eq!(nested, [("a", false), ("b", true), ("c", false)]);
        assert!(!found.is_dynamic && Imports::of(b"__import__(name)").is_dynamic);
    }

    #[test]
    fn strings_that_name_modules_are_found() {
        let found = Imports::of(b"A = ['corsheaders', 'a.b:app', 'two words', \"1x\", 'x..y']");
        assert_eq!(found.named.iter().collect::<Vec<_>>(), ["a.b", "corsheaders"]);
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
