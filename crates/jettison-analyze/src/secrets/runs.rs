//! Runs of the characters that tokens are made of, and which tokens may begin there.

use super::rule::SecretRule;

/// The shortest token with its prefix that is looked for has so many characters.
const MIN_RUN: usize = 16;
/// How far back a chain of runs joined by dots is followed, in bytes.
const MAX_CHAIN: usize = 128;

/// How many bytes are looked at together.
const LANE: usize = 64;
/// A run of [`MIN_RUN`] fills at least one block of this many bytes that begins at a multiple of it.
const BLOCK: usize = MIN_RUN / 2;

/// `0-9A-Za-z_-`. Without a branch or a table, so that the compiler does it for many bytes at once.
#[expect(clippy::needless_bitwise_bool, reason = "a branch would be one for each byte")]
const fn is_token(byte: u8) -> bool {
    let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let is_digit = byte.wrapping_sub(b'0') < 10;
    is_letter | is_digit | (byte == b'_') | (byte == b'-')
}

/// Calls `found` with the start of each run of at least [`MIN_RUN`] characters.
pub(super) fn each_run(bytes: &[u8], mut found: impl FnMut(usize)) {
    // Nothing before this place belongs to a run that is still to come.
    let mut floor = 0;
    let mut look = |at: usize| {
        if at < floor {
            return;
        }
        let before = bytes[floor..at].iter().rev().take_while(|&&byte| is_token(byte)).count();
        let behind = bytes[at..].iter().take_while(|&&byte| is_token(byte)).count();
        if before + behind >= MIN_RUN {
            found(at - before);
        }
        floor = at + behind;
    };
    let (lanes, rest) = bytes.as_chunks::<LANE>();
    for (number, lane) in lanes.iter().enumerate() {
        let mut tokens = [0; LANE];
        for (token, &byte) in tokens.iter_mut().zip(lane) {
            *token = u8::from(is_token(byte));
        }
        let blocks = tokens.as_chunks::<BLOCK>().0;
        for (place, _) in blocks.iter().enumerate().filter(|(_, block)| **block == [1; BLOCK]) {
            look(number * LANE + place * BLOCK);
        }
    }
    let start = bytes.len() - rest.len();
    for (place, block) in rest.as_chunks::<BLOCK>().0.iter().enumerate() {
        if block.iter().all(|&byte| is_token(byte)) {
            look(start + place * BLOCK);
        }
    }
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
    /// For each pair of bytes, where its prefixes are in `list`; most pairs have none.
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
        for (place, (anchor, _)) in (0..).zip(&list) {
            let slot: &mut (u16, u16) = &mut table[pair(anchor)];
            if slot.1 == 0 {
                slot.0 = place;
            }
            slot.1 += 1;
        }
        Self { table, list }
    }

    /// The prefixes that the bytes begin with, and their rules.
    pub(super) fn at<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = (usize, u16)> + 'a {
        let (first, count) = if bytes.len() < 2 { (0, 0) } else { self.table[pair(bytes)] };
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
            if run.len() >= MIN_RUN {
                starts.push(at);
            }
            at += run.len() + 1;
        }
        starts
    }

    #[test]
    fn chains_are_followed_back() {
        let text = b"x = hvs.abcdefghijklmnop";
        let start = text.len() - MIN_RUN;
        assert_eq!(found(text), [start]);
        assert_eq!(starts(text, start).collect::<Vec<_>>(), [4, start]);
        assert_eq!(starts(b"a=b", 2).collect::<Vec<_>>(), [2]);
        assert_eq!(starts(b"ab", 0).collect::<Vec<_>>(), [0]);
    }

    proptest! {
        #[test]
        fn no_run_is_missed(text in "[a-z ]{0,40}([a-z]{14,18}[ .=]){0,4}[a-z]{0,20}") {
            prop_assert_eq!(found(text.as_bytes()), expected(text.as_bytes()));
        }
    }
}
