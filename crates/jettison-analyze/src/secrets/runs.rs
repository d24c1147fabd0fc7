//! Runs of the characters that tokens are made of, and which tokens may begin there.

use super::rule::SecretRule;

/// The shortest token with its prefix that is looked for has so many characters.
const MIN_RUN: usize = 16;
/// How far back a chain of runs joined by dots is followed, in bytes.
const MAX_CHAIN: usize = 128;

/// `0-9A-Za-z_-`.
const fn class() -> [bool; 256] {
    let mut class = [false; 256];
    let mut byte = 0_u8;
    loop {
        class[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if byte == u8::MAX {
            return class;
        }
        byte += 1;
    }
}

static CLASS: [bool; 256] = class();

fn is_token(byte: u8) -> bool {
    CLASS[usize::from(byte)]
}

/// Calls `found` with the start of each run of at least [`MIN_RUN`] characters.
///
/// A run that long has a character at every sixteenth place, so most bytes are not looked at.
pub(super) fn each_run(bytes: &[u8], mut found: impl FnMut(usize)) {
    let mut at = MIN_RUN - 1;
    // Nothing before this place belongs to a run that is still to come.
    let mut floor = 0;
    while let Some(&byte) = bytes.get(at) {
        if !is_token(byte) {
            floor = at + 1;
            at += MIN_RUN;
            continue;
        }
        let before = bytes[floor..at].iter().rev().take_while(|&&byte| is_token(byte)).count();
        let behind = bytes[at..].iter().take_while(|&&byte| is_token(byte)).count();
        if before + behind >= MIN_RUN {
            found(at - before);
        }
        floor = at + behind + 1;
        at += behind + MIN_RUN;
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
