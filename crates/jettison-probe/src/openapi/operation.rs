//! What a description lists: paths, methods, parameters, bodies, kinds of answers.

use serde_json::Value;

use super::{
    document::{Dialect, Document},
    parameter::{Parameter, Place},
};

/// A method on a path.
#[derive(Debug)]
pub(super) struct Operation<'d> {
    /// In upper case.
    pub(super) method: String,
    /// With `{names}` in it.
    pub(super) path: &'d str,
    pub(super) parameters: Vec<Parameter<'d>>,
    /// Media types of the body, each with its description; empty without one.
    pub(super) bodies: Vec<Body<'d>>,
    /// Media types that a good answer may have.
    pub(super) answers: Vec<&'d str>,
    /// Alternatives, each naming schemes that are needed together.
    pub(super) security: Vec<Vec<&'d str>>,
}

/// A form that the body of a request may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Body<'d> {
    pub(super) media_type: &'d str,
    /// A media type object (with `schema`, `example`, `examples`), or Swagger's body parameter.
    pub(super) content: &'d Value,
    pub(super) kind: BodyKind,
}

/// How a body is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyKind {
    /// By a schema.
    Schema,
    /// By parameters in `formData` (Swagger 2).
    Fields,
}

/// Methods in the order in which they are sent: what makes things, what looks at them, what removes
/// them.
const METHODS: [&str; 7] = ["post", "put", "patch", "get", "head", "options", "delete"];

/// What a form is sent as when a Swagger description does not say.
const FORM: &str = "application/x-www-form-urlencoded";

/// What a body is sent as when a Swagger description does not say.
const JSON: &str = "application/json";

/// Every operation, ordered by method, then by path.
pub(super) fn operations(document: &Document) -> Vec<Operation<'_>> {
    let mut found = Vec::new();
    for method in METHODS {
        for (path, item) in document.get("paths").as_object().into_iter().flatten() {
            let item = document.resolve(item);
            if let Some(operation) = item.get(method).filter(|operation| operation.is_object()) {
                found.push(read(document, (method, path), item, operation));
            }
        }
    }
    found
}

fn read<'d>(
    document: &'d Document,
    (method, path): (&str, &'d str),
    item: &'d Value,
    operation: &'d Value,
) -> Operation<'d> {
    let mut parameters: Vec<Parameter<'d>> = Vec::new();
    // An operation's parameter replaces one of the path with the same name and place.
    for list in [operation, item] {
        let listed = list.get("parameters").and_then(Value::as_array).into_iter().flatten();
        for value in listed {
            let Some(parameter) = Parameter::read(document, document.resolve(value)) else {
                continue;
            };
            let is_known = parameters
                .iter()
                .any(|known| (known.name, known.place) == (parameter.name, parameter.place));
            if !is_known {
                parameters.push(parameter);
            }
        }
    }
    let bodies = match document.dialect {
        Dialect::OpenApi => {
            content_of(document.resolve(operation.get("requestBody").unwrap_or(&Value::Null)))
        }
        Dialect::Swagger => swagger_bodies(document, operation, &parameters),
    };
    Operation {
        method: method.to_ascii_uppercase(),
        path,
        bodies,
        answers: answers(document, operation),
        security: security(operation.get("security").unwrap_or(document.get("security"))),
        parameters,
    }
}

fn content_of(holder: &Value) -> Vec<Body<'_>> {
    let content = holder.get("content").and_then(Value::as_object).into_iter().flatten();
    content
        .map(|(media_type, content)| Body { media_type, content, kind: BodyKind::Schema })
        .collect()
}

fn swagger_bodies<'d>(
    document: &'d Document,
    operation: &'d Value,
    parameters: &[Parameter<'d>],
) -> Vec<Body<'d>> {
    let types = media_types(operation.get("consumes").unwrap_or(document.get("consumes")));
    let with = |default: &'d str, content, kind| {
        let types = if types.is_empty() { vec![default] } else { types.clone() };
        types.into_iter().map(|media_type| Body { media_type, content, kind }).collect()
    };
    if let Some(body) = parameters.iter().find(|parameter| parameter.place == Place::Body) {
        return with(JSON, body.source, BodyKind::Schema);
    }
    if parameters.iter().any(|parameter| parameter.place == Place::Form) {
        return with(FORM, operation, BodyKind::Fields);
    }
    Vec::new()
}

fn media_types(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Media types of answers with a status in the two hundreds, or of the default one.
fn answers<'d>(document: &'d Document, operation: &'d Value) -> Vec<&'d str> {
    if document.dialect == Dialect::Swagger {
        return media_types(operation.get("produces").unwrap_or(document.get("produces")));
    }
    let mut types: Vec<&str> = Vec::new();
    for (status, answer) in
        operation.get("responses").and_then(Value::as_object).into_iter().flatten()
    {
        if status.starts_with('2') || status == "default" {
            let content = document.resolve(answer).get("content").and_then(Value::as_object);
            for media_type in
                content.into_iter().flatten().map(|(media_type, _)| media_type.as_str())
            {
                if !types.contains(&media_type) {
                    types.push(media_type);
                }
            }
        }
    }
    types
}

fn security(list: &Value) -> Vec<Vec<&str>> {
    let alternatives = list.as_array().into_iter().flatten().filter_map(Value::as_object);
    alternatives.map(|schemes| schemes.keys().map(String::as_str).collect()).collect()
}
