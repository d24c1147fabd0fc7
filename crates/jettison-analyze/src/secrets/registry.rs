//! All kinds of secrets.

use std::sync::LazyLock;

use super::{rule::SecretRule, rules};

/// Every kind, the telling ones first: where two kinds claim the same bytes, the earlier one has them.
pub static RULES: LazyLock<Vec<&'static SecretRule>> = LazyLock::new(|| {
    let groups: [&'static [SecretRule]; 9] = [
        rules::keys::RULES,
        rules::cloud::RULES,
        rules::forge::RULES,
        rules::registry::RULES,
        rules::chat::RULES,
        rules::payment::RULES,
        rules::service::RULES,
        rules::observability::RULES,
        rules::settings::RULES,
    ];
    groups.into_iter().flatten().collect()
});

/// The kind called `id`.
pub fn secret_rule(id: &str) -> Option<&'static SecretRule> {
    RULES.iter().copied().find(|rule| rule.id.eq_ignore_ascii_case(id))
}

/// Raised when the search finds something else in the same bytes though no rule came or went.
const REVISION: u64 = 4;

/// Changes with the rules, so that what other rules found is not taken from a cache.
pub(crate) fn fingerprint() -> u64 {
    static FINGERPRINT: LazyLock<u64> = LazyLock::new(|| {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&REVISION.to_le_bytes());
        for rule in RULES.iter() {
            hasher.update(rule.id.as_bytes());
            for anchor in rule.anchors {
                hasher.update(&[0]);
                hasher.update(anchor.as_bytes());
            }
        }
        let mut first = [0; 8];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        u64::from_le_bytes(first)
    });
    *FINGERPRINT
}

/// The place of a rule in [`RULES`].
pub(crate) fn number_of(id: &str) -> u16 {
    let place = RULES.iter().position(|rule| rule.id == id);
    let place = place.expect("only rules of the table are asked for");
    u16::try_from(place).expect("there are some hundred rules")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::secrets::rule::{Scope, Search};

    #[test]
    fn ids_are_unique_and_anchors_rare_enough() {
        let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len());
        assert!(ids.len() >= 100, "{}", ids.len());
        for rule in RULES.iter().filter(|rule| rule.search == Search::Literal) {
            let least = if rule.scope == Scope::Everywhere { 6 } else { 3 };
            assert!(rule.anchors.iter().all(|anchor| anchor.len() >= least), "{}", rule.id);
        }
    }
}
