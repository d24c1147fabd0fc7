//! Forms of label values.

use crate::settings::LabelKind;

/// Whether `value` has the form that `kind` asks for.
pub(crate) fn fits(kind: LabelKind, value: &str) -> bool {
    match kind {
        LabelKind::Text => !value.is_empty(),
        LabelKind::Url => is_url(value),
        LabelKind::Semver => is_semver(value),
        LabelKind::Rfc3339 => is_rfc3339(value),
        LabelKind::Spdx => is_spdx(value),
        LabelKind::GitHash => {
            matches!(value.len(), 7 | 40) && value.bytes().all(|byte| byte.is_ascii_hexdigit())
        }
        LabelKind::Email => value.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !host.starts_with('.') && !value.contains(' ')
        }),
    }
}

fn is_url(value: &str) -> bool {
    value.split_once("://").is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && !rest.is_empty()
            && !value.contains(char::is_whitespace)
    })
}

/// Semantic Versioning 2.0.0, section 2, 9 and 10.
fn is_semver(value: &str) -> bool {
    let core = value.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    let is_number = |part: &&str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (*part == "0" || !part.starts_with('0'))
    };
    let rest = &value[core.len()..];
    let is_rest_good = rest.is_empty()
        || rest[1..].split(['.', '+']).all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
    parts.len() == 3 && parts.iter().all(is_number) && is_rest_good
}

/// RFC 3339, section 5.6: `2026-01-31T12:00:00Z`, with a fraction or an offset.
fn is_rfc3339(value: &str) -> bool {
    let bytes = value.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let head = digits(0..4)
        && digits(5..7)
        && digits(8..10)
        && digits(11..13)
        && digits(14..16)
        && digits(17..19)
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && matches!(bytes[10], b'T' | b't' | b' ')
        && bytes[13] == b':'
        && bytes[16] == b':';
    if !head {
        return false;
    }
    let rest = &value[19..];
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    matches!(rest, "Z" | "z")
        || rest
            .strip_prefix(['+', '-'])
            .is_some_and(|offset| offset.len() == 5 && offset.as_bytes()[2] == b':')
}

/// An SPDX expression by its form: identifiers, AND, OR, WITH, parentheses.
fn is_spdx(value: &str) -> bool {
    let text = value.replace(['(', ')'], " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_word = |word: &&str| {
        word.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'+' | b':'))
    };
    let is_alternating = words
        .iter()
        .enumerate()
        .all(|(index, word)| matches!(*word, "AND" | "OR" | "WITH") == (index % 2 == 1));
    words.len() % 2 == 1 && words.iter().all(is_word) && is_alternating
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let cases = [
            (LabelKind::Semver, "1.2.3-rc.1+b", true),
            (LabelKind::Semver, "1.2", false),
            (LabelKind::Semver, "01.2.3", false),
            (LabelKind::Rfc3339, "2026-01-31T12:00:00Z", true),
            (LabelKind::Rfc3339, "2026-01-31T12:00:00.5+02:00", true),
            (LabelKind::Rfc3339, "2026-01-31", false),
            (LabelKind::GitHash, "0123abc", true),
            (LabelKind::GitHash, "0123abcd", false),
            (LabelKind::Url, "https://example.com", true),
            (LabelKind::Url, "example.com", false),
            (LabelKind::Email, "a@b.example", true),
            (LabelKind::Email, "a@b", false),
            (LabelKind::Spdx, "Apache-2.0 OR (MIT AND BSD-3-Clause)", true),
            (LabelKind::Spdx, "Apache 2.0", false),
            (LabelKind::Text, "", false),
        ];
        for (kind, value, expected) in cases {
            assert_eq!(fits(kind, value), expected, "{kind:?} {value}");
        }
    }
}
