//! A secret in a file, as it is kept: never its value.

use super::{
    registry::RULES,
    rule::{Found, SecretRule},
};

/// A secret in a file of a layer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretHit {
    /// The entry's place in the layer.
    pub entry: u32,
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// The line it begins in, from 1; 0 in files that are no text or too long to count.
    pub line: u32,
    /// The kind's place in [`super::RULES`].
    pub rule: u16,
    /// The value as it may be shown: what all of its kind begin with, and its length.
    pub masked: String,
    /// Equal for equal values. It is never shown.
    pub print: u64,
}

impl SecretHit {
    /// The kind of secret.
    pub fn rule(&self) -> &'static SecretRule {
        RULES[usize::from(self.rule)]
    }

    /// Where the value ends, as its masked form tells.
    pub(crate) fn end(&self) -> u64 {
        let len =
            self.masked.rsplit('(').next().and_then(|len| len.trim_end_matches(')').parse().ok());
        self.offset + len.unwrap_or(0_u64)
    }

    pub(crate) fn new(rule: u16, bytes: &[u8], found: &Found) -> Self {
        let value = &bytes[found.range.clone()];
        Self {
            entry: 0,
            offset: found.range.start as u64,
            line: 0,
            rule,
            masked: masked(value, found.public),
            print: print(value),
        }
    }
}

/// The first `public` characters, and how many there are.
fn masked(value: &[u8], public: usize) -> String {
    let shown: String = value[..public.min(value.len())]
        .iter()
        .map(|&byte| if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '?' })
        .collect();
    format!("{shown}**** ({})", value.len())
}

fn print(value: &[u8]) -> u64 {
    let mut hasher = blake3::Hasher::new_derive_key("jettison 2025 equal secrets");
    hasher.update(value);
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_part_is_shown() {
        let found = Found { range: 2..12, public: 4 };
        let hit = SecretHit::new(0, b"x=ghp_abcdef;", &found);
        assert_eq!((hit.masked.as_str(), hit.offset), ("ghp_**** (10)", 2));
        let other = SecretHit::new(0, b"ghp_abcdef", &Found::private(0..10));
        assert_eq!((other.masked.as_str(), other.print == hit.print), ("**** (10)", true));
    }
}
