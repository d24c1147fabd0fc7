//! Evidence: what was seen of a tree's names while a program ran over it.
//!
//! Plain data that recorders produce and the keep-set is decided from. A touch is noted once per name: recorders answer
//! the kernel with endless time-outs, so it asks about each name once, and the first toucher is the one that is known.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::PathId;

/// How a name was used. Several may be true of one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Touches(u8);

impl Touches {
    /// Nothing was seen.
    pub const NONE: Self = Self(0);
    /// The name was resolved or its attributes were asked for (`stat`, `access`, a path that leads through it).
    pub const LOOKED_UP: Self = Self(1);
    /// Bytes of the file were read, mapped or executed.
    pub const READ: Self = Self(1 << 1);
    /// The symbolic link was followed or read.
    pub const FOLLOWED: Self = Self(1 << 2);
    /// The directory was listed.
    pub const LISTED: Self = Self(1 << 3);
    /// An extended attribute that the file has was read.
    pub const XATTR: Self = Self(1 << 4);

    /// Each single touch with the word that reports use for it.
    pub const WORDS: [(Self, &'static str); 5] = [
        (Self::READ, "read"),
        (Self::FOLLOWED, "linked through"),
        (Self::LISTED, "listed"),
        (Self::XATTR, "xattr"),
        (Self::LOOKED_UP, "looked up"),
    ];

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is in `self`.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether nothing was seen.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set as bits, for storage in an atomic.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The set that [`Self::bits`] gave; bits without a meaning are dropped.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 0b1_1111)
    }

    /// The words of the touches in the set, strongest first.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        Self::WORDS
            .into_iter()
            .filter(move |(touch, _)| self.contains(*touch))
            .map(|(_, word)| word)
    }
}

impl fmt::Display for Touches {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.words().enumerate() {
            formatter.write_str(if index == 0 { "" } else { ", " })?;
            formatter.write_str(word)?;
        }
        Ok(())
    }
}

/// The part of a run in which a name was first touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Before the program was let go: mounts and the search for the program.
    #[default]
    Setup,
    /// From the start of the program until it was ready.
    Start,
    /// While it was exercised.
    Probe,
    /// From the stop signal to its end.
    Stop,
}

impl Phase {
    /// The word that reports use.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Start => "start",
            Self::Probe => "probe",
            Self::Stop => "stop",
        }
    }

    /// A small number for storage in an atomic.
    pub const fn index(self) -> u8 {
        self as u8
    }

    /// The phase of [`Self::index`]; anything beyond the last is the last.
    pub const fn from_index(index: u8) -> Self {
        match index {
            0 => Self::Setup,
            1 => Self::Start,
            2 => Self::Probe,
            _ => Self::Stop,
        }
    }
}

/// The name of a program as the kernel keeps it of each process: its file's name, at most 15 bytes (proc(5), `comm`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Program([u8; 16]);

impl Program {
    /// From the kernel's text, with or without its line end. What is longer is cut.
    pub fn new(name: &[u8]) -> Self {
        let name = name.split(|byte| matches!(byte, b'\n' | 0)).next().unwrap_or_default();
        let mut kept = [0; 16];
        for (place, byte) in kept.iter_mut().take(15).zip(name) {
            *place = *byte;
        }
        Self(kept)
    }

    /// The name; nothing when it is not known or no text.
    pub fn name(&self) -> Option<&str> {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        std::str::from_utf8(&self.0[..end]).ok().filter(|name| !name.is_empty())
    }
}

/// What was seen of one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// How it was used.
    pub touches: Touches,
    /// When it was first touched, by part of the run.
    pub phase: Phase,
    /// When it was first touched, from the creation of the recorder.
    pub at: Duration,
    /// The process that touched it first, as numbered inside the container; 0 when not known.
    pub pid: u32,
    /// What that process was then.
    pub program: Program,
}

impl Seen {
    /// Joins what two observers saw: all touches, and the earlier one's circumstances.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        let earlier = if (other.phase, other.at) < (self.phase, self.at) { other } else { self };
        Self { touches: self.touches.union(other.touches), ..earlier }
    }
}

/// All that was seen in one run, or in several joined ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    seen: BTreeMap<PathId, Seen>,
    missing: BTreeMap<Vec<u8>, Duration>,
}

impl Evidence {
    /// Notes that `path` was touched.
    pub fn note(&mut self, path: PathId, seen: Seen) {
        self.seen.entry(path).and_modify(|known| *known = known.merged(seen)).or_insert(seen);
    }

    /// Notes that an absolute path was asked for and is not in the tree.
    pub fn note_missing(&mut self, path: Vec<u8>, at: Duration) {
        self.missing.entry(path).or_insert(at);
    }

    /// Adds everything another run saw of the same tree.
    pub fn merge(&mut self, other: &Self) {
        for (&path, &seen) in &other.seen {
            self.note(path, seen);
        }
        for (path, &at) in &other.missing {
            self.note_missing(path.clone(), at);
        }
    }

    /// What was seen of `path`, if anything.
    pub fn of(&self, path: PathId) -> Option<Seen> {
        self.seen.get(&path).copied()
    }

    /// How `path` was used; [`Touches::NONE`] when it was not.
    pub fn touches(&self, path: PathId) -> Touches {
        self.of(path).map_or(Touches::NONE, |seen| seen.touches)
    }

    /// Every touched name, in the order of its id.
    pub fn iter(&self) -> impl Iterator<Item = (PathId, Seen)> + '_ {
        self.seen.iter().map(|(&path, &seen)| (path, seen))
    }

    /// Absolute paths that were asked for and do not exist, with the time of the first question.
    pub fn missing(&self) -> impl Iterator<Item = (&[u8], Duration)> + '_ {
        self.missing.iter().map(|(path, &at)| (path.as_slice(), at))
    }

    /// How many names were touched.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether nothing was touched.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }
}
