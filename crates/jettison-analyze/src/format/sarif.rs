//! SARIF 2.1.0 (OASIS, 2020): secrets, risks, waste and broken bounds as results of one run.

use serde_json::{Value, json};

use super::{advice_text, places, units::bytes};
use crate::{
    analysis::{Advice, Analysis, BudgetLine, Place, RiskFinding, SecretFinding},
    language::{Language, Level},
    pages,
    risks::risk_check,
    secrets::secret_rule,
};

pub(super) fn sarif(analysis: &Analysis, language: Language) -> String {
    let mut results: Vec<Value> = Vec::new();
    let broken = analysis.budget.iter().filter(|line| line.is_broken);
    results.extend(broken.map(|line| of_bound(analysis, line)));
    results.extend(analysis.secrets.iter().map(|secret| of_secret(analysis, secret, language)));
    results.extend(analysis.risks.iter().map(|risk| of_risk(analysis, risk, language)));
    results.extend(analysis.advice.iter().map(|advice| of_advice(analysis, advice, language)));
    let mut ids: Vec<&str> =
        results.iter().filter_map(|result| result["ruleId"].as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let rules: Vec<Value> = ids.iter().map(|id| descriptor(id, language)).collect();
    let run = json!({
        "tool": { "driver": {
            "name": "jettison",
            "version": env!("CARGO_PKG_VERSION"),
            "rules": rules,
        }},
        "columnKind": "unicodeCodePoints",
        "results": results,
    });
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    });
    let mut text = serde_json::to_string_pretty(&document).expect("a JSON value can be written");
    text.push('\n');
    text
}

fn descriptor(id: &str, language: Language) -> Value {
    let title = pages::title(id, language).unwrap_or(id);
    let help = pages::page(id, language).unwrap_or_else(|| title.to_owned());
    // GitHub's code scanning asks for one. The first paragraph of a page, after its title, says why.
    let why = help.split("\n\n").nth(1).unwrap_or(title);
    json!({
        "id": id,
        "shortDescription": { "text": title },
        "fullDescription": { "text": why },
        "help": { "text": help, "markdown": help },
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::High => "error",
        Level::Medium => "warning",
        Level::Low | Level::Info => "note",
    }
}

/// A result: in the Dockerfile when its line is known, else in the image as a whole.
fn result(analysis: &Analysis, found: &Found<'_>) -> Value {
    let image = &analysis.image;
    let physical = match found.place {
        Some(place) => json!({
            "artifactLocation": { "uri": uri(&place.file) },
            "region": {
                "startLine": place.line,
                "startColumn": place.column,
                "endLine": place.end_line,
                "endColumn": place.end_column,
            },
        }),
        // Viewers want a file: the path within the image is the nearest to it.
        None => {
            json!({ "artifactLocation": { "uri": uri(found.path.trim_start_matches('/')) }, "region": { "startLine": found.line.max(1) } })
        }
    };
    json!({
        "ruleId": found.rule,
        "level": level(found.level),
        "message": { "text": found.message },
        "locations": [{
            "physicalLocation": physical,
            "logicalLocations": [{ "fullyQualifiedName": format!("{}{}", image.image_id, found.path), "kind": "resource" }],
        }],
        "partialFingerprints": { "jettison/v1": fingerprint(&[&found.rule, found.path, found.key]) },
    })
}

struct Found<'a> {
    rule: String,
    level: Level,
    message: String,
    place: Option<&'a Place>,
    path: &'a str,
    line: u32,
    /// What stays the same when the image is built again.
    key: &'a str,
}

/// A broken bound stands where it was set, if that is a line of a file.
fn of_bound(analysis: &Analysis, line: &BudgetLine) -> Value {
    let BudgetLine { name, limit, actual, origin, .. } = line;
    let set = origin.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
    let place = set.map(|(file, line)| Place {
        file: file.to_owned(),
        line,
        column: 1,
        end_line: line,
        end_column: 1,
    });
    let found = Found {
        rule: format!("JB-{name}"),
        level: Level::High,
        message: format!("{name}: {actual} > {limit} ({origin})"),
        place: place.as_ref(),
        path: "/",
        line: 0,
        key: "",
    };
    result(analysis, &found)
}

fn of_secret(analysis: &Analysis, secret: &SecretFinding, language: Language) -> Value {
    let title = secret_rule(&secret.rule)
        .map_or(secret.rule.as_str(), |rule| rule.title.in_language(language));
    let first = &secret.places[0];
    let places: Vec<String> =
        secret.places.iter().map(|place| places::secret(place, language)).collect();
    let (path, line) = match first {
        crate::analysis::SecretPlace::File { path, line, .. } => (path.as_str(), *line),
        _ => ("/", 0),
    };
    let found = Found {
        rule: format!("JS-{}", secret.rule),
        level: secret.level,
        message: format!("{title} {}: {}", secret.masked, places.join("; ")),
        place: places::secret_line(analysis, first),
        path,
        line,
        key: &places[0],
    };
    result(analysis, &found)
}

fn of_risk(analysis: &Analysis, risk: &RiskFinding, language: Language) -> Value {
    let title =
        risk_check(&risk.id).map_or(risk.id.as_str(), |check| check.title.in_language(language));
    let subjects = risk.subjects.join("; ");
    let first = risk.subjects.first().map_or("/", String::as_str);
    let found = Found {
        rule: risk.id.clone(),
        level: risk.level,
        message: format!("{title}: {subjects}"),
        place: risk.place.as_ref(),
        path: if first.starts_with('/') { first } else { "/" },
        line: 0,
        key: "",
    };
    result(analysis, &found)
}

fn of_advice(analysis: &Analysis, advice: &Advice, language: Language) -> Value {
    let cause = advice.cause.title().in_language(language);
    let code = if advice.code.is_empty() {
        String::new()
    } else {
        format!("\n\n{}", advice.code.join("\n"))
    };
    let found = Found {
        rule: format!("JW-{}", advice.cause.id()),
        level: Level::Low,
        message: format!(
            "{} {cause}: {}{code}",
            bytes(advice.bytes),
            advice_text::sentence(advice, language)
        ),
        place: advice.place.as_ref(),
        path: "/",
        line: 0,
        key: &advice.subject,
    };
    result(analysis, &found)
}

/// 64-bit FNV-1a over the parts.
fn fingerprint(parts: &[&str]) -> String {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// `path` as a relative reference (RFC 3986); never empty.
fn uri(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let escape = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    path.bytes().map(escape).collect()
}
