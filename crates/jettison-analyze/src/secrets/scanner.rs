//! The search: one pass over the bytes for all anchors, a look at what each stands before.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    anchors::Anchors,
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
/// Files, and pieces of long ones, that are remembered, so that equal ones are searched once: 40 bytes each.
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

/// What was searched: bytes from the beginning of a file on, what the file is for, and whether the file ends there.
type Searched = (ContentId, FileClass, bool);
/// What was found: in a whole file, or in the last piece of the bytes.
type Hits = Option<Arc<[SecretHit]>>;

/// Searches files for secrets. Threads may share it.
pub struct SecretScanner {
    prefixes: Prefixes,
    /// Anchors to look for in any file, in text, and in files that configure something.
    everywhere: Anchors,
    text: Anchors,
    settings: Anchors,
    known: Mutex<HashMap<Searched, Hits>>,
    /// Bytes that were searched so far.
    bytes: AtomicU64,
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
            everywhere: Anchors::of(&[Scope::Everywhere]),
            text: Anchors::of(&[Scope::Everywhere, Scope::Text]),
            settings: Anchors::of(&[Scope::Everywhere, Scope::Text, Scope::Settings]),
            known: Mutex::new(HashMap::new()),
            bytes: AtomicU64::new(0),
        }
    }

    /// How many bytes were searched so far. Equal files, and equal beginnings of long ones, count once.
    pub fn searched_bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
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
        let class = FileClass::of(path);
        let hits = self.once((id, class, true), || self.scan_class(class, bytes));
        hits.iter().flat_map(|hits| hits.iter()).cloned().for_each(&mut take);
    }

    /// What `search` finds, or found when the same was searched before.
    fn once(&self, searched: Searched, search: impl FnOnce() -> Vec<SecretHit>) -> Hits {
        let lock = || self.known.lock().expect("nobody panics while holding it");
        let known = lock().get(&searched).cloned();
        known.unwrap_or_else(|| {
            let hits = search();
            let hits: Hits = (!hits.is_empty()).then(|| hits.into());
            let mut known = lock();
            if known.len() < MAX_KNOWN {
                known.insert(searched, hits.clone());
            }
            hits
        })
    }

    /// Begins a file that comes in pieces.
    pub(crate) fn begin(&self, path: &[u8]) -> FileScan<'_> {
        let class = FileClass::of(path);
        FileScan { scanner: self, class, is_text: false, next: 0, hits: Vec::new() }
    }

    /// Every place of every secret in a text that sets variables, also of those that stand in it twice; in order of kinds.
    pub(super) fn each_in_setting(&self, text: &str) -> Vec<SecretHit> {
        self.each_hit(FileClass::Settings, is_text(text.as_bytes()), text.as_bytes())
    }

    fn scan_class(&self, class: FileClass, bytes: &[u8]) -> Vec<SecretHit> {
        let is_text = is_text(bytes);
        let mut hits = settled(self.each_hit(class, is_text, bytes));
        if is_text {
            number_lines(&mut hits, bytes);
        }
        hits
    }

    fn each_hit(&self, class: FileClass, is_text: bool, bytes: &[u8]) -> Vec<SecretHit> {
        let mut hits = credential_file::secrets(class, bytes)
            .map(|(rule, found)| SecretHit::new(number_of(rule), bytes, &found))
            .collect::<Vec<_>>();
        self.search(class, is_text, bytes, &mut |rule, found| {
            hits.push(SecretHit::new(rule, bytes, &found));
        });
        hits.sort_by_key(|hit| (hit.rule, hit.offset));
        hits
    }

    fn search(
        &self,
        class: FileClass,
        is_text: bool,
        bytes: &[u8],
        found: &mut dyn FnMut(u16, Found),
    ) {
        self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
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
        let anchors = match (is_text, class) {
            (false, _) => &self.everywhere,
            (true, FileClass::Plain) => &self.text,
            (true, _) => &self.settings,
        };
        anchors.each(bytes, &mut look);
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
    /// Takes the next piece. `so_far` stands for all bytes of the file up to its end: what was found in a piece depends on
    /// nothing else.
    pub(crate) fn see(&mut self, piece: &Piece<'_>, so_far: ContentId) {
        if piece.offset == 0 && piece.seen == 0 {
            self.is_text = is_text(piece.bytes);
        }
        let end = piece.offset + piece.bytes.len() as u64;
        let until = if piece.is_last { end } else { end.saturating_sub(OVERLAP as u64 / 2) };
        let places = self.next..until;
        let searched = (so_far, self.class, piece.is_last);
        let hits = self.scanner.once(searched, || self.search(piece, places));
        let room = (MAX_HITS * 2).saturating_sub(self.hits.len());
        self.hits.extend(hits.iter().flat_map(|hits| hits.iter()).take(room).cloned());
        self.next = until;
    }

    fn search(&self, piece: &Piece<'_>, places: Range<u64>) -> Vec<SecretHit> {
        let mut hits = Vec::new();
        self.scanner.search(self.class, self.is_text, piece.bytes, &mut |rule, found| {
            let mut hit = SecretHit::new(rule, piece.bytes, &found);
            hit.offset += piece.offset;
            if places.contains(&hit.offset) && hits.len() < MAX_HITS * 2 {
                hits.push(hit);
            }
        });
        hits
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
