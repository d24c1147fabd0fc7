//! Sizes and shares as people write them.

use std::{fmt, str::FromStr};

use crate::format::bytes;

/// Bytes, or a share of something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// Bytes.
    Bytes(u64),
    /// A share, in percent.
    Percent(f64),
}

/// A text is no amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {wanted}; write {example}")]
pub struct AmountError {
    text: String,
    wanted: &'static str,
    example: &'static str,
}

/// Bytes: `20971520`, `20MB` (decimal, as all sizes in reports), `20MiB` (binary).
pub fn parse_size(text: &str) -> Result<u64, AmountError> {
    let wrong = || AmountError {
        text: text.to_owned(),
        wanted: "size",
        example: "500kB, 20MB, 1.5GB or 20MiB",
    };
    let trimmed = text.trim();
    let digits = trimmed
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(wrong()),
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor).ok_or_else(wrong);
    }
    let value: f64 = number.parse().map_err(|_error| wrong())?;
    #[expect(clippy::cast_precision_loss, reason = "a size with a decimal point is not exact")]
    let value = value * factor as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be within"
    )]
    let size = value.round() as u64;
    if value.is_finite() && (0.0..1e18).contains(&value) { Ok(size) } else { Err(wrong()) }
}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let Some(number) = text.trim().strip_suffix('%') else {
            return parse_size(text)
                .map(Self::Bytes)
                .map_err(|error| AmountError { example: "20MB or 5%", ..error });
        };
        let wrong = AmountError { text: text.to_owned(), wanted: "share", example: "5%" };
        let percent: f64 = number.trim().parse().map_err(|_error| wrong.clone())?;
        if percent.is_finite() && percent >= 0.0 { Ok(Self::Percent(percent)) } else { Err(wrong) }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(count) => f.write_str(&bytes(*count)),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_write_them() {
        for (text, expected) in [
            ("0", 0),
            ("20MB", 20_000_000),
            ("1.5 GB", 1_500_000_000),
            ("20 MiB", 20 << 20),
            ("7k", 7000),
        ] {
            assert_eq!(parse_size(text), Ok(expected), "{text}");
        }
        for text in ["", "MB", "-1", "1TB", "1e30GB", "nan"] {
            let error = parse_size(text).expect_err(text).to_string();
            assert!(error.contains("is no size; write 500kB"), "{error}");
        }
        assert_eq!("5%".parse(), Ok(Amount::Percent(5.0)));
        assert_eq!("5MB".parse(), Ok(Amount::Bytes(5_000_000)));
        assert!("x%".parse::<Amount>().is_err() && "-1%".parse::<Amount>().is_err());
    }
}
