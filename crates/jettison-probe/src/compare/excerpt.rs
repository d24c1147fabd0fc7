//! A few readable characters out of a payload.

use crate::payload::Payload;

/// Characters shown around a difference: one line of a terminal holds two of them.
const EXCERPT_CHARS: usize = 60;

/// Bytes shown before the difference.
const LEAD_BYTES: usize = 16;

/// The text at `at`, quoted, with control characters escaped; its size where it is not text.
pub(super) fn excerpt(payload: &Payload, at: usize) -> String {
    let sample = &payload.sample.0;
    if payload.bytes == 0 {
        return "nothing".to_owned();
    }
    let start = at.saturating_sub(LEAD_BYTES);
    if at >= sample.len() || is_binary(sample) {
        return format!("{} bytes, sha256 {}", payload.bytes, &payload.sha256[..12]);
    }
    let window = &sample[start..sample.len().min(start + EXCERPT_CHARS * 4)];
    let text = String::from_utf8_lossy(window);
    // A window may begin or end within a character.
    let text = text.trim_matches(char::REPLACEMENT_CHARACTER);
    let shown: String = text.chars().take(EXCERPT_CHARS).collect();
    let is_cut = shown.len() < text.len() || start + window.len() < sample.len();
    let lead = if start > 0 { "..." } else { "" };
    let trail = if is_cut { "..." } else { "" };
    format!("{lead}{shown:?}{trail}")
}

/// One value of a header or the like, quoted and cut.
pub(super) fn quote(value: &str) -> String {
    let shown: String = value.chars().take(EXCERPT_CHARS).collect();
    let trail = if shown.len() < value.len() { "..." } else { "" };
    format!("{shown:?}{trail}")
}

fn is_binary(sample: &[u8]) -> bool {
    let control =
        |byte: &&u8| byte.is_ascii_control() && !matches!(byte, b'\n' | b'\r' | b'\t' | 0x1b);
    sample.iter().take(512).filter(control).count() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_short_and_readable() {
        let table: &[(&[u8], usize, &str)] = &[
            (b"", 0, "nothing"),
            (b"plain", 0, "\"plain\""),
            (b"line\nnext\x1b[0m", 0, r#""line\nnext\u{1b}[0m""#),
            (b"\x00\x01", 0, "2 bytes, sha256 b413f47d13ee"),
            (b"0123456789012345678901234567890123456789", 30, "...\"45678901234567890123456789\""),
        ];
        for (bytes, at, expected) in table {
            assert_eq!(excerpt(&Payload::of(bytes, 1000), *at), *expected);
        }
        let long = "\u{fc}".repeat(500);
        let shown = excerpt(&Payload::of(long.as_bytes(), 1000), 301);
        assert!(shown.starts_with("...\"\u{fc}") && shown.ends_with("\u{fc}\"..."), "{shown}");
        assert!(shown.chars().count() < 80, "{shown}");
        assert!(quote(&long).len() < 200);
    }
}
