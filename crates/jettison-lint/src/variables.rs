//! Variables that an instruction uses without their being set.

use std::ops::Range;

use jettison_dockerfile::{Arguments, Keyword, Lexer, Word};

use crate::subject::{Item, Subject};

/// Variables that every build has once they are declared, or that the builder sets itself.
const PREDEFINED: &[&str] = &[
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "FTP_PROXY",
    "ftp_proxy",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
    "BUILDKIT_SBOM_SCAN_CONTEXT",
    "BUILDKIT_SBOM_SCAN_STAGE",
];

/// Name, place and a similar known name of each unset variable in `item`.
pub(crate) fn undefined(
    subject: &Subject<'_>,
    item: &Item<'_>,
) -> Vec<(String, Range<usize>, Option<String>)> {
    if item.is_deferred || item.stage.is_none() || item.instruction.keyword == Keyword::From {
        return Vec::new();
    }
    let scope = subject.scope(item.position);
    let mut found = Vec::new();
    let flags = item
        .instruction
        .flags
        .iter()
        .filter(|_| matches!(item.instruction.keyword, Keyword::Copy | Keyword::Add));
    let flags = flags.map(|flag| (flag.text.as_str(), &flag.span));
    let words = expanded_words(item).into_iter().map(|word| (word.text.as_str(), &word.span));
    for (text, span) in words.chain(flags) {
        let lexer = Lexer::new(subject.file.escape);
        // A declared variable counts as set, so that `${a:+b}` looks at both of its sides.
        let value = |name: &str| scope.declares(name).then(|| "x".to_owned());
        let Ok(expanded) = lexer.expand(text, &value) else { continue };
        for name in expanded.unmatched {
            // BuildKit's check does not look at EXPOSE: there, a default is good enough.
            let is_settled = item.instruction.keyword == Keyword::Expose
                && [":-", "-"].iter().any(|sign| text.contains(&format!("${{{name}{sign}")));
            if name == "PATH" || PREDEFINED.contains(&name.as_str()) || is_settled {
                continue;
            }
            let similar = similar_name(&name, &scope.names());
            found.push((name, span.clone(), similar));
        }
    }
    found
}

/// The words of an instruction in which the builder itself expands variables.
fn expanded_words<'a>(item: &Item<'a>) -> Vec<&'a Word> {
    let instruction = item.instruction;
    match &instruction.arguments {
        Arguments::Pairs(pairs) => {
            pairs.iter().flat_map(|pair| std::iter::once(&pair.key).chain(&pair.value)).collect()
        }
        Arguments::Words(words) => words.iter().collect(),
        Arguments::Single(word) if instruction.keyword != Keyword::Maintainer => vec![word],
        Arguments::Transfer(transfer) => transfer.paths().chain(&transfer.destination).collect(),
        _ => Vec::new(),
    }
}

/// A known name that differs in case or in up to two letters.
fn similar_name(name: &str, known: &std::collections::BTreeSet<&str>) -> Option<String> {
    known
        .iter()
        .filter(|other| other.len().abs_diff(name.len()) <= 2 && other.len() > 3)
        .map(|other| (differences(name, other), other))
        .filter(|(count, _)| *count <= 2)
        .min()
        .map(|(_, other)| (*other).to_owned())
}

/// Letters that differ, a pair of exchanged neighbours counting twice at most.
pub(crate) fn differences(left: &str, right: &str) -> usize {
    let (a, b) = (left.to_ascii_lowercase(), right.to_ascii_lowercase());
    let common = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (&a.as_bytes()[common..], &b.as_bytes()[common..]);
    let tail = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(x, y)| x == y).count();
    (rest_a.len() - tail).max(rest_b.len() - tail)
}
