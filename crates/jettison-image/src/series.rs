//! Tags that move with a version: `1.4.2` is also `1.4` and `1`.

use std::{cmp::Ordering, fmt, str::FromStr};

/// Words with which a version says that it comes before the one it names. `1.4.2-slim` is a variant,
/// `1.4.2-rc1` is not out yet.
const BEFORE: [&str; 15] = [
    "a",
    "alpha",
    "b",
    "beta",
    "canary",
    "dev",
    "ea",
    "m",
    "milestone",
    "nightly",
    "pre",
    "preview",
    "rc",
    "snapshot",
    "unstable",
];

/// A version as the tag of an image: `1.4.2`, `v1.4.2-slim`, `1.4.2-rc.1-alpine`.
///
/// Ordered by its numbers; of two with the same numbers, one that is not out yet comes first. Prefix and
/// variant do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionTag {
    /// `v`, or nothing.
    prefix: String,
    /// One to three numbers.
    numbers: Vec<u64>,
    /// What stands behind the first dash, if that is a variant.
    variant: Option<String>,
    /// The same, if the version is not out yet.
    prerelease: Option<String>,
}

/// Why a tag is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "tag {tag:?} is no version: {problem} (expected MAJOR.MINOR.PATCH, as in 1.4.2 or v1.4.2-slim)"
)]
pub struct VersionTagError {
    tag: String,
    problem: &'static str,
}

impl FromStr for VersionTag {
    type Err = VersionTagError;

    fn from_str(tag: &str) -> Result<Self, VersionTagError> {
        let fail = |problem| VersionTagError { tag: tag.chars().take(130).collect(), problem };
        let (prefix, rest) = match tag.strip_prefix('v') {
            Some(rest) => ("v", rest),
            None => ("", tag),
        };
        let (numbers, suffix) = match rest.split_once('-') {
            Some((_, "")) => return Err(fail("nothing stands behind its dash")),
            Some((numbers, suffix)) => (numbers, Some(suffix)),
            None => (rest, None),
        };
        let number = |text: &str| match text {
            "" => Err(fail("a number is missing")),
            text if text.len() > 1 && text.starts_with('0') => {
                Err(fail("a number begins with 0, as dates do"))
            }
            text if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().map_err(|_error| fail("a number is too large"))
            }
            _ => Err(fail("a part is not a number")),
        };
        let numbers: Vec<u64> = numbers.split('.').map(number).collect::<Result<_, _>>()?;
        if numbers.len() > 3 {
            return Err(fail("it has more than three numbers"));
        }
        let is_before = suffix.is_some_and(comes_before);
        let suffix = suffix.map(str::to_owned);
        let (prerelease, variant) = if is_before { (suffix, None) } else { (None, suffix) };
        Ok(Self { prefix: prefix.to_owned(), numbers, variant, prerelease })
    }
}

/// Whether a suffix begins with a word for what is not out yet, or with a number, which by semantic
/// versioning means the same.
fn comes_before(suffix: &str) -> bool {
    let first = suffix.split(['-', '.', '_']).next().unwrap_or(suffix);
    let word = first.trim_end_matches(|character: char| character.is_ascii_digit());
    word.is_empty() || BEFORE.contains(&word.to_ascii_lowercase().as_str())
}

impl fmt::Display for VersionTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_numbers(self.numbers.len()))?;
        self.prerelease.as_ref().map_or(Ok(()), |text| write!(f, "-{text}"))
    }
}

impl VersionTag {
    /// Whether the version is not out yet: it leads no series.
    pub fn is_prerelease(&self) -> bool {
        self.prerelease.is_some()
    }

    /// The tags that mean this version as long as no newer one is out, the most exact first: for `1.4.2`
    /// `1.4` and `1`, for `1.4.2-slim` `1.4-slim` and `1-slim`.
    ///
    /// None for what is not out yet. `0` is none either: before 1.0.0 every minor version may break
    /// (semantic versioning, item 4), so that a tag `0` would promise nothing.
    pub fn series(&self) -> Vec<String> {
        if self.is_prerelease() {
            return Vec::new();
        }
        let shortest = if self.numbers[0] == 0 { 2 } else { 1 };
        (shortest..self.numbers.len()).rev().map(|count| self.with_numbers(count)).collect()
    }

    /// What `latest` is called for this variant: `latest` itself, or the variant's name alone, as official
    /// images have it.
    pub fn latest(&self) -> String {
        self.variant.clone().unwrap_or_else(|| "latest".to_owned())
    }

    /// Whether both are of one line of versions: same prefix, same variant.
    pub fn is_same_line(&self, other: &Self) -> bool {
        (&self.prefix, &self.variant) == (&other.prefix, &other.variant)
    }

    /// Whether the tag `series` (of [`Self::series`] of some version) covers this version.
    pub fn is_in(&self, series: &str) -> bool {
        self.series().iter().any(|own| own == series)
    }

    /// The version that an image with a broken contract should have had: the next major one, before 1.0.0
    /// the next minor one.
    pub fn after_break(&self) -> String {
        let at = |place: usize| self.numbers.get(place).copied().unwrap_or_default();
        self.named(&if at(0) == 0 { [0, at(1) + 1, 0] } else { [at(0) + 1, 0, 0] })
    }

    /// The version that an image with additions to its contract should have had: the next minor one.
    pub fn after_addition(&self) -> String {
        let at = |place: usize| self.numbers.get(place).copied().unwrap_or_default();
        self.named(&[at(0), at(1) + 1, 0])
    }

    fn with_numbers(&self, count: usize) -> String {
        self.named(&self.numbers[..count])
    }

    fn named(&self, numbers: &[u64]) -> String {
        let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
        let suffix = self.variant.as_ref().map(|variant| format!("-{variant}"));
        format!("{}{}{}", self.prefix, numbers.join("."), suffix.unwrap_or_default())
    }
}

impl Ord for VersionTag {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| {
            let at = |place: usize| version.numbers.get(place).copied().unwrap_or_default();
            [at(0), at(1), at(2)]
        };
        let before = |version: &Self| version.prerelease.is_none();
        numbers(self)
            .cmp(&numbers(other))
            .then_with(|| before(self).cmp(&before(other)))
            .then_with(|| self.to_string().cmp(&other.to_string()))
    }
}

impl PartialOrd for VersionTag {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(tag: &str) -> VersionTag {
        tag.parse().expect(tag)
    }

    #[test]
    fn a_version_leads_its_series() {
        for (tag, series) in [
            ("1.4.2", &["1.4", "1"][..]),
            ("v1.4.2", &["v1.4", "v1"]),
            ("1.4.2-slim", &["1.4-slim", "1-slim"]),
            ("1.4.2-alpine3.19", &["1.4-alpine3.19", "1-alpine3.19"]),
            ("v2.0.0-bookworm-slim", &["v2.0-bookworm-slim", "v2-bookworm-slim"]),
            ("1.4", &["1"]),
            ("1", &[]),
            ("0.4.2", &["0.4"]),
            ("0.4", &[]),
            ("10.20.30", &["10.20", "10"]),
            ("1.4.2-rc1", &[]),
            ("1.4.2-rc.1", &[]),
            ("1.4.2-RC1-slim", &[]),
            ("1.4.2-beta", &[]),
            ("1.4.2-alpha.3", &[]),
            ("1.4.2-SNAPSHOT", &[]),
            ("1.4.2-m2", &[]),
            ("1.4.2-1", &[]),
            ("1.4.2-preview-alpine", &[]),
            ("1.4.2-alpine", &["1.4-alpine", "1-alpine"]),
        ] {
            assert_eq!(version(tag).series(), series, "{tag}");
            assert_eq!(version(tag).to_string(), tag);
        }
    }

    #[test]
    fn what_is_no_version_says_why() {
        for (tag, part) in [
            ("latest", "not a number"),
            ("", "a number is missing"),
            ("v", "a number is missing"),
            ("1.4.", "a number is missing"),
            ("1.4.2.1", "more than three"),
            ("1.4.2-", "nothing stands behind"),
            ("2024.05.01", "as dates do"),
            ("1.x", "not a number"),
            ("99999999999999999999", "too large"),
        ] {
            let error = tag.parse::<VersionTag>().expect_err(tag).to_string();
            assert!(error.contains(part) && error.contains("1.4.2"), "{tag}: {error}");
        }
    }

    #[test]
    fn what_it_should_have_been() {
        for (tag, broken, added) in [
            ("1.4.2", "2.0.0", "1.5.0"),
            ("v1.4.2-slim", "v2.0.0-slim", "v1.5.0-slim"),
            ("0.4.2", "0.5.0", "0.5.0"),
            ("3", "4.0.0", "3.1.0"),
        ] {
            assert_eq!(version(tag).after_break(), broken);
            assert_eq!(version(tag).after_addition(), added);
        }
    }

    #[test]
    fn latest_is_named_for_the_variant() {
        assert_eq!(version("1.4.2").latest(), "latest");
        assert_eq!(version("1.4.2-slim").latest(), "slim");
        assert!(version("1.4.2-slim").is_in("1-slim") && !version("1.4.2").is_in("1-slim"));
        assert!(!version("1.4.2").is_same_line(&version("v1.4.2")));
    }

    #[test]
    fn versions_are_ordered() {
        let tags = ["0.9.9", "1", "1.0.1-beta", "1.0.1-rc1", "1.0.1", "1.2", "1.10.0", "2.0.0"];
        let mut sorted: Vec<VersionTag> = tags.iter().rev().map(|tag| version(tag)).collect();
        sorted.sort();
        assert_eq!(sorted.iter().map(ToString::to_string).collect::<Vec<_>>(), tags);
    }

    proptest! {
        #[test]
        fn a_series_covers_its_version_and_is_shorter(
            numbers in prop::collection::vec(0u64..50, 1..=3),
            prefix in "v?",
            variant in prop::option::of("[c-l][a-z]{2,5}[0-9]?"),
        ) {
            let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
            let suffix = variant.map(|variant| format!("-{variant}")).unwrap_or_default();
            let tag = format!("{prefix}{}{suffix}", numbers.join("."));
            let version: VersionTag = tag.parse().expect("a version");
            prop_assert_eq!(version.to_string(), tag.clone());
            for series in version.series() {
                prop_assert!(version.is_in(&series));
                prop_assert!(series.len() < tag.len() && series.ends_with(&suffix));
                let shorter: VersionTag = series.parse().expect("a version too");
                prop_assert!(shorter.is_same_line(&version));
            }
        }

        #[test]
        fn any_text_is_a_version_or_an_error(text in ".{0,40}") {
            drop(text.parse::<VersionTag>());
        }
    }
}
