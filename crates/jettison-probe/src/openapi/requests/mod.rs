//! From operations to requests: one with the best values, and one for each other way to ask.

use super::{
    body::{self, Content},
    document::Document,
    operation::{Operation, operations},
    parameter::{Place, encode, in_header},
    security::{self, Credential},
};
use crate::{crawl::is_destructive, secret::Secret};

/// A request that a description calls for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiRequest {
    pub(crate) method: String,
    /// Path and query, encoded.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Names of headers and query parameters that hold credentials.
    pub(crate) secrets: Vec<String>,
    /// The operation, as the description writes it: `GET /items/{id}`.
    pub(crate) operation: String,
}

/// Which methods are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Methods {
    /// Those that change nothing (RFC 9110 section 9.2.1): nobody has asked for more.
    Safe,
    /// All: the user gave the description to be exercised.
    All,
}

/// Requests of one operation. More ways to ask find little that the first dozen did not.
const MAX_VARIANTS: usize = 12;

/// The requests of all operations: things are made, then looked at, then removed.
pub(crate) fn requests(
    document: &Document,
    methods: Methods,
    prefix: Option<&str>,
    credentials: &[(String, Secret)],
) -> Vec<ApiRequest> {
    let prefix = prefix.map_or_else(|| document.prefix(), str::to_owned);
    let mut all: Vec<ApiRequest> = Vec::new();
    for operation in operations(document) {
        let is_safe = matches!(&*operation.method, "GET" | "HEAD" | "OPTIONS");
        if methods == Methods::All || is_safe {
            let composer =
                Composer { document, operation: &operation, prefix: &prefix, credentials };
            all.extend(composer.variants());
        }
    }
    // Stable: what ends a session or removes things comes last, otherwise the order stays.
    all.sort_by_key(rank);
    all.dedup();
    all
}

fn rank(request: &ApiRequest) -> u8 {
    match (&*request.method, is_destructive(&request.operation)) {
        ("DELETE", _) => 2,
        (_, true) => 1,
        _ => 0,
    }
}

struct Composer<'c> {
    document: &'c Document,
    operation: &'c Operation<'c>,
    prefix: &'c str,
    credentials: &'c [(String, Secret)],
}

/// What one variant has of its own.
#[derive(Default)]
struct Choice<'c> {
    /// A parameter and the place of the value it takes.
    value: Option<(usize, usize)>,
    body: Option<&'c Content>,
    accept: Option<&'c str>,
}

impl Composer<'_> {
    fn variants(&self) -> Vec<ApiRequest> {
        let contents = body::contents(self.document, self.operation);
        let answers = self.operation.answers.iter().filter(|answer| !answer.contains('*'));
        let answers: Vec<&str> = answers.copied().collect();
        let (body, accept) = (contents.first(), answers.first().copied());
        let mut choices = vec![Choice { body, accept, value: None }];
        let others = contents.iter().skip(1);
        choices.extend(others.map(|other| Choice { body: Some(other), accept, value: None }));
        let others = answers.iter().skip(1);
        choices.extend(others.map(|other| Choice { body, accept: Some(other), value: None }));
        for (index, parameter) in self.operation.parameters.iter().enumerate() {
            if parameter.is_sent() {
                let values = 1..parameter.values.len();
                choices.extend(values.map(|at| Choice { body, accept, value: Some((index, at)) }));
            }
        }
        choices.truncate(MAX_VARIANTS);
        choices.iter().map(|choice| self.compose(choice)).collect()
    }

    fn compose(&self, choice: &Choice<'_>) -> ApiRequest {
        let operation = self.operation;
        let mut path = operation.path.to_owned();
        let mut query: Vec<(String, String)> = Vec::new();
        let mut headers: Vec<(String, String)> = Vec::new();
        let mut cookies: Vec<(String, String)> = Vec::new();
        for (index, parameter) in operation.parameters.iter().enumerate() {
            if !parameter.is_sent() {
                continue;
            }
            let at = choice.value.filter(|(chosen, _)| *chosen == index).map_or(0, |(_, at)| at);
            let value = &parameter.values[at];
            match parameter.place {
                Place::Path => {
                    path =
                        path.replace(&format!("{{{}}}", parameter.name), &parameter.in_path(value));
                }
                Place::Query => query.extend(parameter.pairs(value)),
                Place::Header => {
                    headers.push((parameter.name.to_ascii_lowercase(), in_header(value)));
                }
                Place::Cookie => {
                    cookies.push((parameter.name.to_owned(), in_header(value)));
                }
                Place::Body | Place::Form => {}
            }
        }
        if let Some(accept) = choice.accept {
            headers.push(("accept".to_owned(), format!("{accept}, */*;q=0.1")));
        }
        let mut secrets = Vec::new();
        for credential in security::credentials(self.document, operation, self.credentials) {
            match credential {
                Credential::Header(name, value) => {
                    secrets.push(name.clone());
                    headers.push((name, value));
                }
                Credential::Query(name, value) => {
                    secrets.push(name.clone());
                    query.push((name, value));
                }
                Credential::Cookie(name, value) => cookies.push((name, value)),
            }
        }
        if !cookies.is_empty() {
            let pairs = cookies.iter().map(|(name, value)| format!("{name}={value}"));
            headers.push(("cookie".to_owned(), pairs.collect::<Vec<_>>().join("; ")));
        }
        if let Some(body) = choice.body {
            headers.push(("content-type".to_owned(), body.media_type.clone()));
        }
        headers.retain(|(name, value)| is_sendable(name, value));
        ApiRequest {
            method: operation.method.clone(),
            target: format!("{}{}{}", self.prefix, fill(&path), query_text(&query)),
            headers,
            body: choice.body.map(|body| body.bytes.clone()).unwrap_or_default(),
            secrets,
            operation: format!("{} {}", operation.method, operation.path),
        }
    }
}

/// Whether HTTP can carry it; descriptions are written by people.
fn is_sendable(name: &str, value: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty()
        && name.bytes().all(is_token)
        && !value.bytes().any(|byte| byte.is_ascii_control())
}

/// Fills names in the path that no parameter describes, and makes the rest sendable.
fn fill(path: &str) -> String {
    let mut filled = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_name, after)) = after.split_once('}') else { break };
        filled.push_str(before);
        filled.push('1');
        rest = after;
    }
    filled.push_str(rest);
    let slash = if filled.starts_with('/') { "" } else { "/" };
    // Parameters are encoded already; what is left was typed by the author.
    let is_plain = |c: &char| c.is_ascii_graphic() && !"\"<>\\^`{|}#".contains(*c);
    let typed =
        filled.chars().map(|c| if is_plain(&c) { c.to_string() } else { encode(&c.to_string()) });
    format!("{slash}{}", typed.collect::<String>())
}

fn query_text(pairs: &[(String, String)]) -> String {
    if pairs.is_empty() {
        return String::new();
    }
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    format!("?{}", pairs.join("&"))
}

#[cfg(test)]
mod tests;
