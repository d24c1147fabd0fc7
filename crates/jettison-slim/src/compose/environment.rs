//! Environments: `environment`, `env_file`, and the files that they name.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Fault, Loader, interpolate::interpolate};

/// An environment file is read by people.
const MAX_BYTES: u64 = 1 << 20;

/// What `env_file` and `environment` say together; the latter wins.
pub(super) fn read(
    loader: &Loader<'_>,
    place: &str,
    service: &Value,
) -> Result<BTreeMap<String, String>, Fault> {
    let mut env = BTreeMap::new();
    for file in
        files(&format!("{place}.env_file"), service.get("env_file").unwrap_or(&Value::Null))?
    {
        env.extend(file.read(loader)?);
    }
    let place = format!("{place}.environment");
    match service.get("environment") {
        None | Some(Value::Null) => {}
        Some(Value::Array(items)) => {
            for item in items {
                let text =
                    item.as_str().ok_or_else(|| Fault::new(&place, "it must be NAME=VALUE"))?;
                match text.split_once('=') {
                    Some((name, value)) => {
                        env.insert(name.to_owned(), value.to_owned());
                    }
                    None => inherit(&mut env, loader, text),
                }
            }
        }
        Some(Value::Object(fields)) => {
            for (name, value) in fields {
                match value {
                    Value::Null => inherit(&mut env, loader, name),
                    Value::String(text) => {
                        env.insert(name.clone(), text.clone());
                    }
                    Value::Number(_) | Value::Bool(_) => {
                        env.insert(name.clone(), value.to_string());
                    }
                    _ => return Err(Fault::new(format!("{place}.{name}"), "it must be one value")),
                }
            }
        }
        Some(_) => return Err(Fault::new(place, "it must be a list or a map")),
    }
    Ok(env)
}

/// A name without a value has that of the surroundings, and without one there it is not set.
fn inherit(env: &mut BTreeMap<String, String>, loader: &Loader<'_>, name: &str) {
    if let Some(value) = loader.options.variables.get(name) {
        env.insert(name.to_owned(), value.clone());
    }
}

struct EnvFile {
    place: String,
    path: String,
    is_required: bool,
}

fn files(place: &str, value: &Value) -> Result<Vec<EnvFile>, Fault> {
    let file = |path: &str, is_required| EnvFile {
        place: place.to_owned(),
        path: path.to_owned(),
        is_required,
    };
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(path) => Ok(vec![file(path, true)]),
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                Value::String(path) => Ok(file(path, true)),
                Value::Object(fields) => {
                    let path = fields.get("path").and_then(Value::as_str);
                    let path = path.ok_or_else(|| Fault::new(place, "a file needs a path"))?;
                    Ok(file(path, fields.get("required").and_then(Value::as_bool).unwrap_or(true)))
                }
                _ => Err(Fault::new(place, "it must list files")),
            })
            .collect(),
        _ => Err(Fault::new(place, "it must name files")),
    }
}

impl EnvFile {
    fn read(&self, loader: &Loader<'_>) -> Result<BTreeMap<String, String>, Fault> {
        use std::io::Read as _;
        let path = loader.directory.join(&self.path);
        if !self.is_required && !path.exists() {
            return Ok(BTreeMap::new());
        }
        let mut text = String::new();
        let read = fs_err::File::open(&path)
            .and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
        read.map_err(|error| Fault::new(&self.place, error.to_string()))?;
        parse_env_file(&text, &loader.options.variables)
            .map_err(|problem| Fault::new(&self.place, format!("{}: {problem}", path.display())))
    }
}

/// Reads an environment file in Compose's format: `NAME=VALUE` lines, comments, quotes, variables. The error names the line and
/// no value.
pub fn parse_env_file(
    text: &str,
    variables: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, String> {
    let mut env: BTreeMap<String, String> = BTreeMap::new();
    let mut known = variables.clone();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = |problem: &str| format!("line {}: {problem}", number + 1);
        let Some((name, value)) = line.split_once('=') else {
            // A name alone stands for the surroundings' value.
            if let Some(value) = variables.get(line) {
                env.insert(line.to_owned(), value.clone());
            }
            continue;
        };
        let name = name.trim();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(wrong("it must be NAME=VALUE"));
        }
        let value = value.trim();
        let value = match value.chars().next() {
            Some('\'') => {
                quoted(value, '\'').ok_or_else(|| wrong("a quote is not closed"))?.to_owned()
            }
            Some('"') => {
                let inner = quoted(value, '"').ok_or_else(|| wrong("a quote is not closed"))?;
                let inner = interpolate(inner, &known).map_err(|problem| wrong(&problem))?;
                unescape(&inner)
            }
            _ => {
                let plain = value.split_once(" #").map_or(value, |(value, _)| value).trim_end();
                interpolate(plain, &known).map_err(|problem| wrong(&problem))?
            }
        };
        known.insert(name.to_owned(), value.clone());
        env.insert(name.to_owned(), value);
    }
    Ok(env)
}

/// What stands between a quote and the next one that is not escaped.
fn quoted(text: &str, quote: char) -> Option<&str> {
    let inner = text.strip_prefix(quote)?;
    let mut is_escaped = false;
    for (at, character) in inner.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if quote == '"' => is_escaped = true,
            _ if character == quote => return Some(&inner[..at]),
            _ => {}
        }
    }
    None
}

fn unescape(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => result.push('\n'),
                Some('t') => result.push('\t'),
                Some('r') => result.push('\r'),
                Some(other) => result.push(other),
                None => result.push('\\'),
            },
            other => result.push(other),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environment_files_are_read_as_compose_reads_them() {
        let variables = BTreeMap::from([("HOME".to_owned(), "/home/ann".to_owned())]);
        let text = "# comment\nA=1\nexport B = two words # note\nC='$HOME # x'\nD=\"$HOME\\n\\\"q\\\"\"\nE=\nF=${A}-${N:-d}\nHOME\nGONE\nG=a=b\n";
        let env = parse_env_file(text, &variables).expect("it is well-formed");
        let get = |name: &str| env.get(name).map(String::as_str);
        for (name, expected) in [
            ("A", Some("1")),
            ("B", Some("two words")),
            ("C", Some("$HOME # x")),
            ("D", Some("/home/ann\n\"q\"")),
            ("E", Some("")),
            ("F", Some("1-d")),
            ("HOME", Some("/home/ann")),
            ("GONE", None),
            ("G", Some("a=b")),
        ] {
            assert_eq!(get(name), expected, "{name}");
        }
        for (text, part) in [("A=1\n =x", "line 2"), ("A='s3cret", "line 1"), ("A=${", "line 1")] {
            let problem = parse_env_file(text, &variables).expect_err(text);
            assert!(problem.contains(part) && !problem.contains("s3cret"), "{problem}");
        }
    }
}
