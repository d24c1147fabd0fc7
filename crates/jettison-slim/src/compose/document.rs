//! A Compose file as it stands: YAML with variables put in.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::interpolate::interpolate;

/// A file whose values have their variables.
#[derive(Debug)]
pub(super) struct Project {
    root: Map<String, Value>,
}

/// Top-level keys; those that begin with `x-` are the author's own.
const KNOWN: [&str; 8] =
    ["name", "version", "services", "networks", "volumes", "secrets", "configs", "models"];

impl Project {
    pub(super) fn parse(
        bytes: &[u8],
        variables: &BTreeMap<String, String>,
    ) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_error| "it is not UTF-8".to_owned())?;
        // Values may be secrets: no part of the text is quoted.
        let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
        let mut root: Value = serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| format!("it is no YAML: {error}"))?;
        put_in(&mut root, "", variables)?;
        let Value::Object(root) = root else { return Err("it is no Compose file".to_owned()) };
        if root.contains_key("include") {
            return Err(
                "\"include\" is not understood: give the output of `docker compose config`"
                    .to_owned(),
            );
        }
        if let Some(unknown) =
            root.keys().find(|key| !KNOWN.contains(&key.as_str()) && !key.starts_with("x-"))
        {
            return Err(format!(
                "there is no top-level key {unknown:?} in the Compose Specification"
            ));
        }
        if !root.get("services").is_some_and(Value::is_object) {
            return Err("it has no services".to_owned());
        }
        Ok(Self { root })
    }

    pub(super) fn service(&self, name: &str) -> Option<&Value> {
        self.root.get("services")?.get(name)
    }

    pub(super) fn service_names(&self) -> Vec<&str> {
        let services = self.root.get("services").and_then(Value::as_object);
        services.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
    }

    /// A top-level volume, secret or config.
    pub(super) fn declared(&self, kind: &str, name: &str) -> Option<&Value> {
        self.root.get(kind)?.get(name)
    }
}

/// Puts variables into every value; keys have none.
fn put_in(
    value: &mut Value,
    place: &str,
    variables: &BTreeMap<String, String>,
) -> Result<(), String> {
    match value {
        Value::String(text) => {
            *text =
                interpolate(text, variables).map_err(|problem| format!("{place}: {problem}"))?;
        }
        Value::Array(items) => {
            for item in items {
                put_in(item, place, variables)?;
            }
        }
        Value::Object(fields) => {
            for (key, item) in fields {
                let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                put_in(item, &place, variables)?;
            }
        }
        _ => {}
    }
    Ok(())
}
