//! What can be configured about rules, wherever it was read from.

use std::collections::{BTreeMap, BTreeSet};

use crate::rule::{Level, Rule};

/// What a label's value has to be (hadolint's `label-schema`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelKind {
    /// Anything.
    Text,
    /// An address with a scheme.
    Url,
    /// A semantic version.
    Semver,
    /// A date and time as RFC 3339 has it.
    Rfc3339,
    /// An SPDX licence expression.
    Spdx,
    /// A git commit: 7 or 40 hexadecimal digits.
    GitHash,
    /// A mail address.
    Email,
}

/// Settings of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Only these rules (ids or aliases); all when empty.
    pub select: BTreeSet<String>,
    /// Not these rules.
    pub ignore: BTreeSet<String>,
    /// Levels other than the rules' own, by id or alias.
    pub levels: BTreeMap<String, Level>,
    /// Registries that images may come from; all when empty. `*` stands for any text.
    pub trusted_registries: Vec<String>,
    /// Labels that have to be there, and what they hold.
    pub label_schema: BTreeMap<String, LabelKind>,
    /// Whether other labels are a mistake.
    pub strict_labels: bool,
    /// Whether comments in the file may not silence rules.
    pub forbids_inline_ignores: bool,
    /// The file's path from its build context: `docker/app.Dockerfile.dockerignore` beside it goes before the context's
    /// `.dockerignore`.
    pub file_name: Option<String>,
    /// Today, as days since 1970-01-01, for bases that are no longer supported. Passed in so
    /// that the same input gives the same output; no end-of-life findings when unknown.
    pub today: Option<i64>,
    /// How many RUNs are read anew before an answer, where findings of an earlier look can stand in
    /// for the others; all without a limit. [`Linted::is_provisional`](crate::Linted) tells.
    pub patience: Option<usize>,
}

impl Settings {
    /// Whether a level is configured for `rule`.
    pub(crate) fn has_level_for(&self, rule: &Rule) -> bool {
        self.levels.keys().any(|name| rule.is_called(name))
    }

    /// The level of `rule` here; [`Level::Off`] when it is not to run.
    pub fn level_of(&self, rule: &Rule) -> Level {
        let named = |names: &BTreeSet<String>| names.iter().any(|name| rule.is_called(name));
        if named(&self.ignore) || (!self.select.is_empty() && !named(&self.select)) {
            return Level::Off;
        }
        let level = self.levels.iter().find(|(name, _)| rule.is_called(name));
        let level = level.map_or(rule.level, |(_, level)| *level);
        if level == Level::Off && named(&self.select) { Level::Warning } else { level }
    }
}
