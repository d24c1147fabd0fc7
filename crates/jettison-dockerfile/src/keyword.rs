//! The instructions' names.

use std::fmt;

/// An instruction's name (Dockerfile reference, "Overview").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Keyword {
    /// `ADD`
    Add,
    /// `ARG`
    Arg,
    /// `CMD`
    Cmd,
    /// `COPY`
    Copy,
    /// `ENTRYPOINT`
    Entrypoint,
    /// `ENV`
    Env,
    /// `EXPOSE`
    Expose,
    /// `FROM`
    From,
    /// `HEALTHCHECK`
    Healthcheck,
    /// `LABEL`
    Label,
    /// `MAINTAINER`
    Maintainer,
    /// `ONBUILD`
    Onbuild,
    /// `RUN`
    Run,
    /// `SHELL`
    Shell,
    /// `STOPSIGNAL`
    Stopsignal,
    /// `USER`
    User,
    /// `VOLUME`
    Volume,
    /// `WORKDIR`
    Workdir,
    /// None of these.
    Unknown,
}

/// Every known name with its keyword.
const NAMES: &[(&str, Keyword)] = &[
    ("ADD", Keyword::Add),
    ("ARG", Keyword::Arg),
    ("CMD", Keyword::Cmd),
    ("COPY", Keyword::Copy),
    ("ENTRYPOINT", Keyword::Entrypoint),
    ("ENV", Keyword::Env),
    ("EXPOSE", Keyword::Expose),
    ("FROM", Keyword::From),
    ("HEALTHCHECK", Keyword::Healthcheck),
    ("LABEL", Keyword::Label),
    ("MAINTAINER", Keyword::Maintainer),
    ("ONBUILD", Keyword::Onbuild),
    ("RUN", Keyword::Run),
    ("SHELL", Keyword::Shell),
    ("STOPSIGNAL", Keyword::Stopsignal),
    ("USER", Keyword::User),
    ("VOLUME", Keyword::Volume),
    ("WORKDIR", Keyword::Workdir),
];

impl Keyword {
    /// The keyword that `word` spells, in any letter case.
    pub fn of(word: &str) -> Self {
        NAMES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word))
            .map_or(Self::Unknown, |&(_, keyword)| keyword)
    }

    /// The name in capitals; empty for [`Keyword::Unknown`].
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|&&(_, keyword)| keyword == self).map_or("", |&(name, _)| name)
    }

    /// Names of all known instructions.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|&(name, _)| name)
    }

    /// The known name closest to `word`, when at most two letters differ.
    pub fn nearest(word: &str) -> Option<&'static str> {
        let word: String = word.chars().take(32).collect::<String>().to_ascii_uppercase();
        Self::names()
            .map(|name| (edit_distance(name, &word), name))
            .min()
            .filter(|&(distance, name)| distance <= 2 && word.len() >= 3 && distance < name.len())
            .map(|(_, name)| name)
    }

    /// Whether here-documents may follow this instruction.
    pub fn takes_heredocs(self) -> bool {
        matches!(self, Self::Add | Self::Copy | Self::Run)
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Levenshtein distance, by rows.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_in_any_case_and_write_in_capitals() {
        for name in Keyword::names() {
            assert_eq!(Keyword::of(&name.to_lowercase()).name(), name);
        }
        assert_eq!(Keyword::of("runs"), Keyword::Unknown);
    }

    #[test]
    fn a_slip_of_two_letters_is_guessed() {
        let cases = [
            ("RUNN", Some("RUN")),
            ("form", Some("FROM")),
            ("ENTRIPOINT", Some("ENTRYPOINT")),
            ("//RUN", Some("RUN")),
            ("docker", None),
            ("&&", None),
            ("", None),
        ];
        for (word, nearest) in cases {
            assert_eq!(Keyword::nearest(word), nearest, "{word}");
        }
    }
}
