//! Which of two versions is the higher one.
//!
//! Debian's rule (Debian Policy Manual, section 5.6.12): epoch, then parts that are no digits and
//! numbers in turn; a tilde sorts before everything, letters before other characters. It orders the
//! versions of the other managers too, as far as a report needs it.

use std::cmp::Ordering;

/// Compares two versions.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    let (left_epoch, left) = split_epoch(left);
    let (right_epoch, right) = split_epoch(right);
    compare_numbers(left_epoch, right_epoch)
        .then_with(|| compare_parts(left.as_bytes(), right.as_bytes()))
}

fn split_epoch(version: &str) -> (&str, &str) {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match version.split_once(':') {
        Some((epoch, rest)) if is_number(epoch) => (epoch, rest),
        _ => ("", version),
    }
}

fn compare_parts(mut left: &[u8], mut right: &[u8]) -> Ordering {
    while !left.is_empty() || !right.is_empty() {
        let words = (take(&mut left, false), take(&mut right, false));
        let numbers = (take(&mut left, true), take(&mut right, true));
        let order = compare_words(words.0, words.1);
        let order = order.then_with(|| compare_digits(numbers.0, numbers.1));
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// Takes bytes from the front as long as they are digits, or as long as they are none.
fn take<'a>(text: &mut &'a [u8], digits: bool) -> &'a [u8] {
    let end = text.iter().position(|byte| byte.is_ascii_digit() != digits).unwrap_or(text.len());
    let (taken, rest) = text.split_at(end);
    *text = rest;
    taken
}

fn compare_words(left: &[u8], right: &[u8]) -> Ordering {
    let rank = |byte: Option<&u8>| match byte {
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => 256 + i32::from(*byte),
    };
    let length = left.len().max(right.len());
    (0..length)
        .map(|at| rank(left.get(at)).cmp(&rank(right.get(at))))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn compare_numbers(left: &str, right: &str) -> Ordering {
    compare_digits(left.as_bytes(), right.as_bytes())
}

/// Numbers of any length: by length without leading zeros, then digit by digit.
fn compare_digits(left: &[u8], right: &[u8]) -> Ordering {
    let bare = |digits: &[u8]| -> Vec<u8> {
        digits.iter().copied().skip_while(|&digit| digit == b'0').collect()
    };
    let (left, right) = (bare(left), bare(right));
    left.len().cmp(&right.len()).then_with(|| left.cmp(&right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_debian_orders_them() {
        let ascending = [
            ["1.0~rc1", "1.0"],
            ["1.0~~", "1.0~"],
            ["1.0", "1.0a"],
            ["1.0a", "1.0+b1"],
            ["1.2", "1.10"],
            ["9.9", "1:0.1"],
            ["2.36-9+deb12u4", "2.36-9+deb12u10"],
            ["1.0-1", "1.0-1ubuntu1"],
            ["v1.2.3", "v1.2.4"],
            ["20250101", "20260101"],
            ["", "0.1"],
        ];
        for [lower, higher] in ascending {
            assert_eq!(compare(lower, higher), Ordering::Less, "{lower} {higher}");
            assert_eq!(compare(higher, lower), Ordering::Greater, "{lower} {higher}");
        }
        assert_eq!(compare("1.00", "1.0"), Ordering::Equal);
        assert_eq!(compare("0:1.0", "1.0"), Ordering::Equal);
    }
}
