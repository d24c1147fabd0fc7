//! Durations as Compose writes them: `1m30s`, `500ms`.

use std::time::Duration;

/// Units, the longer ones of the same beginning first.
const UNITS: [(&str, f64); 6] =
    [("us", 1e-6), ("ms", 1e-3), ("ns", 1e-9), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];

/// Reads a duration; `None` when it is none.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let mut total = 0.0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let number: f64 = rest[..digits].parse().ok()?;
        let tail = &rest[digits..];
        let (unit, size) = UNITS.iter().find(|(unit, _)| tail.starts_with(unit))?;
        total += number * size;
        rest = &tail[unit.len()..];
    }
    Duration::try_from_secs_f64(total).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, expected) in [
            ("30s", Some(Duration::from_secs(30))),
            ("1m30s", Some(Duration::from_secs(90))),
            ("1h", Some(Duration::from_hours(1))),
            ("500ms", Some(Duration::from_millis(500))),
            ("1.5s", Some(Duration::from_millis(1500))),
            ("0s", Some(Duration::ZERO)),
            ("", None),
            ("30", None),
            ("s", None),
            ("-1s", None),
            ("1e999h", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
