//! Runs of the characters that tokens are made of, and which tokens may begin there.

use super::rule::SecretRule;

/// The shortest token with its prefix that is looked for has so many characters.
const MIN_RUN: u32 = 16;
/// How far back a chain of runs joined by dots is followed, in bytes.
const MAX_CHAIN: usize = 128;

/// How many bytes are looked at together: a bit each in a word.
const LANE: usize = 64;

/// `0-9A-Za-z_-`. Without a branch or a table, so that the compiler does it for many bytes at once.
#[expect(clippy::needless_bitwise_bool, reason = "a branch would be one for each byte")]
const fn is_token(byte: u8) -> bool {
    let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let is_digit = byte.wrapping_sub(b'0') < 10;
    is_letter | is_digit | (byte == b'_') | (byte == b'-')
}

/// Calls `found` with the start of each run of at least [`MIN_RUN`] characters.
pub(super) fn each_run(bytes: &[u8], mut found: impl FnMut(usize)) {
    let (lanes, rest) = bytes.as_chunks::<LANE>();
    // Where a run that begins in a lane ends shows in the next one, so each lane waits for its successor.
    let mut waiting = 0;
    let mut is_within = false;
    let mut settle = |waiting: u64, next: u64, start: usize, is_within: bool| {
        let both = u128::from(next) << LANE | u128::from(waiting);
        let (mut long, mut len) = (both, 1);
        while len < MIN_RUN {
            long &= long >> len;
            len *= 2;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "those that begin in the next lane come with it"
        )]
        let mut starts = long as u64 & !(waiting << 1 | u64::from(is_within));
        while starts != 0 {
            found(start + starts.trailing_zeros() as usize);
            starts &= starts - 1;
        }
        waiting >> (LANE - 1) != 0
    };
    for (number, lane) in lanes.iter().enumerate() {
        let next = tokens(lane);
        is_within = if may_begin(waiting, next) {
            settle(waiting, next, (number - 1) * LANE, is_within)
        } else {
            waiting >> (LANE - 1) != 0
        };
        waiting = next;
    }
    let mut last = [0; LANE];
    last[..rest.len()].copy_from_slice(rest);
    let (last, end) = (tokens(&last), bytes.len() - rest.len());
    is_within = settle(waiting, last, end.saturating_sub(LANE), is_within);
    settle(last, 0, end, is_within);
}

/// Whether a run of [`MIN_RUN`] characters may begin in a lane: so long a run covers eight places from a multiple of eight on,
/// in the lane or as the first of the next one. Most lanes of text have no such eight, which few steps tell.
const fn may_begin(lane: u64, next: u64) -> bool {
    const { assert!(MIN_RUN >= 15) };
    let gaps = !lane;
    // A byte of `gaps` is zero where the subtraction borrows from its highest bit.
    let has_full = gaps.wrapping_sub(0x0101_0101_0101_0101) & lane & 0x8080_8080_8080_8080;
    lane != 0 && (has_full != 0 || next & 0xff == 0xff)
}

/// Which bytes are characters of tokens: the lowest bit stands for the first one.
fn tokens(lane: &[u8; LANE]) -> u64 {
    let mut tokens = [0; LANE];
    for (token, &byte) in tokens.iter_mut().zip(lane) {
        *token = u8::from(is_token(byte));
    }
    let mut mask = 0;
    for (place, eight) in tokens.as_chunks::<8>().0.iter().enumerate() {
        // The product has the eight lowest bits of the bytes beside each other in its highest byte.
        let bits = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= bits << (place * 8);
    }
    mask
}

/// Where a token that ends in the run at `start` may begin: with the run, or with the chain of runs and dots before it.
pub(super) fn starts(bytes: &[u8], start: usize) -> impl Iterator<Item = usize> {
    let before = &bytes[start.saturating_sub(MAX_CHAIN)..start];
    let chain = before.last() == Some(&b'.');
    let len = before.iter().rev().take_while(|&&byte| is_token(byte) || byte == b'.').count();
    chain.then_some(start - len).into_iter().chain(std::iter::once(start))
}

/// What tokens begin with, by their first two bytes.
#[derive(Debug)]
pub(super) struct Prefixes {
    /// For each pair of bytes a bit: whether a prefix begins with it. Most have none, and this fits a core's fastest cache.
    pairs: Vec<u64>,
    /// For each pair of bytes, where its prefixes are in `list`.
    table: Vec<(u16, u16)>,
    list: Vec<(&'static [u8], u16)>,
}

impl Prefixes {
    /// The anchors of `rules`, which are given with their numbers.
    pub(super) fn of(rules: impl Iterator<Item = (u16, &'static SecretRule)>) -> Self {
        let anchors = rules.flat_map(|(number, rule)| {
            rule.anchors.iter().map(move |anchor| (anchor.as_bytes(), number))
        });
        let mut list: Vec<(&'static [u8], u16)> = anchors.collect();
        list.sort();
        let mut table = vec![(0, 0); 1 << 16];
        let mut pairs = vec![0; (1 << 16) / 64];
        for (place, (anchor, _)) in (0..).zip(&list) {
            pairs[pair(anchor) / 64] |= 1 << (pair(anchor) % 64);
            let slot: &mut (u16, u16) = &mut table[pair(anchor)];
            if slot.1 == 0 {
                slot.0 = place;
            }
            slot.1 += 1;
        }
        Self { pairs, table, list }
    }

    /// The prefixes that the bytes begin with, and their rules.
    pub(super) fn at<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = (usize, u16)> + 'a {
        let is_known =
            bytes.len() >= 2 && self.pairs[pair(bytes) / 64] >> (pair(bytes) % 64) & 1 != 0;
        let (first, count) = if is_known { self.table[pair(bytes)] } else { (0, 0) };
        let candidates = &self.list[usize::from(first)..usize::from(first) + usize::from(count)];
        let fitting = candidates.iter().filter(move |(anchor, _)| bytes.starts_with(anchor));
        fitting.map(|(anchor, rule)| (anchor.len(), *rule))
    }
}

fn pair(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &[u8]) -> Vec<usize> {
        let mut found = Vec::new();
        each_run(text, |start| found.push(start));
        found
    }

    /// The same, looking at every byte.
    fn expected(text: &[u8]) -> Vec<usize> {
        let mut starts = Vec::new();
        let mut at = 0;
        for run in text.split(|&byte| !is_token(byte)) {
            if run.len() >= MIN_RUN as usize {
                starts.push(at);
            }
            at += run.len() + 1;
        }
        starts
    }

    #[test]
    fn chains_are_followed_back() {
        let text = b"x = hvs.abcdefghijklmnop";
        let start = text.len() - MIN_RUN as usize;
        assert_eq!(found(text), [start]);
        assert_eq!(starts(text, start).collect::<Vec<_>>(), [4, start]);
        assert_eq!(starts(b"a=b", 2).collect::<Vec<_>>(), [2]);
        assert_eq!(starts(b"ab", 0).collect::<Vec<_>>(), [0]);
    }

    /// Runs of every length around the shortest, at every place of a lane, and over the border to the next.
    #[test]
    fn runs_begin_anywhere() {
        for start in 0..2 * LANE {
            for len in 12..40 {
                let mut text = vec![b' '; 4 * LANE];
                text[start..start + len].fill(b'a');
                assert_eq!(found(&text), expected(&text), "{len} at {start}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_run_is_missed(text in "[a-z ]{0,40}([a-z]{14,18}[ .=]){0,9}[a-z]{0,100}[ é]{0,70}[a-z]{0,20}") {
            prop_assert_eq!(found(text.as_bytes()), expected(text.as_bytes()));
        }
    }
}
