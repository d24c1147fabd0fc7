//! Sizes as people write them: `10GB`, `512MiB`.

use std::str::FromStr;

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteSize(pub(crate) u64);

/// Names and sizes of units: decimal ones as disks are sold, binary ones as memory is.
const UNITS: [(&str, u64); 10] = [
    ("", 1),
    ("b", 1),
    ("k", 1000),
    ("m", 1_000_000),
    ("g", 1_000_000_000),
    ("t", 1_000_000_000_000),
    ("ki", 1 << 10),
    ("mi", 1 << 20),
    ("gi", 1 << 30),
    ("ti", 1 << 40),
];

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is no size; write it as 10GB, 512MiB or a number of bytes");
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let unit = unit.trim().to_ascii_lowercase();
        let unit = if unit.len() > 1 { unit.strip_suffix('b').unwrap_or(&unit) } else { &unit };
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        if let Ok(whole) = number.parse::<u64>() {
            return whole.checked_mul(*size).map(Self).ok_or_else(wrong);
        }
        let number: f64 = number.parse().map_err(|_error| wrong())?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "the digits have no sign, and the cast saturates"
        )]
        Ok(Self((number * *size as f64) as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("123", Some(123)),
            ("10GB", Some(10_000_000_000)),
            ("10g", Some(10_000_000_000)),
            ("512MiB", Some(512 << 20)),
            ("1.5 GiB", Some(3 << 29)),
            ("7b", Some(7)),
            ("", None),
            ("GB", None),
            ("-1", None),
            ("1.2.3", None),
            ("10 parsecs", None),
            ("99999999999999999999", Some(u64::MAX)),
        ] {
            assert_eq!(text.parse::<ByteSize>().ok().map(|size| size.0), bytes, "{text}");
        }
    }
}
