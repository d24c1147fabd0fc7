//! The part of Go's templates that people use with `--format`: `{{.Config.User}}`, `{{json .Config}}`,
//! `{{len .Layers}}`, `{{index .RepoTags 0}}`.

use serde_json::Value;

/// Why a template cannot be rendered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TemplateError {
    /// `{{` without `}}`.
    Open,
    /// Something that is not understood.
    Action(String),
    /// No such field.
    Field(String),
}

impl std::fmt::Display for TemplateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open => f.write_str("--format: a \"{{\" has no \"}}\""),
            Self::Action(action) => write!(
                f,
                "--format: {action:?} is not understood; there are .Field, json .Field, len .Field and \
                 index .Field KEY"
            ),
            Self::Field(path) => {
                write!(f, "--format: there is no field {path}; --format json shows all of them")
            }
        }
    }
}

impl std::error::Error for TemplateError {}

/// The template with its values put in.
pub(crate) fn render(template: &str, value: &Value) -> Result<String, TemplateError> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("{{") {
        text.push_str(before);
        let (action, after) = behind.split_once("}}").ok_or(TemplateError::Open)?;
        text.push_str(&evaluate(action.trim(), value)?);
        rest = after;
    }
    text.push_str(rest);
    Ok(text.replace("\\n", "\n").replace("\\t", "\t"))
}

fn evaluate(action: &str, value: &Value) -> Result<String, TemplateError> {
    let words: Vec<&str> = action.split_whitespace().collect();
    match words.as_slice() {
        [path] if path.starts_with('.') => Ok(plain(field(path, value)?)),
        ["json", path] => Ok(field(path, value)?.to_string()),
        ["len", path] => {
            let found = field(path, value)?;
            let len = match found {
                Value::Array(items) => items.len(),
                Value::Object(fields) => fields.len(),
                Value::String(text) => text.len(),
                Value::Null => 0,
                _ => return Err(TemplateError::Action(action.to_owned())),
            };
            Ok(len.to_string())
        }
        ["index", path, key] => {
            let found = field(path, value)?;
            let key = key.trim_matches('"');
            let item = match found {
                Value::Array(items) => key.parse::<usize>().ok().and_then(|at| items.get(at)),
                other => other.get(key),
            };
            item.map(plain).ok_or_else(|| TemplateError::Field(format!("{path} {key}")))
        }
        _ => Err(TemplateError::Action(action.to_owned())),
    }
}

fn field<'v>(path: &str, value: &'v Value) -> Result<&'v Value, TemplateError> {
    let parts = path.strip_prefix('.').ok_or_else(|| TemplateError::Action(path.to_owned()))?;
    let mut at = value;
    for part in parts.split('.').filter(|part| !part.is_empty()) {
        at = match at {
            // What a config leaves away has no value, and is no mistake.
            Value::Null => return Ok(&Value::Null),
            Value::Object(fields) => match fields.get(part) {
                Some(found) => found,
                None if std::ptr::eq(at, value) => {
                    return Err(TemplateError::Field(path.to_owned()));
                }
                None => return Ok(&Value::Null),
            },
            _ => return Err(TemplateError::Field(path.to_owned())),
        };
    }
    Ok(at)
}

/// A text as it is, nothing for nothing, the rest as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_put_in() {
        let value = json!({
            "Id": "sha256:1", "Size": 7, "RepoTags": ["a:1", "b:2"],
            "Config": {"User": "app", "ExposedPorts": {"80/tcp": {}}, "Cmd": ["x", "y"]},
        });
        for (template, expected) in [
            ("{{.Id}}", "sha256:1"),
            ("{{ .Config.User }}:{{.Size}}", "app:7"),
            ("{{json .Config.ExposedPorts}}", r#"{"80/tcp":{}}"#),
            ("{{.Config.Cmd}}", r#"["x","y"]"#),
            ("{{len .RepoTags}}\\n{{index .RepoTags 1}}", "2\nb:2"),
            ("{{index .Config \"User\"}}", "app"),
            ("{{.Config.WorkingDir}}|", "|"),
            ("{{.Config.Healthcheck.Test}}|", "|"),
            ("plain", "plain"),
        ] {
            assert_eq!(render(template, &value).as_deref(), Ok(expected), "{template}");
        }
        for (template, part) in [
            ("{{.Nope}}", "no field .Nope"),
            ("{{.Id", "no \"}}\""),
            ("{{range .RepoTags}}", "not understood"),
            ("{{index .RepoTags 9}}", "no field"),
            ("{{.Size.X}}", "no field .Size.X"),
        ] {
            let error = render(template, &value).expect_err(template).to_string();
            assert!(error.contains(part), "{template}: {error}");
        }
    }
}
