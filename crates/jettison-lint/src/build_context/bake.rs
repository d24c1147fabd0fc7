//! Builds in `docker-bake.hcl`: targets with strings for context and Dockerfile. Everything else of HCL is passed over.

use std::{collections::BTreeMap, iter::Peekable, path::Path, str::CharIndices};

use super::{Build, build};

/// Targets that may inherit from each other in a row.
const MAX_DEPTH: usize = 8;

/// What a target says; strings with `${` in them are not known.
#[derive(Default)]
struct Target {
    context: Option<String>,
    dockerfile: Option<String>,
    inherits: Vec<String>,
}

/// The builds that a bake file in `directory` describes (Bake file reference).
pub(super) fn builds(directory: &Path, text: &str) -> Vec<Build> {
    let tokens = tokens(text);
    let mut targets: BTreeMap<&str, Target> = BTreeMap::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            Token::Sign('{') => depth += 1,
            Token::Sign('}') => depth = depth.saturating_sub(1),
            Token::Word("target") if depth == 0 => {
                if let (Some(Token::Text(name)), Some(Token::Sign('{'))) =
                    (tokens.get(at + 1), tokens.get(at + 2))
                {
                    let (target, length) = target(&tokens[at + 3..]);
                    targets.insert(name, target);
                    at += 2 + length;
                }
            }
            _ => {}
        }
        at += 1;
    }
    let builds = targets.keys().filter_map(|name| {
        let context = inherited(&targets, name, &|one| one.context.as_deref(), 0);
        let dockerfile = inherited(&targets, name, &|one| one.dockerfile.as_deref(), 0);
        build(directory, context, dockerfile)
    });
    builds.collect()
}

/// What a target says, or the last of those that it inherits from and that say something.
fn inherited<'t>(
    targets: &'t BTreeMap<&str, Target>,
    name: &str,
    value: &impl Fn(&'t Target) -> Option<&'t str>,
    depth: usize,
) -> Option<&'t str> {
    let target = targets.get(name)?;
    value(target).or_else(|| {
        let above = target.inherits.iter().rev().filter(|_| depth < MAX_DEPTH);
        above.into_iter().find_map(|name| inherited(targets, name, value, depth + 1))
    })
}

/// A target's attributes, and the number of tokens up to and with its end.
fn target(tokens: &[Token<'_>]) -> (Target, usize) {
    let mut target = Target::default();
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('{') => depth += 1,
            Token::Sign('}') if depth == 0 => return (target, at + 1),
            Token::Sign('}') => depth -= 1,
            Token::Word(name) if depth == 0 && tokens.get(at + 1) == Some(&Token::Sign('=')) => {
                let values = &tokens[at + 2..];
                let text = values.first().map(|value| match value {
                    Token::Text(text) => (*text).to_owned(),
                    // A variable, or a call: not known.
                    _ => "$".to_owned(),
                });
                match *name {
                    "context" => target.context = text,
                    "dockerfile" => target.dockerfile = text,
                    "inherits" => target.inherits = list(values),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    (target, tokens.len())
}

/// The strings of a list.
fn list(tokens: &[Token<'_>]) -> Vec<String> {
    let items = tokens.iter().take_while(|token| **token != Token::Sign(']'));
    let texts = items.filter_map(|token| match token {
        Token::Text(text) => Some((*text).to_owned()),
        _ => None,
    });
    texts.collect()
}

/// A piece of HCL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    /// What stands between quotes, as it is written.
    Text(&'t str),
    Sign(char),
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut left = text.char_indices().peekable();
    while let Some((start, character)) = left.next() {
        match character {
            '#' => skip_line(&mut left),
            '/' if left.next_if(|(_, next)| *next == '/').is_some() => skip_line(&mut left),
            '/' if left.next_if(|(_, next)| *next == '*').is_some() => {
                let end =
                    text[start + 2..].find("*/").map_or(text.len(), |end| start + 2 + end + 2);
                while left.next_if(|(at, _)| *at < end).is_some() {}
            }
            '"' => {
                let end = string_end(text, start + 1);
                tokens.push(Token::Text(&text[start + 1..end]));
                while left.next_if(|(at, _)| *at <= end).is_some() {}
            }
            _ if character.is_alphabetic() || character == '_' => {
                let is_word = |one: char| one.is_alphanumeric() || one == '_' || one == '-';
                let length = text[start..].find(|one| !is_word(one)).unwrap_or(text.len() - start);
                tokens.push(Token::Word(&text[start..start + length]));
                while left.next_if(|(at, _)| *at < start + length).is_some() {}
            }
            _ if character.is_whitespace() => {}
            _ => tokens.push(Token::Sign(character)),
        }
    }
    tokens
}

fn skip_line(left: &mut Peekable<CharIndices<'_>>) {
    while left.next_if(|(_, next)| *next != '\n').is_some() {}
}

/// Where the string that begins at `start` ends: at a quote that is neither escaped nor in `${ }`.
fn string_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (start, 0_usize);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                depth += 1;
                at += 1;
            }
            b'}' if depth > 0 => depth -= 1,
            b'"' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_and_the_rest_passed_over() {
        let text = "/* target \"no\" { */ group \"g\" { targets = [\"a\"] }\n\
            function \"f\" { params = [] result = \"${\"x\"}\" }\n\
            target \"a\" { // one\n labels = { context = \"no\" }\n context = \"./a\"\n dockerfile = \"D\" }\n\
            target \"b\" { context = DIR\n }\n\
            target \"c\" { inherits = [\"a\", \"d\"]\n dockerfile = \"x\\\"y\" }\n\
            target \"d\" { inherits = [\"c\"] context = \"d\" }\n";
        let found = builds(Path::new("/r"), text);
        let shown: Vec<(&str, &str)> = found
            .iter()
            .map(|one| {
                (one.context.to_str().expect("text"), one.dockerfile.to_str().expect("text"))
            })
            .collect();
        assert_eq!(shown, [("/r/a", "/r/a/D"), ("/r/d", "/r/d/x\\\"y"), ("/r/d", "/r/d/x\\\"y")]);
    }

    #[test]
    fn anything_is_read_without_panic() {
        for text in
            ["\"", "\"\\", "target \"a\" {", "target \"a\" { context =", "/*", "é\"${é\"", "/"]
        {
            assert!(builds(Path::new("/"), text).len() < 2, "{text}");
        }
    }
}
