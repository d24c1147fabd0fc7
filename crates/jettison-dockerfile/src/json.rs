//! JSON arrays of strings, as the exec form has them.
//!
//! Accepts what Go's `encoding/json` accepts, because BuildKit asks it; anything else is a shell
//! command that happens to begin with a bracket.

use std::ops::Range;

/// Deepest nesting that is followed (Go's own bound).
const MAX_DEPTH: usize = 10_000;

/// One string of the array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonString {
    /// The string with escapes resolved.
    pub value: String,
    /// Its range in the input, quotes included.
    pub range: Range<usize>,
}

/// What a text that may be a JSON array is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonOutcome {
    /// It does not begin with a bracket.
    NotArray,
    /// It begins with a bracket, but is no JSON; the offset is where reading stopped.
    Syntax(usize),
    /// JSON, but an element (its range) is not a string. BuildKit refuses the file.
    NotStrings(Range<usize>),
    /// An array of strings.
    Strings(Vec<JsonString>),
}

/// Reads `text`, which may begin with blanks, as an array of strings.
pub fn parse_string_array(text: &str) -> JsonOutcome {
    let start = text.len() - text.trim_start().len();
    if !text[start..].starts_with('[') {
        return JsonOutcome::NotArray;
    }
    let mut reader = Reader { text, position: start + 1 };
    match reader.array() {
        Some(outcome) => outcome,
        None => JsonOutcome::Syntax(reader.position),
    }
}

struct Reader<'a> {
    text: &'a str,
    position: usize,
}

impl Reader<'_> {
    fn array(&mut self) -> Option<JsonOutcome> {
        let mut strings = Vec::new();
        let mut other: Option<Range<usize>> = None;
        if !self.eat_after_blanks(b']') {
            loop {
                self.blanks();
                let start = self.position;
                if self.peek() == Some(b'"') {
                    let value = self.string()?;
                    strings.push(JsonString { value, range: start..self.position });
                } else {
                    self.value()?;
                    other.get_or_insert(start..self.position);
                }
                if self.eat_after_blanks(b']') {
                    break;
                }
                self.expect(b',')?;
            }
        }
        self.blanks();
        if self.position < self.text.len() {
            return None;
        }
        Some(other.map_or(JsonOutcome::Strings(strings), JsonOutcome::NotStrings))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        if self.peek() != Some(byte) {
            return None;
        }
        self.position += 1;
        Some(())
    }

    fn eat_after_blanks(&mut self, byte: u8) -> bool {
        self.blanks();
        self.expect(byte).is_some()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.position += 1;
        }
    }

    /// Any value but a string at the top, without recursion: `closers` holds what is open.
    fn value(&mut self) -> Option<()> {
        let mut closers: Vec<u8> = Vec::new();
        loop {
            self.blanks();
            match self.peek()? {
                b'[' => {
                    self.position += 1;
                    if !self.eat_after_blanks(b']') {
                        closers.push(b']');
                        continue;
                    }
                }
                b'{' => {
                    self.position += 1;
                    if !self.eat_after_blanks(b'}') {
                        closers.push(b'}');
                        self.key()?;
                        continue;
                    }
                }
                b'"' => {
                    self.string()?;
                }
                b't' => self.literal("true")?,
                b'f' => self.literal("false")?,
                b'n' => self.literal("null")?,
                _ => self.number()?,
            }
            if closers.len() > MAX_DEPTH {
                return None;
            }
            if !self.close(&mut closers)? {
                return Some(());
            }
        }
    }

    /// After a value: closes what ends here. `true` when a further value follows.
    fn close(&mut self, closers: &mut Vec<u8>) -> Option<bool> {
        while let Some(&closer) = closers.last() {
            if self.eat_after_blanks(closer) {
                closers.pop();
                continue;
            }
            self.expect(b',')?;
            if closer == b'}' {
                self.key()?;
            }
            return Some(true);
        }
        Some(false)
    }

    fn key(&mut self) -> Option<()> {
        self.blanks();
        self.string()?;
        self.blanks();
        self.expect(b':')
    }

    fn literal(&mut self, word: &str) -> Option<()> {
        self.text[self.position..].starts_with(word).then(|| self.position += word.len())
    }

    fn number(&mut self) -> Option<()> {
        self.expect(b'-').unwrap_or_default();
        match self.peek()? {
            b'0' => self.position += 1,
            b'1'..=b'9' => self.digits()?,
            _ => return None,
        }
        if self.expect(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.position += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.position += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.position;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.position += 1;
        }
        (self.position > start).then_some(())
    }

    fn string(&mut self) -> Option<String> {
        self.expect(b'"')?;
        let mut value = String::new();
        loop {
            let character = self.text[self.position..].chars().next()?;
            match character {
                '"' => {
                    self.position += 1;
                    return Some(value);
                }
                '\\' => value.push(self.escape()?),
                control if control < ' ' => return None,
                other => {
                    self.position += other.len_utf8();
                    value.push(other);
                }
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let kind = *self.text.as_bytes().get(self.position + 1)?;
        let character = match kind {
            b'"' | b'\\' | b'/' => char::from(kind),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => {
                self.position += 1;
                return None;
            }
        };
        self.position += 2;
        Some(character)
    }

    /// `\uXXXX`, with a following low surrogate where one belongs; a lone surrogate is U+FFFD.
    fn unicode(&mut self) -> Option<char> {
        let first = self.code_unit(self.position)?;
        self.position += 6;
        if let Some(character) = char::from_u32(first) {
            return Some(character);
        }
        if let Some(second) = self.code_unit(self.position)
            && (0xD800..0xDC00).contains(&first)
            && (0xDC00..0xE000).contains(&second)
        {
            self.position += 6;
            return char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00));
        }
        Some(char::REPLACEMENT_CHARACTER)
    }

    fn code_unit(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        u32::from_str_radix(digits, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(text: &str) -> Vec<String> {
        match parse_string_array(text) {
            JsonOutcome::Strings(strings) => strings.into_iter().map(|s| s.value).collect(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn arrays_of_strings() {
        assert_eq!(strings(r#"  ["a", "b\"c" ,"\u00e9\ud83d\ude00\n"] "#), ["a", "b\"c", "é😀\n"]);
        assert_eq!(strings("[]"), Vec::<String>::new());
        assert_eq!(strings(r#"["\ud800x"]"#), ["\u{fffd}x"]);
    }

    #[test]
    fn ranges_cover_the_quotes() {
        let text = r#" [ "ab", "c" ]"#;
        let JsonOutcome::Strings(found) = parse_string_array(text) else { panic!("an array") };
        assert_eq!(&text[found[1].range.clone()], "\"c\"");
    }

    #[test]
    fn other_things() {
        assert_eq!(parse_string_array("echo"), JsonOutcome::NotArray);
        for text in [
            "[ -f x ]",
            "['a']",
            r#"["a",]"#,
            r#"["a"] || exit 1"#,
            r#"["a" "b"]"#,
            "[",
            r#"["a"#,
            "[tru]",
            "[1.]",
            "[01]",
            r#"["\x"]"#,
            "[\"a\tb\"]",
            r#"[{"a" 1}]"#,
        ] {
            assert!(matches!(parse_string_array(text), JsonOutcome::Syntax(_)), "{text}");
        }
        for text in ["[1]", "[null]", r#"["a", {"b": [1, 2.5e3, -0], "c": {}}, true]"#, "[[]]"] {
            assert!(matches!(parse_string_array(text), JsonOutcome::NotStrings(_)), "{text}");
        }
        let deep = "[".repeat(200_000);
        assert!(matches!(parse_string_array(&deep), JsonOutcome::Syntax(_)));
    }
}
