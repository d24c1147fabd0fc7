//! What a rule is.

use crate::{report::Report, subject::Subject};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not reported unless asked for.
    Off,
    /// A matter of taste.
    Style,
    /// Worth knowing.
    Info,
    /// Probably a mistake.
    Warning,
    /// A mistake.
    Error,
}

impl Level {
    /// The level's name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Style => "style",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The level called `name`; `ignore` and `none` are other names for off.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "off" | "ignore" | "none" => Self::Off,
            "style" => Self::Style,
            "info" | "note" => Self::Info,
            "warning" => Self::Warning,
            "error" => Self::Error,
            _ => return None,
        })
    }
}

/// A language that messages and pages are available in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// The language that a locale such as `zh_CN.UTF-8` or a tag such as `zh` asks for.
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Chinese } else { Self::English }
    }
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
    pub fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Chinese => self.zh,
        }
    }
}

/// A rule's documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// What to do, in one line.
    pub title: Text,
    /// Why.
    pub why: Text,
    /// A Dockerfile, or the part of one that matters, in which the rule finds something.
    pub bad: &'static str,
    /// The same without the mistake.
    pub good: &'static str,
    /// Files beside it that the example needs: path and content.
    pub files: &'static [(&'static str, &'static str)],
}

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its stable name, `JT-…`.
    pub id: &'static str,
    /// Names that other tools know it by: hadolint's codes, names of BuildKit's checks.
    pub aliases: &'static [&'static str],
    /// Level unless configured otherwise.
    pub level: Level,
    /// Documentation.
    pub page: Page,
    /// Looks for breaches.
    pub(crate) check: fn(&Subject<'_>, &mut Report),
}

impl Rule {
    /// Whether `name` is this rule's id or one of its aliases, in any letter case.
    pub fn is_called(&self, name: &str) -> bool {
        self.id.eq_ignore_ascii_case(name)
            || self.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    }
}
