//! One search for all anchors that may stand anywhere.
//!
//! A hundred anchors cannot be looked for at full speed, but many hold the same few bytes: the first lines of all private keys
//! in PEM have `TE KEY` in them. So short needles are looked for, chosen for bytes that are rare in files, and only where one
//! stands are the anchors around it compared.

use aho_corasick::{AhoCorasick, Input, MatchKind, Span, packed};
use memchr::memmem;

use super::{
    registry::RULES,
    rule::{Range2, Scope, Search},
};

/// What is looked for: each anchor holds one of these. The search sees their first four bytes; if one were shorter, it would see
/// fewer of all.
const NEEDLES: &[&str] = &[
    "TE KEY",
    "uTTY-",
    "e_key_id",
    "cret_",
    "CRET_",
    "cretAcc",
    "ws_se",
    "WS_SE",
    "ntKey=",
    "dAccessKey=",
    "/webhook",
    "m/services/",
    "?access_t",
    "/bot/v2",
    "JQQJ99",
    "+ACR",
    "AzFu",
    "AzSe",
    "&sig=",
    "?sig=",
    "bce-v3/",
    "FlyV1 fm",
    ".atlasv1.",
    "$ANSIBLE_",
    "us+_0XBPWQ",
    "API_KEY=",
    "ken$",
    "teKey",
    "cret key",
    "n: Be",
    "n: be",
    "n: To",
    "n: to",
    "n: Ba",
    "n: ba",
    "sswo",
    "SSWO",
    "sswd",
    "SSWD",
    "sphr",
    "SPHR",
    "PASS=",
    "pass=",
    "PWD=",
    "pwd=",
    "Pwd=",
    "_key",
    "i-key",
    "ikey",
    "iKey",
    "_KEY",
    "IKEY",
    "I-KEY",
    "ecret",
    "ECRET",
    "oken",
    "OKEN",
    "sKey",
];

/// The one anchor that is shorter than any needle.
const SHORT: &[u8] = b"://";

/// Finds the anchors of some rules.
pub(super) struct Anchors {
    finder: Finder,
    /// For each needle, the anchors that hold it.
    around: Vec<Vec<Around>>,
    /// Rules with the anchor [`SHORT`].
    short: Vec<u16>,
    short_finder: memmem::Finder<'static>,
}

/// An anchor that holds a needle.
struct Around {
    anchor: &'static [u8],
    /// How many of its bytes stand before the needle.
    before: usize,
    rule: u16,
}

enum Finder {
    /// Several bytes at a time, where the processor can.
    Packed(Box<packed::Searcher>),
    Automaton(Box<AhoCorasick>),
}

impl Anchors {
    /// The anchors of all rules of these scopes.
    pub(super) fn of(scopes: &[Scope]) -> Self {
        let mut around: Vec<Vec<Around>> = NEEDLES.iter().map(|_| Vec::new()).collect();
        let mut short = Vec::new();
        for (rule, kind) in (0..).zip(RULES.iter()) {
            if kind.search != Search::Literal || !scopes.contains(&kind.scope) {
                continue;
            }
            for anchor in kind.anchors {
                let anchor = anchor.as_bytes();
                if anchor == SHORT {
                    short.push(rule);
                    continue;
                }
                let (needle, before) = held(anchor).expect("a test asks it of every anchor");
                around[needle].push(Around { anchor, before, rule });
            }
        }
        let used = NEEDLES.iter().zip(&around).filter(|(_, around)| !around.is_empty());
        let needles: Vec<&str> = used.map(|(needle, _)| *needle).collect();
        around.retain(|around| !around.is_empty());
        // Where one anchor ends with another, the longer one tells more.
        for around in &mut around {
            around.sort_by_key(|around| std::cmp::Reverse(around.anchor.len()));
        }
        Self {
            finder: Finder::of(&needles),
            around,
            short,
            short_finder: memmem::Finder::new(SHORT),
        }
    }

    /// Calls `found` with each anchor and its rule.
    pub(super) fn each(&self, bytes: &[u8], found: &mut dyn FnMut(Range2, u16)) {
        let mut from = 0;
        while let Some((needle, at)) = self.finder.next(bytes, from) {
            for Around { anchor, before, rule } in &self.around[needle] {
                let Some(start) = at.checked_sub(*before) else { continue };
                if bytes[start..].starts_with(anchor) {
                    found(Range2 { start, end: start + anchor.len() }, *rule);
                }
            }
            // Needles may overlap.
            from = at + 1;
        }
        for &rule in &self.short {
            for start in self.short_finder.find_iter(bytes) {
                found(Range2 { start, end: start + SHORT.len() }, rule);
            }
        }
    }
}

/// The first needle that an anchor holds, and where.
fn held(anchor: &[u8]) -> Option<(usize, usize)> {
    let place = |needle: &str| memmem::find(anchor, needle.as_bytes());
    NEEDLES.iter().enumerate().find_map(|(number, needle)| Some((number, place(needle)?)))
}

impl Finder {
    fn of(needles: &[&str]) -> Self {
        let mut config = packed::Config::new();
        config.match_kind(packed::MatchKind::LeftmostFirst).heuristic_pattern_limits(false);
        if let Some(searcher) = config.builder().extend(needles).build() {
            return Self::Packed(Box::new(searcher));
        }
        let mut builder = AhoCorasick::builder();
        let automaton = builder.match_kind(MatchKind::LeftmostFirst).build(needles);
        Self::Automaton(Box::new(automaton.expect("short texts are within its bounds")))
    }

    /// The next needle from a place on: which, and where.
    fn next(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        let span = Span { start: from, end: bytes.len() };
        let hit = match self {
            Self::Packed(searcher) => searcher.find_in(bytes, span),
            Self::Automaton(automaton) => automaton.find(Input::new(bytes).span(span)),
        }?;
        Some((hit.pattern().as_usize(), hit.start()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_anchor_holds_a_needle() {
        for rule in RULES.iter().filter(|rule| rule.search == Search::Literal) {
            for anchor in rule.anchors.iter().filter(|anchor| anchor.as_bytes() != SHORT) {
                assert!(held(anchor.as_bytes()).is_some(), "{anchor}");
            }
        }
        for (place, needle) in NEEDLES.iter().enumerate() {
            assert!(needle.len() >= 4, "{needle}");
            let others = NEEDLES.iter().enumerate().filter(|(other, _)| *other != place);
            for (_, other) in others {
                assert!(!needle.starts_with(other), "{needle} hides {other}");
            }
        }
    }

    #[test]
    fn anchors_are_found_where_they_stand_and_where_they_overlap() {
        let anchors = Anchors::of(&[Scope::Everywhere, Scope::Text, Scope::Settings]);
        for rule in RULES.iter().filter(|rule| rule.search == Search::Literal) {
            for anchor in rule.anchors {
                for text in
                    [format!("{anchor}x"), format!("\n{anchor}"), format!("{anchor}{anchor}")]
                {
                    let mut found = Vec::new();
                    anchors.each(text.as_bytes(), &mut |at, number| {
                        if std::ptr::eq(RULES[usize::from(number)], *rule) {
                            found.push((at.start, at.end));
                        }
                    });
                    let expected =
                        text.match_indices(anchor).map(|(at, text)| (at, at + text.len()));
                    for place in expected {
                        assert!(found.contains(&place), "{text}: {found:?}");
                    }
                }
            }
        }
    }
}
