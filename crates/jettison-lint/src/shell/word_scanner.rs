//! Reads one word: quotes, escapes, expansions and substitutions (POSIX XCU 2.2, 2.6).

use super::{
    command::Word,
    scanner::{MAX_DEPTH, Scanner},
};

impl Scanner<'_> {
    /// The word that begins here; empty when none does.
    pub(super) fn word(&mut self) -> Word {
        let start = self.position;
        let mut word = Word::default();
        while let Some(character) = self.peek() {
            match character {
                ' ' | '\t' | '\n' | '\r' | ';' | '&' | '|' | '<' | '>' | ')' => break,
                '(' => {
                    // Extended patterns: `!(a|b)`, `@(a)`.
                    if !word.text.ends_with(['!', '@', '?', '*', '+']) {
                        break;
                    }
                    let length = self.rest().find(')').map_or(self.rest().len(), |at| at + 1);
                    word.text.push_str(&self.rest()[..length]);
                    self.position += length;
                }
                '\\' => {
                    self.bump();
                    if let Some(escaped) = self.bump()
                        && escaped != '\n'
                    {
                        word.text.push(escaped);
                    }
                }
                '`' if self.in_backticks => break,
                '\'' => self.single_quoted(&mut word),
                '"' => self.double_quoted(&mut word),
                '`' => self.backticks(&mut word),
                '$' => self.dollar(&mut word),
                other => {
                    self.bump();
                    word.text.push(other);
                }
            }
        }
        word.range = start..self.position;
        word
    }

    fn single_quoted(&mut self, word: &mut Word) {
        self.bump();
        let rest = self.rest();
        if let Some(length) = rest.find('\'') {
            word.text.push_str(&rest[..length]);
            self.position += length + 1;
        } else {
            self.script.is_broken = true;
            word.text.push_str(rest);
            self.position = self.text.len();
        }
    }

    fn double_quoted(&mut self, word: &mut Word) {
        self.bump();
        loop {
            match self.peek() {
                None => {
                    self.script.is_broken = true;
                    return;
                }
                Some('"') => {
                    self.bump();
                    return;
                }
                Some('\\') => {
                    self.bump();
                    match self.bump() {
                        Some(escaped @ ('"' | '\\' | '$' | '`')) => word.text.push(escaped),
                        Some('\n') | None => {}
                        Some(other) => word.text.extend(['\\', other]),
                    }
                }
                Some('`') => self.backticks(word),
                Some('$') => self.dollar(word),
                Some(other) => {
                    self.bump();
                    word.text.push(other);
                }
            }
        }
    }

    fn backticks(&mut self, word: &mut Word) {
        let start = self.position;
        self.bump();
        self.nested(|scanner| {
            scanner.in_backticks = true;
            scanner.list(Some('`'));
        });
        word.is_dynamic = true;
        word.text.push_str(&self.text[start..self.position]);
    }

    fn dollar(&mut self, word: &mut Word) {
        let start = self.position;
        self.bump();
        if self.eat("((") {
            self.skip_arithmetic();
        } else if self.eat("(") {
            self.nested(|scanner| scanner.list(Some(')')));
        } else if self.eat("{") {
            self.braces();
        } else if self.rest().starts_with('\'') {
            let mut inner = Word::default();
            self.single_quoted(&mut inner);
            word.text.push_str(&inner.text);
            return;
        } else {
            self.parameter();
        }
        word.is_dynamic = self.position > start + 1;
        word.text.push_str(&self.text[start..self.position]);
    }

    /// The name after `$`.
    fn parameter(&mut self) {
        match self.peek() {
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!' | '0'..='9') => {
                self.bump();
            }
            _ => {
                while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
                    self.bump();
                }
            }
        }
    }

    /// `${…}` after its brace.
    fn braces(&mut self) {
        let mut inner = Word::default();
        loop {
            match self.peek() {
                None => {
                    self.script.is_broken = true;
                    return;
                }
                Some('}') => {
                    self.bump();
                    return;
                }
                Some('\\') => {
                    self.bump();
                    self.bump();
                }
                Some('\'') => self.single_quoted(&mut inner),
                Some('"') => self.guarded(Self::double_quoted),
                Some('`') => self.backticks(&mut inner),
                Some('$') => self.guarded(Self::dollar),
                Some(_) => {
                    self.bump();
                }
            }
        }
    }

    /// Follows what may nest without end, down to the bound.
    fn guarded(&mut self, read: impl FnOnce(&mut Self, &mut Word)) {
        if self.depth >= MAX_DEPTH {
            self.position = self.text.len();
            self.script.is_broken = true;
            return;
        }
        self.depth += 1;
        read(self, &mut Word::default());
        self.depth -= 1;
    }
}
