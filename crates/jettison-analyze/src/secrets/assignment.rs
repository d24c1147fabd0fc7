//! `name = value` where the name says that the value is secret: in files that configure something, and in variables.

use super::{
    plausible::{is_key, is_password, is_placeholder},
    rule::{Found, Place},
};

/// The value behind the name that ends at the anchor's end, and where it begins.
fn value<'a>(place: &Place<'a>) -> Option<(usize, &'a [u8])> {
    if is_commented(place.line_before()) {
        return None;
    }
    let line = place.rest_of_line();
    // The name may go on: `password_hash`, `tokenTimeout` are about something else, `PASSWORD_PROD` is not.
    let tail = line.iter().position(|&byte| {
        !(byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' || byte == b'.')
    });
    let tail = tail.unwrap_or(line.len());
    let name = std::str::from_utf8(&line[..tail]).ok()?.to_ascii_lowercase();
    if tail > 24 || names_something_else(&name) {
        return None;
    }
    let mut at = tail;
    let skip = |at: &mut usize, set: &[u8]| {
        while line.get(*at).is_some_and(|byte| set.contains(byte)) {
            *at += 1;
        }
    };
    skip(&mut at, b"\"' \t]");
    let separator = &line[at..];
    at += if separator.starts_with(b"=>") || separator.starts_with(b":=") {
        2
    } else if separator.starts_with(b"==") || separator.starts_with(b"::") {
        return None;
    } else if separator.starts_with(b"=")
        || separator.starts_with(b":")
        || separator.starts_with(b",")
        || separator.starts_with(b">")
    {
        1
    } else {
        return None;
    };
    let is_element = separator.starts_with(b">");
    // In `define('DB_PASSWORD', 'x')` the comma separates; elsewhere it ends a value.
    if separator.starts_with(b",")
        && memchr::memmem::find(place.line_before(), b"define(").is_none()
    {
        return None;
    }
    skip(&mut at, b" \t");
    let quote = line.get(at).copied().filter(|byte| b"\"'`".contains(byte));
    at += usize::from(quote.is_some());
    let rest = &line[at..];
    let len = match quote {
        Some(quote) => memchr::memchr(quote, rest)?,
        None if is_element => memchr::memchr(b'<', rest)?,
        None => rest.iter().position(|byte| b" \t,;\"'})&|".contains(byte)).unwrap_or(rest.len()),
    };
    Some((place.at.end + at, &rest[..len]))
}

/// Whether the line is a comment up to here.
fn is_commented(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    [&b"#"[..], b";", b"//", b"*", b"--", b"<!--", b"!", b"rem "]
        .iter()
        .any(|mark| line.starts_with(mark))
}

/// Beginnings of what may follow a word for a secret and makes the name one of something else.
const OTHER_THINGS: &[&str] = &[
    "file",
    "path",
    "dir",
    "url",
    "uri",
    "name",
    "hash",
    "salt",
    "length",
    "len",
    "min",
    "max",
    "policy",
    "timeout",
    "expir",
    "ttl",
    "type",
    "field",
    "label",
    "prompt",
    "hint",
    "reset",
    "change",
    "encod",
    "crypt",
    "algor",
    "cost",
    "rounds",
    "endpoint",
    "header",
    "issuer",
    "size",
    "count",
    "limit",
    "regex",
    "pattern",
    "valid",
    "auth",
    "required",
    "strength",
    "version",
    "ref",
    "id",
    "manager",
    "store",
    "provider",
    "command",
    "cmd",
    "env",
    "class",
    "digest",
    "sign",
    "verif",
    "s.",
    "less",
    "ize",
    "iz",
    "er",
    "param",
    "attribute",
    "icon",
    "title",
    "text",
    "placeholder",
    "input",
    "scope",
    "arn",
    "lifetime",
    "duration",
    "interval",
    "enabled",
    "renew",
    "rotat",
    "format",
    "style",
    "color",
    "list",
    "s_file",
    "_ok",
];

/// Whether what follows the word makes the name one of something else: a place, a policy, a length.
pub(super) fn names_something_else(tail: &str) -> bool {
    let tail = tail.trim_start_matches(['_', '-', '.']);
    let parts = tail.match_indices('_').map(|(at, _)| &tail[at + 1..]);
    std::iter::once(tail)
        .chain(parts)
        .any(|part| OTHER_THINGS.iter().any(|word| part.starts_with(word)))
}

/// `password`, `passwd`, `passphrase`: any value that is no example.
pub(super) fn password(place: &Place<'_>) -> Option<Found> {
    // sudoers(5): a tag, and the commands it is for.
    if place.before().ends_with(b"NOP") {
        return None;
    }
    let (start, value) = value(place)?;
    let is_sound =
        is_password(value) && !is_code(value) && !looks_like_words(value) && !is_version(value);
    is_sound.then(|| Found::private(start..start + value.len()))
}

/// `secret`, `token`, `api_key`: values that a machine made.
pub(super) fn key(place: &Place<'_>) -> Option<Found> {
    let (start, value) = value(place)?;
    let is_sound =
        is_key(value) && !is_code(value) && !is_placeholder(value) && !is_reference(value);
    is_sound.then(|| Found::private(start..start + value.len()))
}

/// Whether the value is an expression of some language.
fn is_code(value: &[u8]) -> bool {
    let has = |mark: &[u8]| memchr::memmem::find(value, mark).is_some();
    has(b"(")
        || has(b"[")
        || has(b"=>")
        || has(b"::")
        || has(b"->")
        || has(b"://")
        || value.starts_with(b"this.")
        || value.starts_with(b"self.")
}

/// Versions, as of packages with `password` in their names: `0.4.0`, `^1.2`.
fn is_version(value: &[u8]) -> bool {
    let number = value.trim_ascii_start();
    let number = match number {
        [b'^' | b'~' | b'v', rest @ ..] => rest,
        number => number,
    };
    memchr::memchr(b'.', number).is_some()
        && number.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

/// Whether a word of a language rather than a password: `string`, `process.env.X`, `req.body.password`.
fn looks_like_words(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_member = memchr::memchr(b'.', value).is_some()
        && value.iter().all(|byte| byte.is_ascii_alphabetic() || b"._".contains(byte));
    is_member
        || memchr::memmem::find(&lower, b"password").is_some()
        || memchr::memmem::find(&lower, b"passwd").is_some()
}

/// Names of images and digests, which are long and mixed as well.
fn is_reference(value: &[u8]) -> bool {
    value.starts_with(b"sha256:")
        || value.starts_with(b"sha512-")
        || value.starts_with(b"arn:")
        || value.starts_with(b"urn:")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::rule::Range2;

    fn found<'a>(
        text: &'a str,
        anchor: &str,
        find: fn(&Place<'_>) -> Option<Found>,
    ) -> Option<&'a str> {
        let start = text.find(anchor).expect("the anchor is there");
        let at = Range2 { start, end: start + anchor.len() };
        let place = Place { bytes: text.as_bytes(), at };
        find(&place).map(|found| &text[found.range])
    }

    #[test]
    fn passwords_in_every_notation() {
        for (text, expected) in [
            ("DB_PASSWORD=hunter2", "hunter2"),
            ("export PASSWORD_PROD='s3cr3t!x'", "s3cr3t!x"),
            ("  \"password\": \"p@ss w\"", ""),
            ("spring.datasource.password = tiger77\nx", "tiger77"),
            ("<password>tiger77</password>", "tiger77"),
            ("define('DB_PASSWORD', 'tiger77');", "tiger77"),
            ("password: \"{{ vault }}\"", ""),
            ("# password=old", ""),
            ("joe ALL=(ALL) NOPASSWD: ALL", ""),
            ("password_file=/run/secrets/x", ""),
            ("const password = req.body.password", ""),
            ("PASSWORD=", ""),
            ("\"acme/common-passwords\": \"0.4.0\",", ""),
            ("\"password-generator\": \"^2.3.2\"", ""),
        ] {
            let anchors = ["ASSWORD", "assword", "ASSWD"];
            let anchor = anchors.into_iter().find(|anchor| text.contains(anchor)).expect("one");
            assert_eq!(found(text, anchor, password).unwrap_or_default(), expected, "{text}");
        }
    }

    #[test]
    fn keys_have_to_look_like_keys() {
        assert_eq!(
            found("API_KEY=kX82mLqP0zRt55YwVb1N", "API_KEY", key),
            Some("kX82mLqP0zRt55YwVb1N")
        );
        assert_eq!(found("api_key: your-api-key-goes-here-1234", "api_key", key), None);
        assert_eq!(found("API_KEY=short1", "API_KEY", key), None);
    }
}
