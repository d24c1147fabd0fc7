//! Signal names of `STOPSIGNAL`.

use thiserror::Error;

/// The standard signals with the numbers that all of Linux's generic architectures share (signal(7)).
const SIGNALS: [(&str, i32); 31] = [
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("ILL", 4),
    ("TRAP", 5),
    ("ABRT", 6),
    ("BUS", 7),
    ("FPE", 8),
    ("KILL", 9),
    ("USR1", 10),
    ("SEGV", 11),
    ("USR2", 12),
    ("PIPE", 13),
    ("ALRM", 14),
    ("TERM", 15),
    ("STKFLT", 16),
    ("CHLD", 17),
    ("CONT", 18),
    ("STOP", 19),
    ("TSTP", 20),
    ("TTIN", 21),
    ("TTOU", 22),
    ("URG", 23),
    ("XCPU", 24),
    ("XFSZ", 25),
    ("VTALRM", 26),
    ("PROF", 27),
    ("WINCH", 28),
    ("IO", 29),
    ("PWR", 30),
    ("SYS", 31),
];

/// What Docker sends when an image names no stop signal.
const DEFAULT: i32 = 15;
/// glibc's first real-time signal; musl's and Docker's table agree.
const RTMIN: i32 = 34;
/// The last real-time signal.
const RTMAX: i32 = 64;

/// A stop signal that does not exist.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "STOPSIGNAL {0:?} is no signal: use a name such as SIGTERM or SIGRTMIN+3, or a number from 1 to 64"
)]
pub struct SignalError(String);

/// The number of a `STOPSIGNAL`: `SIGQUIT`, `QUIT`, `3`, `SIGRTMIN+3`; SIGTERM without one.
pub(crate) fn number(signal: Option<&str>) -> Result<i32, SignalError> {
    let Some(text) = signal.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(DEFAULT);
    };
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let known = SIGNALS.iter().find(|(known, _)| *known == name).map(|&(_, number)| number);
    let real_time = || {
        let offset = |rest: &str| if rest.is_empty() { Some(0) } else { rest.parse::<i32>().ok() };
        let from_min = name.strip_prefix("RTMIN").and_then(offset).map(|offset| RTMIN + offset);
        from_min
            .or_else(|| name.strip_prefix("RTMAX").and_then(offset).map(|offset| RTMAX + offset))
    };
    known
        .or_else(|| name.parse().ok())
        .or_else(real_time)
        .filter(|number| (1..=RTMAX).contains(number))
        .ok_or_else(|| SignalError(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_numbers_and_real_time_signals() {
        let cases = [
            (None, 15),
            (Some(""), 15),
            (Some("SIGQUIT"), 3),
            (Some("quit"), 3),
            (Some("3"), 3),
            (Some("SIGRTMIN+3"), 37),
            (Some("RTMAX-1"), 63),
            (Some("SIGWINCH"), 28),
        ];
        for (text, expected) in cases {
            assert_eq!(number(text), Ok(expected), "{text:?}");
        }
        for text in ["SIGNOPE", "0", "65", "SIGRTMIN+99", "-1"] {
            assert!(number(Some(text)).is_err(), "{text}");
        }
    }
}
