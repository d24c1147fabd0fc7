//! Licences as databases word them, told in SPDX's terms where they can be.
//!
//! The lists of ids are the SPDX License List's (spdx.org/licenses, CC0).

/// A licence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum License {
    /// One id of SPDX's list.
    Id(&'static str),
    /// An expression of such ids (SPDX 2.3, annex D).
    Expression(String),
    /// Words.
    Named(String),
}

const IDS: &str = include_str!("spdx-licenses.txt");
const EXCEPTIONS: &str = include_str!("spdx-exceptions.txt");

/// Longest words that are passed on: some packages put a whole licence into the field for its name.
const WORDS: usize = 120;

/// What people write for an id, in small letters: Debian's short names, rpm's, PyPI's classifiers, common spellings.
const ALIASES: &[(&str, &str)] = &[
    ("expat", "MIT"),
    ("mit license", "MIT"),
    ("the mit license", "MIT"),
    ("mit/x11", "MIT"),
    ("asl 2.0", "Apache-2.0"),
    ("apache 2", "Apache-2.0"),
    ("apache 2.0", "Apache-2.0"),
    ("apache-2", "Apache-2.0"),
    ("apache license 2.0", "Apache-2.0"),
    ("apache license, version 2.0", "Apache-2.0"),
    ("apache software license", "Apache-2.0"),
    ("apache software license 2.0", "Apache-2.0"),
    ("the apache software license, version 2.0", "Apache-2.0"),
    ("https://www.apache.org/licenses/license-2.0.txt", "Apache-2.0"),
    ("http://www.apache.org/licenses/license-2.0.txt", "Apache-2.0"),
    ("bsd-3", "BSD-3-Clause"),
    ("bsd 3-clause", "BSD-3-Clause"),
    ("3-clause bsd license", "BSD-3-Clause"),
    ("new bsd", "BSD-3-Clause"),
    ("new bsd license", "BSD-3-Clause"),
    ("bsd-2", "BSD-2-Clause"),
    ("simplified bsd", "BSD-2-Clause"),
    ("isc license (iscl)", "ISC"),
    ("isc license", "ISC"),
    ("psf", "PSF-2.0"),
    ("psf license", "PSF-2.0"),
    ("python software foundation license", "PSF-2.0"),
    ("mpl 2.0", "MPL-2.0"),
    ("mplv2.0", "MPL-2.0"),
    ("mozilla public license 2.0 (mpl 2.0)", "MPL-2.0"),
    ("zope public license", "ZPL-2.1"),
    ("zpl 2.1", "ZPL-2.1"),
    ("the unlicense (unlicense)", "Unlicense"),
    ("zlib/libpng license", "Zlib"),
    ("gpl-1+", "GPL-1.0-or-later"),
    ("gpl-2", "GPL-2.0-only"),
    ("gpl-2+", "GPL-2.0-or-later"),
    ("gplv2", "GPL-2.0-only"),
    ("gplv2+", "GPL-2.0-or-later"),
    ("gpl-3", "GPL-3.0-only"),
    ("gpl-3+", "GPL-3.0-or-later"),
    ("gplv3", "GPL-3.0-only"),
    ("gplv3+", "GPL-3.0-or-later"),
    ("gnu general public license v2 (gplv2)", "GPL-2.0-only"),
    ("gnu general public license v2 or later (gplv2+)", "GPL-2.0-or-later"),
    ("gnu general public license v3 (gplv3)", "GPL-3.0-only"),
    ("gnu general public license v3 or later (gplv3+)", "GPL-3.0-or-later"),
    ("lgpl-2", "LGPL-2.0-only"),
    ("lgpl-2+", "LGPL-2.0-or-later"),
    ("lgplv2", "LGPL-2.0-only"),
    ("lgplv2+", "LGPL-2.0-or-later"),
    ("lgpl-2.1", "LGPL-2.1-only"),
    ("lgpl-2.1+", "LGPL-2.1-or-later"),
    ("lgplv2.1+", "LGPL-2.1-or-later"),
    ("lgpl-3", "LGPL-3.0-only"),
    ("lgpl-3+", "LGPL-3.0-or-later"),
    ("lgplv3+", "LGPL-3.0-or-later"),
    ("gfdl-1.3", "GFDL-1.3-only"),
    ("gfdl-1.3+", "GFDL-1.3-or-later"),
    ("agpl-3", "AGPL-3.0-only"),
    ("agpl-3+", "AGPL-3.0-or-later"),
];

impl License {
    /// What a database's words mean.
    pub(super) fn of(words: &str) -> Self {
        let words = words.lines().next().unwrap_or_default().trim();
        if let Some(id) = id(words) {
            return Self::Id(id);
        }
        if let Some(expression) = expression(words) {
            return Self::Expression(expression);
        }
        let end = words.char_indices().nth(WORDS).map_or(words.len(), |(at, _)| at);
        Self::Named(words[..end].to_owned())
    }
}

/// The id in its own spelling, which is compared without regard to case (SPDX 2.3, annex D.2).
fn id(words: &str) -> Option<&'static str> {
    let small = words.to_lowercase();
    // Aliases first: some are ids too, deprecated ones.
    let alias = ALIASES.iter().find(|(alias, _)| *alias == small).map(|&(_, id)| id);
    alias.or_else(|| IDS.lines().find(|id| id.eq_ignore_ascii_case(words)))
}

/// Words of several licences as an expression, if every one of them is known.
fn expression(words: &str) -> Option<String> {
    let spaced = words.replace('(', " ( ").replace(')', " ) ");
    let mut out = String::new();
    let mut depth = 0_u32;
    let mut wants_operand = true;
    let mut wants_exception = false;
    for word in spaced.split_whitespace() {
        let operator = ["AND", "OR", "WITH"].into_iter().find(|it| it.eq_ignore_ascii_case(word));
        let text = match (word, operator) {
            ("(", _) if wants_operand && !wants_exception => {
                depth += 1;
                "("
            }
            (")", _) if !wants_operand => {
                depth = depth.checked_sub(1)?;
                ")"
            }
            (_, Some(operator)) if !wants_operand => {
                wants_operand = true;
                wants_exception = operator == "WITH";
                operator
            }
            _ if wants_operand && operator.is_none() => {
                wants_operand = false;
                if std::mem::take(&mut wants_exception) {
                    EXCEPTIONS.lines().find(|id| id.eq_ignore_ascii_case(word))?
                } else {
                    id(word)?
                }
            }
            _ => return None,
        };
        let is_tight = out.is_empty() || out.ends_with('(') || text == ")";
        if !is_tight {
            out.push(' ');
        }
        out.push_str(text);
    }
    (depth == 0 && !wants_operand).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_ids_or_expressions_or_stay_words() {
        let expression = |text: &str| License::Expression(text.to_owned());
        let named = |text: &str| License::Named(text.to_owned());
        for (words, expected) in [
            ("MIT", License::Id("MIT")),
            ("mit", License::Id("MIT")),
            ("Expat", License::Id("MIT")),
            ("GPLv2+", License::Id("GPL-2.0-or-later")),
            ("GPLv2+ and BSD-3-Clause", expression("GPL-2.0-or-later AND BSD-3-Clause")),
            ("(MIT OR Apache-2.0) AND ISC", expression("(MIT OR Apache-2.0) AND ISC")),
            (
                "GPL-2.0-only WITH Classpath-exception-2.0",
                expression("GPL-2.0-only WITH Classpath-exception-2.0"),
            ),
            ("GPLv2+ and BSD", named("GPLv2+ and BSD")),
            ("MIT AND", named("MIT AND")),
            ("MIT)", named("MIT)")),
            ("((MIT)", named("((MIT)")),
            ("MIT WITH MIT", named("MIT WITH MIT")),
            ("MIT ISC", named("MIT ISC")),
            ("see LICENSE\nwhole text", named("see LICENSE")),
            ("", named("")),
        ] {
            assert_eq!(License::of(words), expected, "{words:?}");
        }
        assert!(
            matches!(License::of(&"é".repeat(500)), License::Named(text) if text.chars().count() == WORDS)
        );
    }

    #[test]
    fn aliases_lead_to_ids_of_the_list() {
        for (alias, id) in ALIASES {
            assert!(IDS.lines().any(|listed| listed == *id), "{alias}: {id}");
            assert_eq!(*alias, alias.to_lowercase());
        }
    }
}
