//! How much more than the evidence is kept.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// From smallest to safest. Each level applies the rules of those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// What was used, and what that cannot start without: libraries, interpreters, links.
    Minimal,
    /// And what the program will use when it is asked for more than the probes asked.
    #[default]
    Balanced,
    /// And what it might: whole packages of everything touched.
    Generous,
}

impl Level {
    /// All of them, smallest first.
    pub const ALL: [Self; 3] = [Self::Minimal, Self::Balanced, Self::Generous];

    /// The word on the command line and in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Balanced => "balanced",
            Self::Generous => "generous",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// A word that names no level.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("there is no level {0:?}: use minimal, balanced or generous")]
pub struct UnknownLevel(String);

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(word: &str) -> Result<Self, UnknownLevel> {
        Self::ALL
            .into_iter()
            .find(|level| level.word() == word)
            .ok_or_else(|| UnknownLevel(word.to_owned()))
    }
}
