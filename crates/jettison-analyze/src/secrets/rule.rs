//! What a kind of secret looks like.

use std::ops::{Range, RangeInclusive};

use crate::language::{Level, Text};

/// A kind of secret.
#[derive(Debug)]
pub struct SecretRule {
    /// Its stable name: `github-token`.
    pub id: &'static str,
    /// What it is.
    pub title: Text,
    /// How much it matters.
    pub level: Level,
    /// Byte strings one of which every secret of this kind begins with or stands beside.
    pub(crate) anchors: &'static [&'static str],
    /// Where it is looked for.
    pub(crate) scope: Scope,
    /// How its anchors are found.
    pub(crate) search: Search,
    /// What decides.
    pub(crate) shape: Shape,
}

/// Where a kind of secret is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// In every file, programs too.
    Everywhere,
    /// In text: its anchors are so short that programs hold them by chance.
    Text,
    /// In files that configure something, and in variables: its anchors are words of everyday.
    Settings,
}

/// How anchors are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// They stand at the beginning of a run of characters of tokens, or of a chain of such runs and dots.
    Run,
    /// They may stand anywhere.
    Literal,
}

/// What decides whether an anchor stands before a secret.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// The anchor begins a token.
    Token(Token),
    /// Something of its own.
    Custom(fn(&Place<'_>) -> Option<Found>),
}

/// A token: its anchor, then characters of an alphabet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) alphabet: Alphabet,
    /// Characters behind the anchor.
    pub(crate) min: usize,
    /// The same; a longer run is something else.
    pub(crate) max: usize,
    /// Whether a checksum or fixed place fits; gets the token with its anchor.
    pub(crate) check: Option<fn(&[u8]) -> bool>,
}

/// Characters that a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// `0-9a-f`, in either case.
    Hex,
    /// `0-9A-Za-z`.
    Base62,
    /// `0-9A-Za-z_-`.
    Base64Url,
    /// `0-9A-Za-z+/=`.
    Base64,
    /// `A-Z2-7`, as AWS and TOTP use it; digits 0, 1, 8, 9 too where AWS's older keys have them.
    Upper,
    /// `0-9A-Za-z_.-`.
    Dotted,
    /// `0-9A-Za-z_.-+/=`: joined parts of several alphabets.
    Mixed,
}

impl Alphabet {
    pub(crate) const fn has(self, byte: u8) -> bool {
        match self {
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Base62 => byte.is_ascii_alphanumeric(),
            Self::Base64Url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='),
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
            Self::Mixed => {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/' | b'=')
            }
        }
    }

    /// Bits per character below which a run is no random token: about two thirds of what a random one of 20 has.
    pub(crate) const fn least_entropy(self) -> f32 {
        match self {
            Self::Hex => 2.2,
            Self::Upper => 2.6,
            _ => 3.0,
        }
    }
}

/// An anchor in some bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The bytes at hand: a file, a piece of one, or a variable.
    pub(crate) bytes: &'a [u8],
    /// Where the anchor stands.
    pub(crate) at: Range2,
}

/// A range that can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range2 {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl<'a> Place<'a> {
    /// What follows the anchor.
    pub(crate) fn after(&self) -> &'a [u8] {
        &self.bytes[self.at.end..]
    }

    /// What stands before the anchor.
    pub(crate) fn before(&self) -> &'a [u8] {
        &self.bytes[..self.at.start]
    }

    /// The rest of the anchor's line.
    pub(crate) fn rest_of_line(&self) -> &'a [u8] {
        let after = self.after();
        let end = after.iter().take(MAX_LINE).position(|&byte| byte == b'\n' || byte == b'\r');
        &after[..end.unwrap_or(after.len().min(MAX_LINE))]
    }

    /// The anchor's line up to the anchor.
    pub(crate) fn line_before(&self) -> &'a [u8] {
        let before = self.before();
        let near = &before[before.len().saturating_sub(MAX_LINE)..];
        let start = near.iter().rposition(|&byte| byte == b'\n' || byte == b'\r');
        &near[start.map_or(0, |start| start + 1)..]
    }

    /// A range that counts from the end of the anchor, as one that counts from the first byte.
    pub(crate) fn behind(&self, range: Range<usize>) -> Range<usize> {
        self.at.end + range.start..self.at.end + range.end
    }
}

/// Longest part of a line that is looked at, in bytes: minified files have one line.
const MAX_LINE: usize = 4096;

/// A secret that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it lies.
    pub(crate) range: Range<usize>,
    /// How many of its first bytes every secret of the kind has, and may be shown.
    pub(crate) public: usize,
}

impl Found {
    /// A secret of which nothing may be shown.
    pub(crate) const fn private(range: Range<usize>) -> Self {
        Self { range, public: 0 }
    }
}

/// A rule for tokens that begin with one of `anchors`.
pub(crate) const fn token(
    id: &'static str,
    title: Text,
    anchors: &'static [&'static str],
    alphabet: Alphabet,
    len: RangeInclusive<usize>,
) -> SecretRule {
    let (min, max) = (*len.start(), *len.end());
    let token = Token { alphabet, min, max, check: None };
    SecretRule {
        id,
        title,
        level: Level::High,
        anchors,
        scope: Scope::Everywhere,
        search: Search::Run,
        shape: Shape::Token(token),
    }
}

/// A rule that decides by itself.
pub(crate) const fn custom(
    id: &'static str,
    title: Text,
    anchors: &'static [&'static str],
    scope: Scope,
    find: fn(&Place<'_>) -> Option<Found>,
) -> SecretRule {
    SecretRule {
        id,
        title,
        level: Level::High,
        anchors,
        scope,
        search: Search::Literal,
        shape: Shape::Custom(find),
    }
}

impl SecretRule {
    /// With a check of the whole token.
    pub(crate) const fn checked(mut self, check: fn(&[u8]) -> bool) -> Self {
        if let Shape::Token(token) = &mut self.shape {
            token.check = Some(check);
        }
        self
    }

    /// With anchors that begin a run.
    pub(crate) const fn at_runs(mut self) -> Self {
        self.search = Search::Run;
        self
    }

    /// With anchors that hold characters which no token has.
    pub(crate) const fn literal(mut self) -> Self {
        self.search = Search::Literal;
        self
    }

    /// Looked for in text alone.
    pub(crate) const fn in_text(mut self) -> Self {
        self.scope = Scope::Text;
        self
    }

    /// With another level.
    pub(crate) const fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }
}

/// A text in both languages.
pub(crate) const fn text(en: &'static str, zh: &'static str) -> Text {
    Text { en, zh }
}
