//! A text that matches a schema's `pattern`.
//!
//! Descriptions write patterns in JavaScript's dialect. What of it is no regular expression (looking around, references back)
//! is not understood, and then there is no text.

use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

/// Bytes of one text; repetitions of repetitions could ask for any number.
const MAX_BYTES: usize = 4096;

/// How often a repetition without an upper bound is made longer to reach a length.
const MAX_EXTRA: u32 = 1000;

/// Characters that are taken where a class allows them, the plainest first.
const PREFERRED: [char; 6] = ['a', 'A', '1', '0', '-', ' '];

/// A text that matches `pattern` and has at least `shortest` and at most `longest` characters; `None` where none was found.
pub(super) fn example(pattern: &str, shortest: usize, longest: usize) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut extra = 0;
    loop {
        let mut text = String::new();
        write(&hir, extra, &mut text)?;
        let length = text.chars().count();
        if length > longest {
            return None;
        }
        if length >= shortest {
            return Some(text);
        }
        extra += 1;
        if extra > MAX_EXTRA {
            return None;
        }
    }
}

/// Appends a match in which each repetition is made `extra` times more often than it must be.
fn write(hir: &Hir, extra: u32, text: &mut String) -> Option<()> {
    match hir.kind() {
        // Anchors hold at the ends of the text; word boundaries mostly stand where words end.
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(character(class)?),
        HirKind::Repetition(Repetition { min, max, sub, .. }) => {
            // One of those that may be missing shows more than none.
            let least = if max.is_none() { (*min).max(1) } else { *min };
            let count = least.saturating_add(extra).min(max.unwrap_or(u32::MAX));
            for _ in 0..count {
                let before = text.len();
                write(sub, 0, text)?;
                if text.len() == before {
                    break;
                }
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, extra, text)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, extra, text))?,
        HirKind::Alternation(choices) => write(choices.first()?, extra, text)?,
    }
    (text.len() <= MAX_BYTES).then_some(())
}

fn character(class: &Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => {
            class.iter().map(|range| (char::from(range.start()), char::from(range.end()))).collect()
        }
    };
    let fits = |wanted: char| ranges.iter().any(|&(from, to)| (from..=to).contains(&wanted));
    let printable = (' '..='~').find(|&wanted| fits(wanted));
    PREFERRED.into_iter().find(|&wanted| fits(wanted)).or(printable).or(ranges.first().map(|r| r.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex_automata::meta::Regex;

    use super::*;

    #[test]
    fn common_patterns_are_matched() {
        for (pattern, expected) in [
            (r"^[a-z]+$", "a"),
            (r"^\d{3}-\d{4}$", "111-1111"),
            (r"^[A-Z]{2}[0-9]{6}$", "AA111111"),
            (r"^(red|green)$", "red"),
            (r"^https?:\/\/[^\s/]+$", "http://a"),
            (r"^#?([a-f0-9]{6}|[a-f0-9]{3})$", "aaaaaa"),
            (r"^[\w.+-]+@[\w-]+\.[\w.]{2,}$", "a@a.aa"),
            (r"^v(0|[1-9]\d*)(-[0-9a-z]+)*$", "v0-a"),
            ("", ""),
        ] {
            assert_eq!(example(pattern, 0, 100).as_deref(), Some(expected), "{pattern}");
        }
    }

    #[test]
    fn lengths_are_kept_to() {
        assert_eq!(example("^[a-z]+$", 5, 8).as_deref(), Some("aaaaa"));
        assert_eq!(example("^x[0-9]{2,4}$", 5, 8).as_deref(), Some("x1111"));
        assert_eq!(example("^[a-z]{9}$", 0, 8), None);
        assert_eq!(example("^[a-z]{3}$", 4, 8), None);
        assert_eq!(example("^é{3}$", 3, 3).as_deref(), Some("ééé"));
    }

    #[test]
    fn what_is_no_regular_expression_has_no_text() {
        for pattern in ["^(?=.*\\d).{8,}$", "(a)\\1", "[", "((a{999}){999}){999}"] {
            assert_eq!(example(pattern, 0, 100_000), None, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn what_is_made_matches(
            parts in prop::collection::vec(
                (
                    prop::sample::select(vec!["a", r"\d", "[b-f]", "[^a-z]", r"\w", ".", "(x|yz)", r"\.", r"\s", "[ÄÖ]"]),
                    prop::sample::select(vec!["", "?", "*", "+", "{3}", "{2,}", "{0,2}"]),
                ),
                0..6,
            ),
            shortest in 0_usize..12,
        ) {
            let pattern = parts.iter().fold(String::new(), |text, (part, times)| text + part + times);
            let pattern = format!("^{pattern}$");
            if let Some(text) = example(&pattern, shortest, 40) {
                prop_assert!(Regex::new(&pattern).expect("it is one").is_match(&text), "{pattern} {text:?}");
                let length = text.chars().count();
                prop_assert!((shortest..=40).contains(&length));
            }
        }
    }
}
