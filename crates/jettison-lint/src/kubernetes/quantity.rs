//! Kubernetes' quantities and the JVM's sizes, in bytes.

/// Bytes of a memory quantity such as `1Gi`, `500M`, `1.5Gi`, `1e9`.
pub(super) fn memory(text: &str) -> Option<u64> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor: f64 = match unit {
        "" => 1.0,
        "m" => 0.001,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        _ => return text.parse().ok().and_then(whole),
    };
    whole(number.parse::<f64>().ok()? * factor)
}

/// Bytes of a JVM's size such as `512m` or `2G`.
pub(super) fn java(text: &str) -> Option<u64> {
    let (number, shift) = match text.as_bytes().last()? {
        b'k' | b'K' => (&text[..text.len() - 1], 10),
        b'm' | b'M' => (&text[..text.len() - 1], 20),
        b'g' | b'G' => (&text[..text.len() - 1], 30),
        b't' | b'T' => (&text[..text.len() - 1], 40),
        _ => (text, 0),
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is within the bounds that are checked"
)]
fn whole(value: f64) -> Option<u64> {
    (0.0..1e18).contains(&value).then_some(value as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read() {
        let cases = [
            ("1Gi", Some(1 << 30)),
            ("1.5Gi", Some(3 << 29)),
            ("512M", Some(512_000_000)),
            ("1e3", Some(1000)),
            ("100", Some(100)),
            ("1Xi", None),
            ("-1Gi", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(memory(text), expected, "{text}");
        }
        assert_eq!(java("512m"), Some(512 << 20));
        assert_eq!(java("2G"), Some(2 << 30));
        assert_eq!(java("=1g"), None);
    }
}
