//! Splitting arguments into words, with their ranges.

use std::ops::Range;

/// Runs of text between tabs, blanks and form feeds: `EXPOSE`, `FROM`, `COPY`, `VOLUME`.
pub(crate) fn by_whitespace(text: &str) -> Vec<Range<usize>> {
    let is_blank = |c: char| matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ');
    let mut ranges = Vec::new();
    let mut start = None;
    for (index, character) in text.char_indices() {
        match (is_blank(character), start) {
            (true, Some(begin)) => {
                ranges.push(begin..index);
                start = None;
            }
            (false, None) => start = Some(index),
            _ => {}
        }
    }
    ranges.extend(start.map(|begin| begin..text.len()));
    ranges
}

/// Words in which quotes and the escape character protect blanks: `ENV`, `LABEL`, `ARG`.
/// Quotes and escapes stay in the ranges.
pub(crate) fn by_quotes(text: &str, escape: char) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start: Option<usize> = None;
    let mut quote: Option<char> = None;
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        if start.is_none() {
            if character.is_whitespace() {
                continue;
            }
            start = Some(index);
        }
        match quote {
            None if character.is_whitespace() => {
                ranges.extend(start.take().map(|begin| begin..index));
            }
            None if matches!(character, '\'' | '"') => quote = Some(character),
            Some(open) if character == open => quote = None,
            _ if character == escape && quote != Some('\'') => {
                characters.next();
            }
            _ => {}
        }
    }
    ranges.extend(start.map(|begin| begin..text.len()));
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> Vec<&str> {
        by_quotes(text, '\\').into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn quotes_and_escapes_protect_blanks() {
        assert_eq!(quoted("a=b  c='d e' f=g\\ h"), ["a=b", "c='d e'", "f=g\\ h"]);
        assert_eq!(quoted("a=\"x \\\" y\" b"), ["a=\"x \\\" y\"", "b"]);
        assert_eq!(quoted("a='x \\' b"), ["a='x \\'", "b"]);
        assert_eq!(quoted("a=\"open b"), ["a=\"open b"]);
        assert_eq!(quoted("  "), Vec::<&str>::new());
    }

    #[test]
    fn blanks_split() {
        let text = "80\t 443/tcp\r";
        let words: Vec<&str> = by_whitespace(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(words, ["80", "443/tcp"]);
    }
}
