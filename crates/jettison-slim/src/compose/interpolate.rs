//! `${NAME}` and its forms (Compose Specification, "Interpolation").

use std::collections::BTreeMap;

/// Variables may name variables in their defaults; nobody nests deeper.
const MAX_DEPTH: usize = 16;

/// Puts variables in. The error is a sentence without a full stop.
pub(super) fn interpolate(
    text: &str,
    variables: &BTreeMap<String, String>,
) -> Result<String, String> {
    at_depth(text, variables, 0)
}

fn at_depth(
    text: &str,
    variables: &BTreeMap<String, String>,
    depth: usize,
) -> Result<String, String> {
    if depth > MAX_DEPTH {
        return Err("variables within variables without end".to_owned());
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        result.push_str(before);
        if let Some(tail) = after.strip_prefix('$') {
            result.push('$');
            rest = tail;
        } else if let Some(tail) = after.strip_prefix('{') {
            let end = closing(tail)
                .ok_or_else(|| "a \"${\" is not closed; write $$ for a dollar sign".to_owned())?;
            result.push_str(&expand(&tail[..end], variables, depth)?);
            rest = &tail[end + 1..];
        } else {
            let length = after.bytes().take_while(|byte| is_name(*byte)).count();
            let name = &after[..length];
            if name.is_empty() || name.as_bytes()[0].is_ascii_digit() {
                return Err("a \"$\" stands before no name; write $$ for a dollar sign".to_owned());
            }
            result.push_str(variables.get(name).map_or("", String::as_str));
            rest = &after[length..];
        }
    }
    result.push_str(rest);
    Ok(result)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Where the brace that was opened before `text` is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn expand(
    inner: &str,
    variables: &BTreeMap<String, String>,
    depth: usize,
) -> Result<String, String> {
    let length = inner.bytes().take_while(|byte| is_name(*byte)).count();
    let (name, form) = inner.split_at(length);
    if name.is_empty() {
        return Err(format!("\"${{{inner}}}\" names no variable"));
    }
    let value = variables.get(name);
    let filled = value.filter(|value| !value.is_empty());
    let word = |word: &str| at_depth(word, variables, depth + 1);
    let is_missing = |what: &str, message: &str| {
        let message = if message.is_empty() { what } else { message };
        format!("variable {name} is needed: {message}")
    };
    if let Some(default) = form.strip_prefix(":-") {
        return filled.cloned().map_or_else(|| word(default), Ok);
    }
    if let Some(default) = form.strip_prefix('-') {
        return value.cloned().map_or_else(|| word(default), Ok);
    }
    if let Some(message) = form.strip_prefix(":?") {
        return filled.cloned().ok_or_else(|| is_missing("it is not set, or empty", message));
    }
    if let Some(message) = form.strip_prefix('?') {
        return value.cloned().ok_or_else(|| is_missing("it is not set", message));
    }
    if let Some(other) = form.strip_prefix(":+") {
        return filled.map_or_else(|| Ok(String::new()), |_| word(other));
    }
    if let Some(other) = form.strip_prefix('+') {
        return value.map_or_else(|| Ok(String::new()), |_| word(other));
    }
    if form.is_empty() {
        return Ok(value.cloned().unwrap_or_default());
    }
    Err(format!("\"${{{inner}}}\" is no form that Compose knows"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in() {
        let variables: BTreeMap<String, String> = [("A", "x"), ("E", ""), ("B", "y")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        for (text, expected) in [
            ("plain", Ok("plain")),
            ("$A-${A}", Ok("x-x")),
            ("$$A", Ok("$A")),
            ("${N}", Ok("")),
            ("${N:-d}${N-d}", Ok("dd")),
            ("${E:-d}${E-d}", Ok("d")),
            ("${N:-${B}}", Ok("y")),
            ("${A:+set}${N:+set}${E+set}", Ok("setset")),
            ("${A:?no}", Ok("x")),
            ("${N:?say}", Err("say")),
            ("${N?}", Err("it is not set")),
            ("${E:?}", Err("or empty")),
            ("${A", Err("not closed")),
            ("${}", Err("names no variable")),
            ("${A!x}", Err("no form")),
            ("a$", Err("$$")),
            ("$1", Err("$$")),
        ] {
            match (interpolate(text, &variables), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{text}"),
                (Err(problem), Err(part)) => assert!(problem.contains(part), "{text}: {problem}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        let deep = "${N:-".repeat(100) + &"}".repeat(100);
        assert!(interpolate(&deep, &variables).is_err());
    }
}
