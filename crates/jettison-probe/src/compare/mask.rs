//! What to expect of a payload, learned from one or more runs.

use super::{excerpt::excerpt, measured::Measured};
use crate::payload::Payload;

/// What the fat image's runs have in common.
pub(super) enum Expectation<'a> {
    /// They agree: to the byte, but for what is measured elsewhere.
    Exact { example: &'a Payload, measured: &'a Measured },
    /// They are texts of the same words, but for some.
    Masked { example: &'a Payload, tokens: Vec<Token<'a>> },
    /// They have no form in common.
    Vague { shortest: &'a Payload, longest: &'a Payload },
}

/// A piece of text that is the same in all runs, or is not.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Same bytes, at this place of the example.
    Same(&'a [u8], usize),
    /// A number, whichever; at this place of the example.
    Number(usize),
    /// Anything.
    Any,
}

/// A text in which so many numbers vary is one of measurements: others of its numbers may be the same twice by chance, as
/// a time of one second is, and differ the third time.
const MEASUREMENTS: usize = 3;

/// Where a payload is not as expected.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    pub(super) expected: String,
    pub(super) got: String,
}

/// Payloads whose runs have no form in common may still not shrink or grow by this factor: an
/// error page in place of a listing does.
const SIZE_FACTOR: u64 = 2;

impl<'a> Expectation<'a> {
    /// Learns from the runs of the fat image, of which there must be one.
    pub(super) fn learn(runs: &[&'a Payload], measured: &'a Measured) -> Self {
        let first = runs[0];
        if runs.iter().all(|run| run.sha256 == first.sha256) {
            return Self::Exact { example: first, measured };
        }
        if let Some(tokens) = common_tokens(runs, measured) {
            return Self::Masked { example: first, tokens };
        }
        Self::vague(runs)
    }

    /// Nothing but about how long it is.
    pub(super) fn vague(runs: &[&'a Payload]) -> Self {
        let by_size = |run: &&&Payload| run.bytes;
        let shortest = runs.iter().min_by_key(by_size).expect("there is at least one run");
        let longest = runs.iter().max_by_key(by_size).expect("there is at least one run");
        Self::Vague { shortest, longest }
    }

    /// The runs agree to the byte.
    pub(super) fn is_exact(&self) -> bool {
        matches!(self, Self::Exact { .. })
    }

    /// Whether `payload` is as expected.
    pub(super) fn check(&self, payload: &Payload) -> Result<(), Mismatch> {
        match self {
            Self::Exact { example, .. } if example.sha256 == payload.sha256 => Ok(()),
            Self::Exact { example, measured } if differ_in_measures(example, payload, measured) => {
                Ok(())
            }
            Self::Exact { example, .. } => {
                let at = first_difference(&example.sample.0, &payload.sample.0);
                Err(mismatch((example, at), (payload, at)))
            }
            Self::Masked { example, tokens } => {
                let (at, got_at) = first_mismatch(tokens, payload);
                match at {
                    None => Ok(()),
                    Some(at) => Err(mismatch((example, at), (payload, got_at))),
                }
            }
            Self::Vague { shortest, longest } => {
                let range = shortest.bytes / SIZE_FACTOR..=longest.bytes * SIZE_FACTOR;
                // Even a single byte is more than nothing.
                let is_empty = payload.bytes == 0 && shortest.bytes > 0;
                if range.contains(&payload.bytes) && !is_empty {
                    return Ok(());
                }
                Err(Mismatch {
                    expected: format!("{} to {} bytes", shortest.bytes, longest.bytes),
                    got: format!("{} bytes: {}", payload.bytes, excerpt(payload, 0)),
                })
            }
        }
    }
}

fn mismatch(expected: (&Payload, usize), got: (&Payload, usize)) -> Mismatch {
    Mismatch { expected: excerpt(expected.0, expected.1), got: excerpt(got.0, got.1) }
}

fn first_difference(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// The tokens of the first run, those masked that another run has otherwise. `None` when a run is
/// no text, is not known in full, or has another number of tokens.
fn common_tokens<'a>(runs: &[&'a Payload], measured: &Measured) -> Option<Vec<Token<'a>>> {
    let is_known = |run: &&Payload| run.is_whole() && !run.sample.0.contains(&0);
    if !runs.iter().all(is_known) {
        return None;
    }
    let (first, others) = runs.split_first()?;
    let mut tokens: Vec<Token<'a>> =
        tokenize(&first.sample.0).map(|(at, bytes)| Token::Same(bytes, at)).collect();
    let mut varying_numbers = 0;
    for other in others {
        let mut count = 0;
        for (index, (_, bytes)) in tokenize(&other.sample.0).enumerate() {
            let token = tokens.get_mut(index)?;
            if let Token::Same(same, _) = token
                && *same != bytes
            {
                varying_numbers += usize::from(is_number(same) && is_number(bytes));
                *token = Token::Any;
            }
            count += 1;
        }
        if count != tokens.len() {
            return None;
        }
    }
    let texts: Vec<&[u8]> = tokenize(&first.sample.0).map(|(_, bytes)| bytes).collect();
    for (index, token) in tokens.iter_mut().enumerate() {
        if let Token::Same(same, at) = token
            && is_number(same)
            && (varying_numbers >= MEASUREMENTS || measured.has(&texts[..index], same))
        {
            *token = Token::Number(*at);
        }
    }
    Some(tokens)
}

/// Whether two texts are the same but for durations, and for numbers that are measured.
fn differ_in_measures(expected: &Payload, payload: &Payload, measured: &Measured) -> bool {
    expected.is_whole()
        && payload.is_whole()
        && common_tokens(&[expected], measured)
            .is_some_and(|tokens| first_mismatch(&tokens, payload).0.is_none())
}

/// Whether a token is a time that something took: `12ms`, `0h00m01s`, `1.5s`. How long a run took says nothing about it. A
/// time of day is none: it tells a time zone.
fn is_duration(token: &[u8]) -> bool {
    let is_unit = |unit: &[u8]| {
        matches!(unit, b"d" | b"h" | b"m" | b"min" | b"s" | b"sec" | b"ms" | b"us" | b"ns")
    };
    let mut rest = token.strip_prefix(b"=").unwrap_or(token);
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        let letters = rest[digits..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if digits == 0 || !is_unit(&rest[digits..digits + letters]) {
            return false;
        }
        rest = &rest[digits + letters..];
        parts += 1;
    }
    parts > 0
}

/// Runs lie minutes apart, time zones a quarter of an hour at least: a clock that went on by less than that, in seconds,
/// tells the same zone.
const CLOCK_GOES_ON: u32 = 14 * 60;

/// Whether two tokens are the same but for a time of day, `10:59` or `10:59:30`, that is a little later in the second.
fn is_clock_going_on(expected: &[u8], got: &[u8]) -> bool {
    const DAY: u32 = 24 * 60 * 60;
    let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b':';
    let differs_at = first_difference(expected, got);
    let start =
        expected[..differs_at].iter().rposition(|byte| !is_part(byte)).map_or(0, |at| at + 1);
    let [(before, before_rest), (after, after_rest)] = [&expected[start..], &got[start..]]
        .map(|text| text.split_at(text.iter().take_while(|byte| is_part(byte)).count()));
    match (seconds_of_day(before), seconds_of_day(after)) {
        (Some(before), Some(after)) if before_rest == after_rest => {
            (after + DAY - before) % DAY <= CLOCK_GOES_ON
        }
        _ => false,
    }
}

/// `10:59`, `9:59` or `10:59:30` in seconds since midnight.
fn seconds_of_day(text: &[u8]) -> Option<u32> {
    let parts: Vec<&[u8]> = text.split(|byte| *byte == b':').collect();
    let number = |part: &[u8]| -> Option<u32> { std::str::from_utf8(part).ok()?.parse().ok() };
    let (hours, rest) = parts.split_first()?;
    let is_clock = matches!(hours.len(), 1 | 2)
        && matches!(rest.len(), 1 | 2)
        && rest.iter().all(|part| part.len() == 2);
    let minutes = number(rest.first()?)?;
    let seconds = rest.get(1).map_or(Some(0), |part| number(part))?;
    let hours = number(hours)?;
    (is_clock && hours < 24 && minutes < 60 && seconds < 61)
        .then_some(hours * 3600 + minutes * 60 + seconds)
}

/// Whether a token is a number as JSON, CSV and lists of measurements have them: `12`, `-0.5`, `:3`, `=7`.
pub(super) fn is_number(token: &[u8]) -> bool {
    let digits = token.strip_prefix(b":").or_else(|| token.strip_prefix(b"=")).unwrap_or(token);
    let digits = digits.strip_prefix(b"-").unwrap_or(digits);
    let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'+' | b'-');
    digits.first().is_some_and(u8::is_ascii_digit) && digits.iter().all(is_part)
}

/// Where `payload` first breaks the pattern: in the example, and in itself.
fn first_mismatch(tokens: &[Token<'_>], payload: &Payload) -> (Option<usize>, usize) {
    let mut got = tokenize(&payload.sample.0);
    let mut example_at = 0;
    for token in tokens {
        let next = got.next();
        match (token, next) {
            (Token::Same(same, at), Some((_, bytes)))
                if *same == bytes
                    || (is_duration(same) && is_duration(bytes))
                    || is_clock_going_on(same, bytes) =>
            {
                example_at = at + same.len();
            }
            (Token::Any, Some(_)) => {}
            (Token::Number(_), Some((_, bytes))) if is_number(bytes) => {}
            (Token::Same(_, at) | Token::Number(at), Some((got_at, _))) => {
                return (Some(*at), got_at);
            }
            (_, None) => return (Some(example_at), payload.sample.0.len()),
        }
    }
    match got.next() {
        Some((got_at, _)) => (Some(example_at), got_at),
        None if payload.is_whole() => (None, 0),
        None => (Some(example_at), payload.sample.0.len()),
    }
}

/// Splits text into separators and what stands between them, with the place of each. Separators
/// are what delimits values in HTML, JSON, logs and listings; base64, times, paths and numbers
/// stay whole, so that a random value is one token whatever it holds.
pub(super) fn tokenize(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let is_separator = |byte: u8| byte.is_ascii_whitespace() || b"\"'<>,;()[]{}&".contains(&byte);
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let first = *rest.first()?;
        let length = if is_separator(first) {
            1
        } else {
            rest.iter().take_while(|byte| !is_separator(**byte)).count()
        };
        let start = at;
        at += length;
        Some((start, &rest[..length]))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn payload(text: &str) -> Payload {
        Payload::of(text.as_bytes(), 4096)
    }

    fn check(fat: &[&str], slim: &str) -> Result<(), Mismatch> {
        let fat: Vec<Payload> = fat.iter().map(|text| payload(text)).collect();
        let fat: Vec<&Payload> = fat.iter().collect();
        Expectation::learn(&fat, &Measured::default()).check(&payload(slim))
    }

    #[test]
    fn what_is_measured_elsewhere_may_vary_here() {
        let [one, other] = [r#"{"wall":"0.001","n":3}"#, r#"{"wall":"0.002","n":3}"#].map(payload);
        let mut measured = Measured::default();
        measured.learn(&[&one, &other]);
        let page = payload(r#"<p>7 ships <script>{"wall":"0.004","n":3}</script>"#);
        for (text, is_expected) in [
            (r#"<p>7 ships <script>{"wall":"0.009","n":3}</script>"#, true),
            (r#"<p>8 ships <script>{"wall":"0.004","n":3}</script>"#, false),
            (r#"<p>7 ships <script>{"wall":"0.004","n":4}</script>"#, false),
            (r#"<p>7 ships <script>{"wall":"none","n":3}</script>"#, false),
        ] {
            // The same in all runs by chance, and different in another place.
            let again = payload(r#"<p>7 boats <script>{"wall":"0.004","n":3}</script>"#);
            for runs in [&[&page, &page][..], &[&page, &again]] {
                let found = Expectation::learn(runs, &measured).check(&payload(text));
                assert_eq!(found.is_ok(), is_expected, "{text}: {found:?}");
            }
        }
    }

    #[test]
    fn one_run_is_compared_to_the_byte() {
        assert_eq!(check(&["same"], "same"), Ok(()));
        let mismatch = check(&["time 10.01"], "time 10.02").unwrap_err();
        assert_eq!(mismatch.expected, "\"time 10.01\"");
        assert_eq!(mismatch.got, "\"time 10.02\"");
        assert_eq!(check(&["x"], "").unwrap_err().got, "nothing");
    }

    #[test]
    fn words_that_vary_are_masked() {
        let fat = ["<p id=\"a1+/=\">at 10:01 ok</p>", "<p id=\"b2\">at 10:02 ok</p>"];
        assert_eq!(check(&fat, "<p id=\"zz/9\">at 11:30 ok</p>"), Ok(()));
        let mismatch = check(&fat, "<p id=\"zz\">at 11:30 failed</p>").unwrap_err();
        assert!(mismatch.expected.contains("ok</p>"), "{mismatch:?}");
        assert!(mismatch.got.contains("failed</p>"), "{mismatch:?}");
        for broken in ["", "<p id=\"zz\">at 11:30 ok", "<p id=\"z\">at 11:30 ok</p> more"] {
            assert!(check(&fat, broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn payloads_of_no_common_form_are_compared_by_size() {
        let fat = ["one two three four", "one two three four five"];
        assert_eq!(check(&fat, "alpha beta gamma"), Ok(()));
        assert!(check(&fat, "").is_err());
        assert!(check(&fat, "error").is_err());
        assert!(check(&fat, &"long ".repeat(20)).is_err());
        assert!(check(&["a\0b", "a\0c"], "a\0d").is_ok());
        assert!(check(&["", "x y"], "").is_ok());
    }

    #[test]
    fn a_third_run_masks_more() {
        let fat = ["a 1 x", "a 2 x"];
        assert!(check(&fat, "a 3 y").is_err());
        assert_eq!(check(&["a 1 x", "a 2 x", "a 2 y"], "a 3 z"), Ok(()));
    }

    #[test]
    fn durations_are_not_compared() {
        assert_eq!(check(&["up 0h00m01s, took 12ms"], "up 0h01m02s, took 0.5s"), Ok(()));
        assert!(check(&["up 1s"], "up 1").is_err());
        assert!(check(&["at 12:01"], "at 21:01").is_err());
        assert!(check(&["3d model", "3d model"], "2d modem").is_err());
        assert!(!is_duration(b"12"));
        assert!(!is_duration(b"s"));
        assert!(!is_duration(b"1x"));
    }

    #[test]
    fn clocks_go_on_and_zones_stay() {
        for (expected, got, is_expected) in [
            ("at 10:59", "at 11:03", true),
            ("2026-11-26T10:59:58Z", "2026-11-26T11:00:01Z", true),
            ("\u{a0}9:59\u{a0}", "\u{a0}10:01\u{a0}", true),
            ("23:59", "0:01", true),
            ("at 11:03", "at 10:59", false),
            ("at 10:00", "at 10:15", false),
            ("at 10:00", "at 11:00", false),
            ("2026-11-26T10:59Z", "2026-11-27T10:59Z", false),
            ("10:59Z", "11:00+", false),
            ("1:2", "1:3", false),
            ("25:00", "25:01", false),
        ] {
            assert_eq!(check(&[expected], got).is_ok(), is_expected, "{expected} {got}");
        }
    }

    #[test]
    fn numbers_among_measurements_may_vary() {
        let fat = [
            "up:1 used:5 free:7 pid:9 errors:0 ok:yes",
            "up:1 used:6 free:8 pid:10 errors:0 ok:yes",
        ];
        let fat = fat.map(|text| text.replace(':', " :"));
        let fat = [fat[0].as_str(), fat[1].as_str()];
        assert_eq!(check(&fat, "up :2 used :9 free :1 pid :3 errors :0 ok :yes"), Ok(()));
        assert!(check(&fat, "up :2 used :9 free :1 pid :3 errors :0 ok :no").is_err());
        assert!(check(&fat, "up :x used :9 free :1 pid :3 errors :0 ok :yes").is_err());
        assert!(check(&["at 10 3 ships", "at 11 3 ships"], "at 12 0 ships").is_err());
    }

    #[test]
    fn samples_that_are_cut_are_not_masked() {
        let (a, b) = (Payload::of(b"long text 1", 4), Payload::of(b"long text 2", 4));
        let measured = Measured::default();
        let expectation = Expectation::learn(&[&a, &b], &measured);
        assert!(!expectation.is_exact());
        assert_eq!(expectation.check(&Payload::of(b"long text 3", 4)), Ok(()));
    }

    proptest! {
        #[test]
        fn tokens_are_the_text(text in proptest::collection::vec(any::<u8>(), 0..300)) {
            let joined: Vec<u8> = tokenize(&text).flat_map(|(_, token)| token.to_vec()).collect();
            prop_assert_eq!(joined, text);
        }

        #[test]
        fn every_run_that_was_learned_from_passes(
            runs in proptest::collection::vec("[a-c <>\n]{0,12}", 1..4),
        ) {
            let payloads: Vec<Payload> = runs.iter().map(|run| payload(run)).collect();
            let references: Vec<&Payload> = payloads.iter().collect();
            let measured = Measured::default();
            let expectation = Expectation::learn(&references, &measured);
            for payload in &payloads {
                prop_assert!(expectation.check(payload).is_ok());
            }
        }
    }
}
