//! Everything jettison says in its own words, in each language it speaks.
//!
//! English first: a text that is missing in another language shows in English. Errors of the libraries are English only;
//! they name files and places, and people search for them.

mod analyze;
mod diff;
mod images;
mod lint;
mod registry;
mod restore;
mod slim;
mod squash;
mod why;

pub(crate) use analyze::AnalyzeText;
pub(crate) use diff::DiffText;
pub(crate) use images::ImageText;
pub(crate) use lint::LintText;
pub(crate) use registry::RegistryText;
pub(crate) use restore::RestoreText;
pub(crate) use slim::Text;
pub(crate) use squash::SquashText;
pub(crate) use why::WhyText;

/// Texts of one part of the program: an enumeration in a file of its own, each text in every language.
pub(crate) trait Words: Copy {
    /// The text in English and in Chinese. Braces stand for values, in order.
    fn both(self) -> (&'static str, &'static str);
}

/// A language of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// The language of a locale name such as `zh_CN.UTF-8`.
    pub(crate) fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Chinese } else { Self::English }
    }

    /// The word before an error.
    pub(crate) const fn error_word(self) -> &'static str {
        match self {
            Self::English => "error",
            Self::Chinese => "错误",
        }
    }

    /// The word before a warning.
    pub(crate) const fn warning_word(self) -> &'static str {
        match self {
            Self::English => "warning",
            Self::Chinese => "警告",
        }
    }

    /// The word before a way out.
    pub(crate) const fn hint_word(self) -> &'static str {
        match self {
            Self::English => "hint",
            Self::Chinese => "提示",
        }
    }

    /// A text with its values put in.
    pub(crate) fn say(self, text: impl Words, values: &[&str]) -> String {
        let mut parts = self.text(text).split("{}");
        let mut said = parts.next().unwrap_or_default().to_owned();
        for (part, value) in parts.zip(values.iter().copied().chain(std::iter::repeat(""))) {
            said.push_str(value);
            said.push_str(part);
        }
        said
    }

    /// A text as it stands.
    pub(crate) fn text(self, text: impl Words) -> &'static str {
        let (english, chinese) = text.both();
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }
}

impl From<Language> for jettison_analyze::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::English => Self::English,
            Language::Chinese => Self::Chinese,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_in_in_order() {
        assert_eq!(
            Language::English.say(WhyText::Kept, &["/a", "read", "evidence"]),
            "/a stays: read (rule evidence)"
        );
        assert_eq!(Language::Chinese.say(Text::Saving, &["x"]), "保存 x");
        assert_eq!(Language::English.say(Text::Saving, &[]), "saving ");
    }
}
