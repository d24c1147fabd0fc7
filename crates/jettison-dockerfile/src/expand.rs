//! Word splitting and variable expansion as the builder does it, before any shell sees the text.
//!
//! Behaviour: BuildKit `frontend/dockerfile/shell`; Dockerfile reference, "Environment replacement".

use std::{collections::BTreeSet, ops::Range};

use thiserror::Error;

use crate::pattern::{Pattern, Reach};

/// Longest result, in bytes: `ENV A=$A$A`, repeated, doubles each time.
const MAX_RESULT: usize = 64 * 1024;

/// Deepest `${a:-${b:-…}}`: far beyond any real file, far below the stack's end.
const MAX_DEPTH: usize = 64;

/// Why a word cannot be expanded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExpandError {
    /// A quote or `${` is not closed.
    #[error("missing {0}")]
    Unterminated(char),
    /// `${}`, `${:x}` or `${{`.
    #[error("bad substitution")]
    BadSubstitution,
    /// `${name@…}` with an operator that the builder does not know.
    #[error("unsupported modifier ({0}) in substitution")]
    UnsupportedModifier(String),
    /// `${name?}` of a variable without a value.
    #[error("{name}: {message}")]
    Required {
        /// The variable.
        name: String,
        /// The file's own message, or a general one.
        message: String,
    },
    /// A pattern with a needless backslash.
    #[error("invalid pattern ({0}) in substitution")]
    InvalidPattern(String),
    /// The result would exceed 64 KiB.
    #[error("the expanded value is longer than {MAX_RESULT} bytes")]
    TooLong,
    /// More than 64 nested substitutions.
    #[error("substitutions are nested more than {MAX_DEPTH} deep")]
    TooDeep,
}

/// An expanded word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The whole text after expansion.
    pub text: String,
    /// The text split at unquoted blanks, each with the range of the input it came from.
    pub words: Vec<(String, Range<usize>)>,
    /// Variables that had a value.
    pub matched: BTreeSet<String>,
    /// Variables that had none.
    pub unmatched: BTreeSet<String>,
}

/// Where values come from.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Splits and expands words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lexer {
    escape: char,
    keeps_quotes: bool,
    keeps_escapes: bool,
    keeps_unset: bool,
}

impl Lexer {
    /// A lexer for a file whose escape character is `escape`.
    pub fn new(escape: char) -> Self {
        Self { escape, keeps_quotes: false, keeps_escapes: false, keeps_unset: false }
    }

    /// Leaves quotes in the result.
    #[must_use]
    pub fn keep_quotes(self) -> Self {
        Self { keeps_quotes: true, ..self }
    }

    /// Leaves escape characters in the result.
    #[must_use]
    pub fn keep_escapes(self) -> Self {
        Self { keeps_escapes: true, ..self }
    }

    /// Leaves variables without a value as they are.
    #[must_use]
    pub fn keep_unset(self) -> Self {
        Self { keeps_unset: true, ..self }
    }

    /// Expands `input` with the values that `environment` knows.
    ///
    /// # Errors
    /// When quotes or braces do not match, a modifier is unknown, a required variable has no
    /// value, or the result exceeds the bounds above.
    pub fn expand(
        &self,
        input: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Expanded, ExpandError> {
        let mut run = Run {
            lexer: *self,
            input,
            position: 0,
            keeps_escapes: self.keeps_escapes,
            depth: 0,
            environment,
            result: Expanded::default(),
        };
        let (text, words) = run.until(None)?;
        run.result.text = text;
        run.result.words = words;
        Ok(run.result)
    }
}

/// Words as they grow.
#[derive(Default)]
struct Words {
    word: String,
    in_word: bool,
    start: usize,
    done: Vec<(String, Range<usize>)>,
}

impl Words {
    fn push_character(&mut self, character: char, span: &Range<usize>) {
        if !character.is_whitespace() {
            self.push_raw(character.encode_utf8(&mut [0; 4]), span);
        } else if self.in_word && !self.word.is_empty() {
            self.flush(span.start);
        }
    }

    fn push_raw(&mut self, text: &str, span: &Range<usize>) {
        if !self.in_word || self.word.is_empty() {
            self.start = span.start;
        }
        self.word.push_str(text);
        self.in_word = true;
    }

    fn flush(&mut self, end: usize) {
        self.done.push((std::mem::take(&mut self.word), self.start..end));
        self.in_word = false;
    }

    fn finish(mut self, end: usize) -> Vec<(String, Range<usize>)> {
        if !self.word.is_empty() {
            self.flush(end);
        }
        self.done
    }
}

type Outcome = Result<(String, Vec<(String, Range<usize>)>), ExpandError>;

struct Run<'a> {
    lexer: Lexer,
    input: &'a str,
    position: usize,
    keeps_escapes: bool,
    depth: usize,
    environment: Environment<'a>,
    result: Expanded,
}

impl Run<'_> {
    fn peek(&self) -> Option<char> {
        self.input[self.position..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.position += character.len_utf8();
        Some(character)
    }

    /// Everything up to `stop`, which is consumed; up to the end when there is none.
    fn until(&mut self, stop: Option<char>) -> Outcome {
        let mut text = String::new();
        let mut words = Words::default();
        while let Some(character) = self.peek() {
            if text.len() > MAX_RESULT {
                return Err(ExpandError::TooLong);
            }
            let start = self.position;
            if Some(character) == stop {
                self.next();
                return Ok((text, words.finish(start)));
            }
            let piece = match character {
                '$' => self.dollar()?,
                '\'' => self.single_quoted()?,
                '"' => self.double_quoted()?,
                '<' => self.less_than(),
                _ => {
                    self.next();
                    self.plain(character, start, &mut text, &mut words);
                    continue;
                }
            };
            let span = start..self.position;
            if character == '$' {
                piece.chars().for_each(|c| words.push_character(c, &span));
            } else {
                words.push_raw(&piece, &span);
            }
            text.push_str(&piece);
        }
        match stop {
            Some(stop) => Err(ExpandError::Unterminated(stop)),
            None => Ok((text, words.finish(self.position))),
        }
    }

    fn plain(&mut self, character: char, start: usize, text: &mut String, words: &mut Words) {
        if character != self.lexer.escape {
            words.push_character(character, &(start..self.position));
            text.push(character);
            return;
        }
        if self.keeps_escapes {
            words.push_raw(character.encode_utf8(&mut [0; 4]), &(start..self.position));
            text.push(character);
        }
        if let Some(escaped) = self.next() {
            words.push_raw(escaped.encode_utf8(&mut [0; 4]), &(start..self.position));
            text.push(escaped);
        }
    }

    /// `<<` takes the blanks after it along, so that `<< EOF` is one word.
    fn less_than(&mut self) -> String {
        let start = self.position;
        self.next();
        if self.peek() == Some('<') {
            self.next();
            while self.peek().is_some_and(char::is_whitespace) {
                self.next();
            }
        }
        self.input[start..self.position].to_owned()
    }

    fn single_quoted(&mut self) -> Result<String, ExpandError> {
        let start = self.position;
        self.next();
        let length =
            self.input[self.position..].find('\'').ok_or(ExpandError::Unterminated('\''))?;
        let inner = self.position..self.position + length;
        self.position = inner.end + 1;
        let span = if self.lexer.keeps_quotes { start..self.position } else { inner };
        Ok(self.input[span].to_owned())
    }

    fn double_quoted(&mut self) -> Result<String, ExpandError> {
        let mut text = String::new();
        self.next();
        if self.lexer.keeps_quotes {
            text.push('"');
        }
        loop {
            match self.peek().ok_or(ExpandError::Unterminated('"'))? {
                '"' => {
                    self.next();
                    if self.lexer.keeps_quotes {
                        text.push('"');
                    }
                    return Ok(text);
                }
                '$' => text.push_str(&self.dollar()?),
                character => {
                    self.next();
                    self.quoted_character(character, &mut text);
                }
            }
            if text.len() > MAX_RESULT {
                return Err(ExpandError::TooLong);
            }
        }
    }

    fn quoted_character(&mut self, character: char, text: &mut String) {
        if character != self.lexer.escape {
            text.push(character);
            return;
        }
        if self.keeps_escapes {
            text.push(character);
        }
        match self.peek() {
            None => {}
            Some(next) if matches!(next, '"' | '$') || next == self.lexer.escape => {
                self.next();
                text.push(next);
            }
            Some(_) => text.push(character),
        }
    }

    fn dollar(&mut self) -> Result<String, ExpandError> {
        let start = self.position;
        self.next();
        if self.peek() != Some('{') {
            let name = self.name();
            if name.is_empty() {
                return Ok("$".to_owned());
            }
            return Ok(self.value_of(&name).unwrap_or_else(|| self.unset(start)));
        }
        self.next();
        match self.peek() {
            None => return Err(ExpandError::Unterminated('}')),
            Some('{' | '}' | ':') => return Err(ExpandError::BadSubstitution),
            Some(_) => {}
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ExpandError::TooDeep);
        }
        let value = self.braced(start);
        self.depth -= 1;
        value
    }

    /// `${name…}` after its name has begun.
    fn braced(&mut self, start: usize) -> Result<String, ExpandError> {
        let name = self.name();
        match self.next() {
            Some('}') => Ok(self.value_of(&name).unwrap_or_else(|| self.unset(start))),
            Some(':') => {
                let operator = self.next();
                self.operator(&name, operator, true, start)
            }
            Some('/') => self.replacement(&name, start),
            other => self.operator(&name, other, false, start),
        }
    }

    fn operator(
        &mut self,
        name: &str,
        operator: Option<char>,
        empty_is_unset: bool,
        start: usize,
    ) -> Result<String, ExpandError> {
        let colon = if empty_is_unset { ":" } else { "" };
        let Some(operator) = operator else { return Err(ExpandError::Unterminated('}')) };
        if !matches!(operator, '+' | '-' | '?' | '#' | '%') {
            return Err(ExpandError::UnsupportedModifier(format!("{colon}{operator}")));
        }
        let word = self.raw_word('}', matches!(operator, '#' | '%'))?;
        let value = self.value_of(name);
        if value.is_none() && self.lexer.keeps_unset {
            return Ok(self.unset(start));
        }
        let usable = value.clone().filter(|value| !(empty_is_unset && value.is_empty()));
        match operator {
            '-' => Ok(usable.unwrap_or(word)),
            '+' => Ok(usable.map_or_else(String::new, |_| word)),
            '?' => usable.ok_or_else(|| ExpandError::Required {
                name: name.to_owned(),
                message: if word.is_empty() { "is not allowed to be unset".into() } else { word },
            }),
            _ => trimmed(&value.unwrap_or_default(), &word, operator),
        }
    }

    fn replacement(&mut self, name: &str, start: usize) -> Result<String, ExpandError> {
        let matches = if self.peek() == Some('/') {
            self.next();
            usize::MAX
        } else {
            1
        };
        let pattern = self.raw_word('/', true)?;
        let replacement = self.raw_word('}', true)?;
        match self.value_of(name) {
            None if self.lexer.keeps_unset => Ok(self.unset(start)),
            value => {
                let parsed = parse_pattern(&pattern)?;
                Ok(parsed.replace(&value.unwrap_or_default(), &replacement, matches))
            }
        }
    }

    fn raw_word(&mut self, stop: char, keeps_escapes: bool) -> Result<String, ExpandError> {
        let outer = std::mem::replace(&mut self.keeps_escapes, keeps_escapes);
        let outcome = self.until(Some(stop));
        self.keeps_escapes = outer;
        outcome.map(|(text, _)| text)
    }

    fn name(&mut self) -> String {
        let start = self.position;
        match self.peek() {
            Some(digit) if digit.is_numeric() => {
                while self.peek().is_some_and(char::is_numeric) {
                    self.next();
                }
            }
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => {
                self.next();
            }
            _ => {
                while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_') {
                    self.next();
                }
            }
        }
        self.input[start..self.position].to_owned()
    }

    fn value_of(&mut self, name: &str) -> Option<String> {
        let value = (self.environment)(name);
        let names =
            if value.is_some() { &mut self.result.matched } else { &mut self.result.unmatched };
        names.insert(name.to_owned());
        value
    }

    /// What stands for a variable without a value that began at `start`.
    fn unset(&self, start: usize) -> String {
        if self.lexer.keeps_unset {
            self.input[start..self.position].to_owned()
        } else {
            String::new()
        }
    }
}

fn parse_pattern(pattern: &str) -> Result<Pattern, ExpandError> {
    Pattern::parse(pattern).ok_or_else(|| ExpandError::InvalidPattern(pattern.to_owned()))
}

fn trimmed(value: &str, word: &str, operator: char) -> Result<String, ExpandError> {
    let (pattern, reach) = match word.strip_prefix(operator) {
        Some(rest) => (rest, Reach::Longest),
        None => (word, Reach::Shortest),
    };
    let pattern = parse_pattern(pattern)?;
    Ok(if operator == '#' {
        pattern.trim_prefix(value, reach)
    } else {
        pattern.trim_suffix(value, reach)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        match name {
            "name" => Some("value".to_owned()),
            "empty" => Some(String::new()),
            "path" => Some("/usr/local/bin".to_owned()),
            "spaced" => Some("a b".to_owned()),
            _ => None,
        }
    }

    fn expand(input: &str) -> Result<String, ExpandError> {
        Lexer::new('\\').expand(input, &environment).map(|expanded| expanded.text)
    }

    #[test]
    fn expansions_follow_the_reference() {
        let cases = [
            ("$name", "value"),
            ("${name}x", "valuex"),
            ("$missing", ""),
            ("${missing:-default}", "default"),
            ("${empty:-default}", "default"),
            ("${empty-default}", ""),
            ("${name:+set}", "set"),
            ("${missing:+set}", ""),
            ("${empty+set}", "set"),
            ("${path#*/}", "usr/local/bin"),
            ("${path##*/}", "bin"),
            ("${path%/*}", "/usr/local"),
            ("${path/local/share}", "/usr/share/bin"),
            ("${path//\\//_}", "_usr_local_bin"),
            ("${missing:-${name}}", "value"),
            ("'$name' \"$name\"", "$name value"),
            ("\\$name \\\"", "$name \""),
            ("\"a\\b\\\"\"", "a\\b\""),
            ("cost $", "cost $"),
            ("$1x", "x"),
        ];
        for (input, expected) in cases {
            assert_eq!(expand(input).as_deref(), Ok(expected), "{input}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let unsupported = |modifier: &str| ExpandError::UnsupportedModifier(modifier.to_owned());
        assert_eq!(expand("${templateOption:imageVariant}"), Err(unsupported(":i")));
        assert_eq!(expand("${name^}"), Err(unsupported("^")));
        assert_eq!(expand("${}"), Err(ExpandError::BadSubstitution));
        assert_eq!(expand("${name"), Err(ExpandError::Unterminated('}')));
        assert_eq!(expand("'x"), Err(ExpandError::Unterminated('\'')));
        assert_eq!(expand("\"x"), Err(ExpandError::Unterminated('"')));
        assert!(matches!(expand("${missing:?no}"), Err(ExpandError::Required { .. })));
        let deep = "${a:-".repeat(100_000);
        assert_eq!(expand(&deep), Err(ExpandError::TooDeep));
    }

    #[test]
    fn growth_is_bounded() {
        let long = |_: &str| Some("x".repeat(40_000));
        let outcome = Lexer::new('\\').expand("$a$a$a", &long);
        assert_eq!(outcome, Err(ExpandError::TooLong));
    }

    #[test]
    fn words_split_at_unquoted_blanks_and_know_their_place() {
        let lexer = Lexer::new('\\').keep_quotes().keep_escapes().keep_unset();
        let input = "RUN  cat <<EOF 3<<-'E F' \\'x $a  ${b:-c d}";
        let words = lexer.expand(input, &|_| None).expect("well-formed").words;
        let shown: Vec<&str> = words.iter().map(|(word, _)| word.as_str()).collect();
        assert_eq!(shown[..5], ["RUN", "cat", "<<EOF", "3<<-'E F'", "\\'x"]);
        for (word, span) in &words[..6] {
            assert_eq!(&input[span.clone()], word);
        }
        let spaced = Lexer::new('\\').expand("x$spaced", &environment).expect("well-formed");
        assert_eq!(spaced.words.len(), 2);
    }
}
