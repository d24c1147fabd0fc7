//! What rules report.

use std::ops::Range;

use jettison_dockerfile::Edit;

use crate::rule::{Language, Level};

/// A text made for one finding, in both languages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

impl Message {
    /// The text in `language`.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::Chinese => &self.zh,
        }
    }
}

/// Formats a [`Message`]: the English text, then the Chinese one.
macro_rules! message {
    ($en:literal, $zh:literal $(,)?) => {
        $crate::finding::Message { en: format!($en), zh: format!($zh) }
    };
}
pub(crate) use message;

/// Whether a fix keeps what the file means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Safety {
    /// The image does the same, or only what the file already said it should.
    Safe,
    /// The image may differ: to be looked at.
    Unsafe,
}

/// A change that removes the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does.
    pub title: Message,
    /// Whether it may be applied without being looked at.
    pub safety: Safety,
    /// A file beside the Dockerfile that it changes, or makes; the Dockerfile itself when none.
    pub file: Option<String>,
    /// Byte ranges of that file and what replaces them; all or none are applied.
    pub edits: Vec<Edit>,
}

/// A place in the Dockerfile that has to do with a finding in a file beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The place, in bytes of the Dockerfile.
    pub span: Range<usize>,
    /// What is there.
    pub message: Message,
}

/// A breach of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// Names of the rule in other tools.
    pub aliases: Vec<String>,
    /// Its level, as configured.
    pub level: Level,
    /// A file beside the Dockerfile that the place is in; the Dockerfile itself when none.
    pub file: Option<String>,
    /// The place, in bytes of that file.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: Message,
    /// The place in the Dockerfile because of which `file` was looked at.
    pub related: Option<Related>,
    /// A change that removes it.
    pub fix: Option<Fix>,
}

impl Finding {
    /// Only the aliases that `is_kept` accepts apply to this place.
    pub(crate) fn keep_aliases(&mut self, is_kept: impl Fn(&str) -> bool) -> &mut Self {
        self.aliases.retain(|alias| is_kept(alias));
        self
    }

    /// Matters less here than the rule's level says.
    pub(crate) fn lower_to(&mut self, level: Level) -> &mut Self {
        self.level = self.level.min(level);
        self
    }

    /// The place is in `file`, which is looked at because of `span` in the Dockerfile.
    pub(crate) fn beside(&mut self, file: &str, span: Range<usize>, why: Message) -> &mut Self {
        self.file = Some(file.to_owned());
        self.related = Some(Related { span, message: why });
        self
    }

    /// Adds a fix that keeps the meaning.
    pub(crate) fn fix(&mut self, title: Message, edits: Vec<Edit>) {
        let file = self.file.clone();
        self.fix = Some(Fix { title, safety: Safety::Safe, file, edits });
    }

    /// Adds a fix that has to be looked at.
    pub(crate) fn suggest(&mut self, title: Message, edits: Vec<Edit>) {
        let file = self.file.clone();
        self.fix = Some(Fix { title, safety: Safety::Unsafe, file, edits });
    }
}
