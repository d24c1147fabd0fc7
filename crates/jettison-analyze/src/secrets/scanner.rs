//! The search: one pass over the bytes for all anchors, a look at what each stands before.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aho_corasick::{AhoCorasick, MatchKind, packed};

use super::{
    credential_file::{self, FileClass},
    hit::SecretHit,
    plausible::is_random,
    registry::{RULES, number_of},
    rule::{Found, Place, Range2, Scope, Search, SecretRule, Shape, Token},
    runs::{Prefixes, each_run, starts},
};
use crate::index::ContentId;

/// How much of a piece of a long file is shown again with the next one, in bytes. Half of it is what a secret may need of
/// what stands around its anchor.
pub(crate) const OVERLAP: usize = 16 << 10;
/// Secrets that are noted of one file: a list of a thousand passwords is one finding.
const MAX_HITS: usize = 50;
/// How much of a file tells whether it is text.
const HEAD: usize = 8 << 10;
/// Files that are remembered, so that equal ones are searched once: 24 bytes each.
const MAX_KNOWN: usize = 1 << 20;

/// A piece of a long file.
#[derive(Debug)]
pub(crate) struct Piece<'a> {
    /// Where it begins in the file.
    pub(crate) offset: u64,
    pub(crate) bytes: &'a [u8],
    /// How many of its first bytes were in the piece before, too.
    pub(crate) seen: usize,
    pub(crate) is_last: bool,
}

impl<'a> Piece<'a> {
    /// The bytes that were not in the piece before.
    pub(crate) fn fresh(&self) -> &'a [u8] {
        &self.bytes[self.seen..]
    }
}

/// Finds the anchors of some rules.
struct Anchors {
    finder: Finder,
    /// For each anchor, the rules it belongs to.
    rules: Vec<Vec<u16>>,
}

enum Finder {
    /// Several bytes at a time, where the processor can.
    Packed(Box<packed::Searcher>),
    Automaton(AhoCorasick),
}

impl Anchors {
    fn of(scope: Scope) -> Self {
        let mut anchors: Vec<(&str, Vec<u16>)> = Vec::new();
        let is_wanted = |rule: &SecretRule| rule.scope == scope && rule.search == Search::Literal;
        for (number, rule) in (0..).zip(RULES.iter()).filter(|(_, rule)| is_wanted(rule)) {
            for anchor in rule.anchors {
                match anchors.iter_mut().find(|(known, _)| known == anchor) {
                    Some((_, rules)) => rules.push(number),
                    None => anchors.push((anchor, vec![number])),
                }
            }
        }
        // Where one anchor begins with another, the longer one tells more.
        anchors.sort_by(|one, other| other.0.len().cmp(&one.0.len()).then(one.0.cmp(other.0)));
        let (texts, rules): (Vec<&str>, Vec<_>) = anchors.into_iter().unzip();
        let mut config = packed::Config::new();
        config.match_kind(packed::MatchKind::LeftmostFirst).heuristic_pattern_limits(false);
        let finder = match config.builder().extend(&texts).build() {
            Some(searcher) => Finder::Packed(Box::new(searcher)),
            None => Finder::Automaton(
                AhoCorasick::builder()
                    .match_kind(MatchKind::LeftmostFirst)
                    .build(&texts)
                    .expect("a few hundred short texts are within every bound"),
            ),
        };
        Self { finder, rules }
    }

    fn each(&self, bytes: &[u8], found: &mut dyn FnMut(Range2, u16)) {
        let mut take = |pattern: usize, start: usize, end: usize| {
            for &rule in &self.rules[pattern] {
                found(Range2 { start, end }, rule);
            }
        };
        match &self.finder {
            Finder::Packed(searcher) => searcher
                .find_iter(bytes)
                .for_each(|hit| take(hit.pattern().as_usize(), hit.start(), hit.end())),
            Finder::Automaton(automaton) => automaton
                .find_iter(bytes)
                .for_each(|hit| take(hit.pattern().as_usize(), hit.start(), hit.end())),
        }
    }
}

type Known = HashMap<(ContentId, FileClass), Option<Arc<[SecretHit]>>>;

/// Searches files for secrets. Threads may share it.
pub struct SecretScanner {
    prefixes: Prefixes,
    everywhere: Anchors,
    text: Anchors,
    settings: Anchors,
    known: Mutex<Known>,
}

impl std::fmt::Debug for SecretScanner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretScanner").field("rules", &RULES.len()).finish_non_exhaustive()
    }
}

impl Default for SecretScanner {
    fn default() -> Self {
        Self::new()
    }
}

impl SecretScanner {
    /// A scanner for all rules.
    pub fn new() -> Self {
        let at_runs =
            (0..).zip(RULES.iter().copied()).filter(|(_, rule)| rule.search == Search::Run);
        Self {
            prefixes: Prefixes::of(at_runs),
            everywhere: Anchors::of(Scope::Everywhere),
            text: Anchors::of(Scope::Text),
            settings: Anchors::of(Scope::Settings),
            known: Mutex::new(HashMap::new()),
        }
    }

    /// Secrets in a file that is at hand as a whole.
    pub fn scan(&self, path: &[u8], bytes: &[u8]) -> Vec<SecretHit> {
        self.scan_class(FileClass::of(path), bytes)
    }

    /// Secrets in a text that sets variables: `NAME=value`.
    pub fn scan_setting(&self, text: &str) -> Vec<SecretHit> {
        self.scan_class(FileClass::Settings, text.as_bytes())
    }

    /// The same as [`Self::scan`], but equal content is searched once.
    pub(crate) fn scan_whole(
        &self,
        id: ContentId,
        path: &[u8],
        bytes: &[u8],
        mut take: impl FnMut(SecretHit),
    ) {
        if bytes.is_empty() {
            return;
        }
        let key = (id, FileClass::of(path));
        let lock = || self.known.lock().expect("nobody panics while holding it");
        let known = lock().get(&key).cloned();
        let hits = known.unwrap_or_else(|| {
            let hits = self.scan_class(key.1, bytes);
            let hits: Option<Arc<[SecretHit]>> = (!hits.is_empty()).then(|| hits.into());
            let mut known = lock();
            if known.len() < MAX_KNOWN {
                known.insert(key, hits.clone());
            }
            hits
        });
        hits.iter().flat_map(|hits| hits.iter()).cloned().for_each(&mut take);
    }

    /// Begins a file that comes in pieces.
    pub(crate) fn begin(&self, path: &[u8]) -> FileScan<'_> {
        let class = FileClass::of(path);
        FileScan { scanner: self, class, is_text: false, next: 0, hits: Vec::new() }
    }

    fn scan_class(&self, class: FileClass, bytes: &[u8]) -> Vec<SecretHit> {
        let is_text = is_text(bytes);
        let mut hits = credential_file::secrets(class, bytes)
            .map(|(rule, found)| SecretHit::new(number_of(rule), bytes, &found))
            .collect::<Vec<_>>();
        self.search(class, is_text, bytes, &mut |rule, found| {
            hits.push(SecretHit::new(rule, bytes, &found));
        });
        let mut hits = settled(hits);
        if is_text {
            number_lines(&mut hits, bytes);
        }
        hits
    }

    fn search(
        &self,
        class: FileClass,
        is_text: bool,
        bytes: &[u8],
        found: &mut dyn FnMut(u16, Found),
    ) {
        let mut look = |at: Range2, number: u16| {
            if let Some(secret) = examine(RULES[usize::from(number)], &Place { bytes, at }) {
                found(number, secret);
            }
        };
        each_run(bytes, |run| {
            for start in starts(bytes, run) {
                for (len, number) in self.prefixes.at(&bytes[start..]) {
                    if is_text || RULES[usize::from(number)].scope == Scope::Everywhere {
                        look(Range2 { start, end: start + len }, number);
                    }
                }
            }
        });
        self.everywhere.each(bytes, &mut look);
        if is_text {
            self.text.each(bytes, &mut look);
            if class != FileClass::Plain {
                self.settings.each(bytes, &mut look);
            }
        }
    }
}

/// The search through a file that comes in pieces.
#[derive(Debug)]
pub(crate) struct FileScan<'a> {
    scanner: &'a SecretScanner,
    class: FileClass,
    is_text: bool,
    /// Anchors before this place of the file were looked at.
    next: u64,
    hits: Vec<SecretHit>,
}

impl FileScan<'_> {
    pub(crate) fn see(&mut self, piece: &Piece<'_>) {
        if piece.offset == 0 && piece.seen == 0 {
            self.is_text = is_text(piece.bytes);
        }
        let end = piece.offset + piece.bytes.len() as u64;
        let until = if piece.is_last { end } else { end.saturating_sub(OVERLAP as u64 / 2) };
        let (from, hits, bytes) = (self.next, &mut self.hits, piece.bytes);
        self.scanner.search(self.class, self.is_text, bytes, &mut |rule, found| {
            let mut hit = SecretHit::new(rule, bytes, &found);
            hit.offset += piece.offset;
            if hit.offset >= from && hit.offset < until && hits.len() < MAX_HITS * 2 {
                hits.push(hit);
            }
        });
        self.next = until;
    }

    pub(crate) fn finish(self) -> Vec<SecretHit> {
        settled(self.hits)
    }
}

fn is_text(bytes: &[u8]) -> bool {
    memchr::memchr(0, &bytes[..bytes.len().min(HEAD)]).is_none()
}

fn examine(rule: &SecretRule, place: &Place<'_>) -> Option<Found> {
    match rule.shape {
        Shape::Custom(find) => find(place),
        Shape::Token(token) => examine_token(&token, place),
    }
}

fn examine_token(token: &Token, place: &Place<'_>) -> Option<Found> {
    let anchor = &place.bytes[place.at.start..place.at.end];
    let starts_with_word = anchor.first().is_some_and(u8::is_ascii_alphanumeric);
    let is_within =
        place.before().last().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    if starts_with_word && is_within {
        return None;
    }
    let after = place.after();
    let longest = after.len().min(token.max + 1);
    let len =
        after[..longest].iter().position(|&byte| !token.alphabet.has(byte)).unwrap_or(longest);
    let run = &after[..len];
    let range = place.at.start..place.at.end + len;
    let is_sound = (token.min..=token.max).contains(&len)
        && is_random(run, token.alphabet.least_entropy())
        && token.check.is_none_or(|check| check(&place.bytes[range.clone()]));
    is_sound.then_some(Found { public: anchor.len(), range })
}

/// Sorted; of hits for the same bytes the most telling one, and each value once.
fn settled(mut hits: Vec<SecretHit>) -> Vec<SecretHit> {
    hits.sort_by_key(|hit| (hit.rule, hit.offset));
    let mut kept: Vec<SecretHit> = Vec::new();
    for hit in hits {
        let is_known = kept.iter().any(|other| {
            other.print == hit.print || (other.offset <= hit.offset && hit.offset < other.end())
        });
        if !is_known && kept.len() < MAX_HITS {
            kept.push(hit);
        }
    }
    kept.sort();
    kept
}

fn number_lines(hits: &mut [SecretHit], bytes: &[u8]) {
    let (mut line, mut at) = (1_u32, 0);
    for hit in hits {
        let offset = usize::try_from(hit.offset).expect("it lies in these bytes");
        let ends = memchr::memchr_iter(b'\n', &bytes[at..offset]).count();
        line += u32::try_from(ends).expect("files that are scanned whole are short");
        at = offset;
        hit.line = line;
    }
}
