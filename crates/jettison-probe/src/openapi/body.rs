//! Bodies of requests: JSON, forms, XML and plain bytes out of a description.

use serde_json::Value;

use super::{
    document::Document,
    operation::{Body, BodyKind, Operation},
    parameter::{Place, named_examples, plain},
    schema::Sampler,
};
use crate::links::{Field, MULTIPART_TYPE, SAMPLE_FILE, multipart};

/// A body as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) media_type: String,
    pub(super) bytes: Vec<u8>,
}

/// Bodies of one operation that are sent, each in a request of its own.
const MAX_BODIES: usize = 6;

/// What is sent where bytes are wanted.
const BYTES: &str = SAMPLE_FILE.1;

/// The bodies of an operation, those of the first media type first. A type that is not understood is
/// left out unless the description has an example of it.
pub(super) fn contents(document: &Document, operation: &Operation<'_>) -> Vec<Content> {
    let mut contents: Vec<Content> = Vec::new();
    for body in &operation.bodies {
        for value in values(document, operation, *body) {
            let content = write(document, *body, &value);
            contents.extend(content.filter(|content| !contents.contains(content)));
        }
    }
    contents.truncate(MAX_BODIES);
    contents
}

/// The values that a body may have: its examples, else one that fits its schema.
fn values(document: &Document, operation: &Operation<'_>, body: Body<'_>) -> Vec<Value> {
    if body.kind == BodyKind::Fields {
        let fields = operation.parameters.iter().filter(|field| field.place == Place::Form);
        let fields = fields.filter(|field| field.is_sent() || field.is_required);
        let pairs = fields.map(|field| {
            let is_file = field.source.get("type").and_then(Value::as_str) == Some("file");
            let value = if is_file { Value::from(BYTES) } else { field.values[0].clone() };
            (field.name.to_owned(), value)
        });
        return vec![Value::Object(pairs.collect())];
    }
    let mut values: Vec<Value> = body.content.get("example").cloned().into_iter().collect();
    values.extend(named_examples(document, body.content));
    if values.is_empty() {
        let schema = body.content.get("schema").unwrap_or(&Value::Null);
        values.push(Sampler::new(document).value(schema, "").0);
    }
    values
}

fn write(document: &Document, body: Body<'_>, value: &Value) -> Option<Content> {
    let essence = body.media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (media_type, bytes) = match essence.as_str() {
        // A range: whatever the server likes, and all of them like JSON.
        "*/*" | "application/*" => ("application/json", value.to_string()),
        "application/json" => (body.media_type, value.to_string()),
        "application/x-www-form-urlencoded" => (body.media_type, form(value)),
        "multipart/form-data" => (MULTIPART_TYPE, multipart(&parts(document, body, value))),
        "application/xml" | "text/xml" => (body.media_type, xml_of(document, body, value)),
        "application/octet-stream" => (body.media_type, example_or(value, BYTES)),
        other if other.ends_with("+json") => (body.media_type, value.to_string()),
        other if other.ends_with("+xml") => (body.media_type, xml_of(document, body, value)),
        other if other.starts_with("text/") => (body.media_type, example_or(value, BYTES)),
        _ => (body.media_type, body.content.get("example").map(plain)?),
    };
    Some(Content { media_type: media_type.to_owned(), bytes: bytes.into_bytes() })
}

fn example_or(value: &Value, default: &str) -> String {
    match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        _ => default.to_owned(),
    }
}

fn form(value: &Value) -> String {
    let mut serializer = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::Array(items) => {
                for item in items {
                    serializer.append_pair(name, &plain(item));
                }
            }
            single => {
                serializer.append_pair(name, &plain(single));
            }
        }
    }
    serializer.finish()
}

/// Each property a part; those of format `binary` (and Swagger's `file`) as files.
fn parts(document: &Document, body: Body<'_>, value: &Value) -> Vec<Field> {
    let schema = document.resolve(body.content.get("schema").unwrap_or(&Value::Null));
    let is_file = |name: &str| match body.kind {
        BodyKind::Schema => {
            let property = document.resolve(
                schema.get("properties").and_then(|all| all.get(name)).unwrap_or(&Value::Null),
            );
            let of = document.resolve(property.get("items").unwrap_or(property));
            of.get("format").and_then(Value::as_str) == Some("binary")
                || of.get("contentMediaType").is_some()
        }
        BodyKind::Fields => value.get(name).and_then(Value::as_str) == Some(BYTES),
    };
    let fields = value.as_object().into_iter().flatten();
    fields
        .flat_map(|(name, value)| {
            let is_file = is_file(name);
            let items = match value {
                Value::Array(items) => items.clone(),
                single => vec![single.clone()],
            };
            items.into_iter().map(move |item| Field {
                name: name.clone(),
                value: if is_file { BYTES.to_owned() } else { plain(&item) },
                file_name: is_file.then_some(SAMPLE_FILE.0),
            })
        })
        .collect()
}

fn xml_of(document: &Document, body: Body<'_>, value: &Value) -> String {
    if let Value::String(text) = value {
        return text.clone();
    }
    let schema = body.content.get("schema").unwrap_or(&Value::Null);
    let resolved = document.resolve(schema);
    let named = resolved.get("xml").and_then(|xml| xml.get("name")).and_then(Value::as_str);
    let referred =
        schema.get("$ref").and_then(Value::as_str).and_then(|text| text.rsplit('/').next());
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_owned();
    element(&mut text, named.or(referred).unwrap_or("root"), value);
    text
}

fn element(text: &mut String, name: &str, value: &Value) {
    // Names out of a description: what is no name would be no XML.
    let name: String = name.chars().filter(|c| c.is_alphanumeric() || "_-.".contains(*c)).collect();
    if let Value::Array(items) = value {
        for item in items {
            element(text, &name, item);
        }
        return;
    }
    text.extend(["<", &name, ">"]);
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| element(text, name, value)),
        single => {
            let escaped =
                plain(single).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            text.push_str(&escaped);
        }
    }
    text.extend(["</", &name, ">"]);
}
