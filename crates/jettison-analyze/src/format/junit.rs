//! JUnit XML: one test for each bound, each kind of secret that was found and each check.

use std::fmt::Write as _;

use super::{places, words::Word};
use crate::{
    analysis::Analysis,
    language::{Language, Level},
    risks::CHECKS,
    secrets::secret_rule,
};

/// A test that failed says why.
struct Case {
    suite: &'static str,
    name: String,
    failure: Option<(String, String)>,
}

pub(super) fn junit(analysis: &Analysis, language: Language) -> String {
    let mut cases = budget(analysis);
    cases.extend(secrets(analysis, language));
    cases.extend(risks(analysis, language));
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let failures = |cases: &[&Case]| cases.iter().filter(|case| case.failure.is_some()).count();
    let all: Vec<&Case> = cases.iter().collect();
    writeln!(
        text,
        "<testsuites name=\"jettison\" tests=\"{}\" failures=\"{}\">",
        all.len(),
        failures(&all)
    )
    .expect("writing to a string succeeds");
    for suite in ["budget", "secrets", "risks"] {
        let own: Vec<&Case> = cases.iter().filter(|case| case.suite == suite).collect();
        if own.is_empty() {
            continue;
        }
        writeln!(
            text,
            "  <testsuite name=\"{suite}\" tests=\"{}\" failures=\"{}\" errors=\"0\">",
            own.len(),
            failures(&own)
        )
        .expect("writing to a string succeeds");
        for case in own {
            write_case(&mut text, case, &analysis.image.name);
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn write_case(text: &mut String, case: &Case, image: &str) {
    let (name, image) = (escaped(&case.name), escaped(image));
    match &case.failure {
        None => writeln!(text, "    <testcase name=\"{name}\" classname=\"{image}\"/>"),
        Some((kind, message)) => writeln!(
            text,
            "    <testcase name=\"{name}\" classname=\"{image}\">\n      <failure type=\"{}\" message=\"{message}\">{message}</failure>\n    </testcase>",
            escaped(kind),
            message = escaped(message)
        ),
    }
    .expect("writing to a string succeeds");
}

fn budget(analysis: &Analysis) -> Vec<Case> {
    let case = |line: &crate::analysis::BudgetLine| Case {
        suite: "budget",
        name: line.name.clone(),
        failure: line.is_broken.then(|| {
            (
                "budget".to_owned(),
                format!("{}: {} > {} ({})", line.name, line.actual, line.limit, line.origin),
            )
        }),
    };
    analysis.budget.iter().map(case).collect()
}

fn secrets(analysis: &Analysis, language: Language) -> Vec<Case> {
    if analysis.secrets.is_empty() {
        return vec![Case {
            suite: "secrets",
            name: Word::NoSecrets.say(language).to_owned(),
            failure: None,
        }];
    }
    let case = |secret: &crate::analysis::SecretFinding| {
        let title = secret_rule(&secret.rule)
            .map_or(secret.rule.as_str(), |rule| rule.title.in_language(language));
        let places: Vec<String> =
            secret.places.iter().map(|place| places::secret(place, language)).collect();
        let message = format!("{title} {}: {}", secret.masked, places.join("; "));
        Case {
            suite: "secrets",
            name: format!("{} {}", secret.rule, places[0]),
            failure: Some((secret.level.name().to_owned(), message)),
        }
    };
    analysis.secrets.iter().map(case).collect()
}

/// Every check is a test; those that only inform do not fail.
fn risks(analysis: &Analysis, language: Language) -> Vec<Case> {
    let case = |check: &&crate::risks::RiskCheck| {
        let found =
            analysis.risks.iter().find(|risk| risk.id == check.id && risk.level > Level::Info);
        let failure = found.map(|risk| {
            let message =
                format!("{}: {}", check.title.in_language(language), risk.subjects.join("; "));
            (risk.level.name().to_owned(), message)
        });
        Case { suite: "risks", name: check.id.to_owned(), failure }
    };
    CHECKS.iter().map(case).collect()
}

/// `text` for attributes and content. Characters that XML 1.0 cannot hold become U+FFFD.
fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\'' => result.push_str("&apos;"),
            '\t' | '\n' | '\r' => result.push(' '),
            control if control < ' ' || matches!(control, '\u{fffe}' | '\u{ffff}') => {
                result.push('\u{fffd}');
            }
            other => result.push(other),
        }
    }
    result
}
