//! The languages that texts are available in.

use serde::{Deserialize, Serialize};

/// A language of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

/// A fixed text in English and Chinese.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: &'static str,
    /// Simplified Chinese.
    pub zh: &'static str,
}

impl Text {
    /// The text in `language`.
    pub const fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Chinese => self.zh,
        }
    }
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Worth knowing.
    Info,
    /// Should be mended when there is time.
    Low,
    /// Should be mended.
    Medium,
    /// Can be abused by whoever gets hold of the image or of a process in it.
    High,
}

impl Level {
    /// Its name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The level called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        let all = [Self::Info, Self::Low, Self::Medium, Self::High];
        all.into_iter().find(|level| level.name().eq_ignore_ascii_case(name))
    }

    /// Its name for people.
    pub const fn text(self) -> Text {
        match self {
            Self::Info => Text { en: "info", zh: "提示" },
            Self::Low => Text { en: "low", zh: "低" },
            Self::Medium => Text { en: "medium", zh: "中" },
            Self::High => Text { en: "high", zh: "高" },
        }
    }
}
