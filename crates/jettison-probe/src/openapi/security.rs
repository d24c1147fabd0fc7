//! Security schemes: which credentials a request takes along, and where. Only given ones are sent.

use serde_json::Value;

use super::{
    document::{Dialect, Document},
    operation::Operation,
};
use crate::{http_command::base64, secret::Secret};

/// A credential in its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Credential {
    /// A header's name, in lower case, and value.
    Header(String, String),
    /// A parameter of the query.
    Query(String, String),
    /// A cookie.
    Cookie(String, String),
}

fn schemes(document: &Document) -> &Value {
    match document.dialect {
        Dialect::OpenApi => {
            document.get("components").get("securitySchemes").unwrap_or(&Value::Null)
        }
        Dialect::Swagger => document.get("securityDefinitions"),
    }
}

/// The names of all schemes.
pub(super) fn names(document: &Document) -> Vec<String> {
    schemes(document).as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

/// The credentials of the first alternative of which all are given; none otherwise.
pub(super) fn credentials(
    document: &Document,
    operation: &Operation<'_>,
    given: &[(String, Secret)],
) -> Vec<Credential> {
    let find = |name: &str| given.iter().find(|(known, _)| known == name).map(|(_, secret)| secret);
    for alternative in &operation.security {
        let all: Option<Vec<Credential>> = alternative
            .iter()
            .map(|name| {
                place(document.resolve(schemes(document).get(*name)?), find(name)?.reveal())
            })
            .collect();
        match all {
            Some(all) if !all.is_empty() => return all,
            _ => {}
        }
    }
    Vec::new()
}

/// Where a scheme wants its credential.
fn place(scheme: &Value, secret: &str) -> Option<Credential> {
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default();
    let authorization = |value: String| Credential::Header("authorization".to_owned(), value);
    let basic = || authorization(format!("Basic {}", base64(secret.as_bytes())));
    Some(match text("type") {
        "apiKey" => {
            let (name, secret) = (text("name"), secret.to_owned());
            match text("in") {
                "header" => Credential::Header(name.to_ascii_lowercase(), secret),
                "query" => Credential::Query(name.to_owned(), secret),
                "cookie" => Credential::Cookie(name.to_owned(), secret),
                _ => return None,
            }
        }
        "basic" => basic(),
        "http" if text("scheme").eq_ignore_ascii_case("basic") => basic(),
        "http" | "oauth2" | "openIdConnect" => authorization(format!("Bearer {secret}")),
        _ => return None,
    })
}
