//! The wildcard patterns of `${name#pattern}`, `${name%pattern}` and `${name/pattern/text}`.
//!
//! As BuildKit has them: `*` and `?`, a backslash before `*`, `?`, `\`, `}` and `/`; no brackets.

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Any,
    One,
    Literal(char),
}

/// How much of the value a wildcard takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Shortest,
    Longest,
}

/// A parsed pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Vec<Step>);

impl Pattern {
    /// Parses `pattern`; `None` when a backslash stands before a character that needs none.
    pub(crate) fn parse(pattern: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut characters = pattern.chars().peekable();
        while let Some(character) = characters.next() {
            steps.push(match character {
                '*' => Step::Any,
                '?' => Step::One,
                '\\' if matches!(characters.peek(), Some('}' | '/')) => continue,
                '\\' => Step::Literal(characters.next().filter(|c| matches!(c, '*' | '?' | '\\'))?),
                other => Step::Literal(other),
            });
        }
        Some(Self(steps))
    }

    /// Length in characters of the prefix of `value` that the pattern matches.
    fn prefix(&self, value: &[char], reach: Reach) -> Option<usize> {
        // reachable[i]: the steps so far can have consumed i characters.
        let mut reachable = vec![false; value.len() + 1];
        reachable[0] = true;
        for step in &self.0 {
            let mut next = vec![false; value.len() + 1];
            let mut seen = false;
            for index in 0..=value.len() {
                seen |= reachable[index];
                next[index] = match step {
                    Step::Any => seen,
                    Step::One => index > 0 && reachable[index - 1],
                    Step::Literal(c) => index > 0 && reachable[index - 1] && value[index - 1] == *c,
                };
            }
            reachable = next;
        }
        match reach {
            Reach::Shortest => reachable.iter().position(|&hit| hit),
            Reach::Longest => reachable.iter().rposition(|&hit| hit),
        }
    }

    /// `value` without the matching prefix.
    pub(crate) fn trim_prefix(&self, value: &str, reach: Reach) -> String {
        let characters: Vec<char> = value.chars().collect();
        let cut = self.prefix(&characters, reach).unwrap_or(0);
        characters[cut..].iter().collect()
    }

    /// `value` without the matching suffix.
    pub(crate) fn trim_suffix(&self, value: &str, reach: Reach) -> String {
        let mirrored = Self(self.0.iter().rev().copied().collect());
        let reversed: Vec<char> = value.chars().rev().collect();
        let cut = mirrored.prefix(&reversed, reach).unwrap_or(0);
        reversed[cut..].iter().rev().collect()
    }

    /// `value` with the first match, or every match, replaced.
    pub(crate) fn replace(&self, value: &str, replacement: &str, matches: usize) -> String {
        let characters: Vec<char> = value.chars().collect();
        let mut result = String::new();
        let mut index = 0;
        let mut left = matches;
        while index < characters.len() {
            let length =
                if left == 0 { None } else { self.prefix(&characters[index..], Reach::Longest) };
            match length {
                Some(length) if length > 0 => {
                    result.push_str(replacement);
                    index += length;
                    left -= 1;
                }
                _ => {
                    result.push(characters[index]);
                    index += 1;
                }
            }
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).expect("a valid pattern")
    }

    #[test]
    fn prefixes_and_suffixes() {
        let value = "/usr/local/bin";
        assert_eq!(pattern("*/").trim_prefix(value, Reach::Shortest), "usr/local/bin");
        assert_eq!(pattern("*/").trim_prefix(value, Reach::Longest), "bin");
        assert_eq!(pattern("/*").trim_suffix(value, Reach::Shortest), "/usr/local");
        assert_eq!(pattern("/*").trim_suffix(value, Reach::Longest), "");
        assert_eq!(pattern("x").trim_prefix(value, Reach::Longest), value);
        assert_eq!(pattern(r"\*?").trim_prefix("*ab", Reach::Longest), "b");
        assert!(Pattern::parse(r"\a").is_none());
    }

    #[test]
    fn replacements() {
        assert_eq!(pattern("o").replace("foo", "0", 1), "f0o");
        assert_eq!(pattern("o").replace("foo", "0", usize::MAX), "f00");
        assert_eq!(pattern("").replace("foo", "0", usize::MAX), "foo");
    }
}
