//! Text that was meant to be a JSON array.

use jettison_dockerfile::{JsonOutcome, parse_string_array};

/// The strings of a JSON array that `text` begins with, and where it ends, when more follows.
pub(crate) fn leading_array(text: &str) -> Option<(Vec<String>, usize)> {
    let closers = text.match_indices(']').map(|(at, _)| at + 1).take(16);
    for end in closers {
        if let JsonOutcome::Strings(strings) = parse_string_array(&text[..end]) {
            let words: Vec<String> = strings.into_iter().map(|string| string.value).collect();
            return (!words.is_empty() && end < text.trim_end().len()).then_some((words, end));
        }
    }
    None
}

/// `text` as a JSON array: single quotes become double ones, a comma before the bracket goes.
pub(crate) fn repaired(text: &str) -> Option<String> {
    let inner = text.trim().strip_prefix('[')?.strip_suffix(']')?;
    let mut words: Vec<String> = Vec::new();
    let mut rest = inner.trim_start();
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let body = &rest[1..];
        let end = closing(body, quote)?;
        words.push(unescaped(&body[..end], quote)?);
        rest = body[end + 1..].trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None if rest.is_empty() => {}
            None => return None,
        }
    }
    let words: Vec<String> = words
        .iter()
        .map(|word| serde_json::to_string(word).expect("a string is valid JSON"))
        .collect();
    (!words.is_empty()).then(|| format!("[{}]", words.join(", ")))
}

/// Where `quote` closes in `body`.
fn closing(body: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    body.char_indices().find_map(|(at, character)| {
        let is_end = character == quote && !escaped;
        escaped = character == '\\' && !escaped;
        is_end.then_some(at)
    })
}

fn unescaped(body: &str, quote: char) -> Option<String> {
    if quote == '\'' {
        return Some(body.replace("\\'", "'"));
    }
    serde_json::from_str(&format!("\"{body}\"")).ok()
}

/// The array at the start of `source` over as many lines as it takes, its comments left out, and
/// the length of the source that it covers.
pub(crate) fn without_comments(source: &str) -> Option<(String, usize)> {
    let mut array = String::new();
    let mut quote: Option<char> = None;
    let mut characters = source.char_indices();
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            (Some(open), _) => {
                array.push(character);
                if character == '\\' {
                    array.extend(characters.next().map(|(_, escaped)| escaped));
                } else if character == open {
                    quote = None;
                } else if character == '\n' {
                    return None;
                }
            }
            (None, '"' | '\'') => {
                quote = Some(character);
                array.push(character);
            }
            (None, '#') => {
                characters.by_ref().find(|(_, next)| *next == '\n')?;
            }
            (None, ']') => {
                array.push(']');
                return Some((array, at + 1));
            }
            (None, '\n' | '\r' | '\\') => array.push(' '),
            (None, '[' | ',' | ' ' | '\t') => array.push(character),
            (None, _) => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_repaired() {
        let cases = [
            ("['a', 'b c']", Some(r#"["a", "b c"]"#)),
            (r#"["a", "b",]"#, Some(r#"["a", "b"]"#)),
            (r#"['it\'s', "x\n"]"#, Some(r#"["it's", "x\n"]"#)),
            ("[a, b]", None),
            ("['a' 'b']", None),
            ("[]", None),
        ];
        for (text, expected) in cases {
            assert_eq!(repaired(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn comments_go_and_lines_join() {
        let source = "[\"java\", # one ] two\n  \"-Xmx1g\",\r\n \"#x\"]\nUSER a";
        let (array, length) = without_comments(source).expect("it ends");
        assert_eq!(repaired(&array).as_deref(), Some(r##"["java", "-Xmx1g", "#x"]"##));
        assert!(source[..length].ends_with("\"#x\"]"));
        assert_eq!(without_comments("[\"a\", b]"), None);
        assert_eq!(without_comments("[\"a\","), None);
    }

    #[test]
    fn leading_arrays() {
        let (words, end) = leading_array(r#"["a", "b"] || exit 1"#).expect("an array");
        assert_eq!((words.len(), end), (2, 10));
        assert_eq!(leading_array(r#"["a"]"#), None);
        assert_eq!(leading_array("[ -f x ] || y"), None);
    }
}
