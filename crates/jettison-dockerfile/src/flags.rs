//! Builder flags: `--from=build`, `--mount=type=cache,target=/root`.

use std::ops::Range;

/// A flag between an instruction's keyword and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The whole flag with quotes and backslashes resolved, as BuildKit reports it.
    pub text: String,
    /// Its place in the source.
    pub span: Range<usize>,
}

impl Flag {
    /// The name without dashes.
    pub fn name(&self) -> &str {
        let bare = self.text.strip_prefix("--").unwrap_or(&self.text);
        bare.split_once('=').map_or(bare, |(name, _)| name)
    }

    /// The text after the first equals sign.
    pub fn value(&self) -> Option<&str> {
        self.text.split_once('=').map(|(_, value)| value)
    }

    /// The value's comma-separated `key=value` fields, as `--mount` has them. A field without an
    /// equals sign has an empty value.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.value()
            .unwrap_or_default()
            .split(',')
            .map(|field| field.split_once('=').unwrap_or((field, "")))
    }
}

/// The flags at the start of `text` (resolved text and range each), and where the rest begins.
pub(crate) fn split(text: &str) -> (Vec<(String, Range<usize>)>, usize) {
    let mut flags = Vec::new();
    let mut position = 0;
    loop {
        position += text[position..].len() - text[position..].trim_start().len();
        if !text[position..].starts_with("--") {
            return (flags, position);
        }
        let (flag, end) = read_flag(text, position);
        if flag == "--" {
            return (flags, end);
        }
        if !flag.is_empty() {
            flags.push((flag, position..end));
        }
        position = end;
    }
}

/// Reads the flag at `start`; backslash and quotes protect blanks whatever `escape=` says.
fn read_flag(text: &str, start: usize) -> (String, usize) {
    let mut flag = String::new();
    let mut quote: Option<char> = None;
    let mut characters = text[start..].char_indices();
    while let Some((index, character)) = characters.next() {
        match quote {
            None if character.is_whitespace() => return (flag, start + index),
            None if matches!(character, '\'' | '"') => quote = Some(character),
            Some(open) if open == character => quote = None,
            _ if character == '\\' => flag.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => flag.push(character),
        }
    }
    (flag, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(text: &str) -> (Vec<String>, &str) {
        let (flags, rest) = split(text);
        (flags.into_iter().map(|(flag, _)| flag).collect(), &text[rest..])
    }

    #[test]
    fn flags_end_at_the_first_other_word() {
        let cases = [
            ("--from=a --chown=\"b c\" x --y", vec!["--from=a", "--chown=b c"], "x --y"),
            ("-- --x", vec![], " --x"),
            ("-x --y", vec![], "-x --y"),
            ("--a\\ b", vec!["--a b"], ""),
            ("", vec![], ""),
        ];
        for (text, expected, rest) in cases {
            assert_eq!(
                flags(text),
                (expected.iter().map(ToString::to_string).collect(), rest),
                "{text}"
            );
        }
    }

    #[test]
    fn parts_of_a_flag() {
        let flag = Flag { text: "--mount=type=cache,target=/x,readonly".to_owned(), span: 0..1 };
        assert_eq!((flag.name(), flag.value()), ("mount", Some("type=cache,target=/x,readonly")));
        let fields: Vec<_> = flag.fields().collect();
        assert_eq!(fields, [("type", "cache"), ("target", "/x"), ("readonly", "")]);
        let bare = Flag { text: "--link".to_owned(), span: 0..1 };
        assert_eq!((bare.name(), bare.value()), ("link", None));
    }
}
