//! Databases of stanzas: blocks of `Key: value` lines with blank lines between (dpkg(1) status, apk's installed file).

use std::ops::Range;

/// Where each stanza of a database lies, the blank line behind it not included.
pub(crate) fn split(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        if line.trim_ascii().is_empty() {
            if at > start {
                found.push(start..at);
            }
            start = at + line.len();
        }
        at += line.len();
    }
    if at > start {
        found.push(start..at);
    }
    found
}

/// The value of a line that starts with `key`, which includes the colon.
pub(crate) fn field(stanza: &[u8], key: &str) -> Option<String> {
    let mut lines = stanza.split(|&byte| byte == b'\n');
    let value = lines.find_map(|line| line.strip_prefix(key.as_bytes()))?;
    Some(String::from_utf8_lossy(value).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stanzas_lie_between_blank_lines() {
        let text = b"\nPackage: a\nVersion: 1\n\n\nPackage: b\nDescription: x\n more: y";
        let stanzas: Vec<&[u8]> = split(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(
            stanzas,
            [&b"Package: a\nVersion: 1\n"[..], b"Package: b\nDescription: x\n more: y"]
        );
        assert_eq!(field(stanzas[0], "Version:").as_deref(), Some("1"));
        assert_eq!(field(stanzas[1], "Version:"), None);
        assert!(split(b"\n\n").is_empty() && split(b"").is_empty());
    }
}
