//! Headers: which of them say something about the image, and which about the moment.

use std::collections::{BTreeMap, BTreeSet};

use super::{excerpt::quote, mask::Expectation};
use crate::transcript::Answer;

/// A header whose value is not the image's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VolatileHeader {
    /// Name, in lower case.
    pub name: &'static str,
    /// What is still compared.
    pub rule: Rule,
    /// Why its value is not.
    pub reason: &'static str,
}

/// What is compared of a volatile header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Whether it is there.
    Presence,
    /// Names of cookies, and their attributes but for times.
    Cookies,
}

/// Headers that differ between any two runs of the same image. `etag` and `last-modified` are not
/// among them: files keep their times in a slim image.
pub const VOLATILE_HEADERS: &[VolatileHeader] = &[
    volatile("age", "seconds since the answer was made"),
    volatile("alt-svc", "may name a port chosen at start"),
    volatile("cf-ray", "numbers the request"),
    volatile("date", "the clock"),
    volatile("expires", "relative to the clock"),
    volatile("ratelimit-remaining", "counts requests"),
    volatile("ratelimit-reset", "relative to the clock"),
    volatile("request-id", "numbers the request"),
    volatile("server-timing", "measures the request"),
    VolatileHeader {
        name: "set-cookie",
        rule: Rule::Cookies,
        reason: "values of sessions are random",
    },
    volatile("traceparent", "numbers the request"),
    volatile("x-amzn-trace-id", "numbers the request"),
    volatile("x-correlation-id", "numbers the request"),
    volatile("x-rate-limit-remaining", "counts requests"),
    volatile("x-ratelimit-remaining", "counts requests"),
    volatile("x-ratelimit-reset", "relative to the clock"),
    volatile("x-request-id", "numbers the request"),
    volatile("x-response-time", "measures the request"),
    volatile("x-runtime", "measures the request"),
    volatile("x-trace-id", "numbers the request"),
];

const fn volatile(name: &'static str, reason: &'static str) -> VolatileHeader {
    VolatileHeader { name, rule: Rule::Presence, reason }
}

/// Headers that describe a body, and vary where it does.
const BODY_HEADERS: &[&str] =
    &["content-digest", "content-length", "content-md5", "digest", "etag", "last-modified"];

/// Whether a header describes the body.
pub(super) fn describes_body(name: &str) -> bool {
    BODY_HEADERS.contains(&name)
}

/// A header that differs.
pub(super) struct HeaderDifference {
    pub(super) name: String,
    pub(super) expected: String,
    pub(super) got: String,
}

/// Headers of `slim` that are none of the fat image's, by name.
pub(super) fn differences(
    fat: &[&Answer],
    slim: &Answer,
    body: &Expectation<'_>,
) -> Vec<HeaderDifference> {
    let runs: Vec<BTreeMap<&str, Vec<String>>> = fat.iter().map(|answer| group(answer)).collect();
    let now = group(slim);
    let Some(first) = runs.first() else { return Vec::new() };
    let names: BTreeSet<&str> = first.keys().chain(now.keys()).copied().collect();
    names
        .into_iter()
        .filter(|name| body.is_exact() || !describes_body(name))
        .filter(|name| runs.iter().all(|run| run.get(name) == first.get(name)))
        .filter(|name| first.get(name) != now.get(name))
        .map(|name| HeaderDifference {
            name: name.to_owned(),
            expected: show(first.get(name)),
            got: show(now.get(name)),
        })
        .collect()
}

/// Values by name, reduced to what is compared.
fn group(answer: &Answer) -> BTreeMap<&str, Vec<String>> {
    let mut groups: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, value) in &answer.headers {
        let values = groups.entry(name).or_default();
        let rule = VOLATILE_HEADERS.iter().find(|header| header.name == name);
        match rule.map(|header| header.rule) {
            Some(Rule::Presence) => {}
            Some(Rule::Cookies) => values.push(cookie_shape(value)),
            None => values.push(value.clone()),
        }
    }
    groups
}

/// Name and attributes of a cookie.
fn cookie_shape(value: &str) -> String {
    let mut parts = value.split(';').map(str::trim);
    let name = parts.next().and_then(|pair| pair.split('=').next()).unwrap_or_default();
    let attributes: BTreeSet<String> = parts
        .map(|attribute| {
            let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let key = key.to_ascii_lowercase();
            if matches!(&*key, "expires" | "max-age") { key } else { format!("{key}={value}") }
        })
        .collect();
    let attributes: Vec<String> = attributes.into_iter().collect();
    format!("{name}; {}", attributes.join("; "))
}

fn show(values: Option<&Vec<String>>) -> String {
    match values {
        None => "none".to_owned(),
        Some(values) if values.is_empty() => "some value".to_owned(),
        Some(values) => values.iter().map(|value| quote(value)).collect::<Vec<_>>().join(", "),
    }
}
