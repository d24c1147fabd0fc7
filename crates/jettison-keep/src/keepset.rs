//! The result of a decision: each kept name with its reason, what each rule cost, and what was risked.

use std::collections::BTreeMap;

use jettison_packages::Whole;
use jettison_rootfs::{Kind, PathId, Tree};

/// Why a name is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The rule that wanted it first.
    pub rule: &'static str,
    /// In words, finishing "kept because it is ...".
    pub because: String,
    /// The kept name that needs it, where there is one.
    pub by: Option<PathId>,
}

/// What a rule kept that nothing before it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleCost {
    /// Names of any kind.
    pub names: u64,
    /// Bytes of regular files, each file counted once.
    pub bytes: u64,
}

/// A name that a switched-off rule would have kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk {
    /// The name.
    pub path: PathId,
    /// Why the rule wanted it.
    pub reason: Reason,
}

/// Every kept name with its reason.
#[derive(Clone, Debug, Default)]
pub struct KeepSet {
    reasons: BTreeMap<PathId, Reason>,
    /// What switched-off rules would have kept, in the order of the names.
    pub risks: Vec<Risk>,
    /// Kept files that get other bytes than the fat image's: package databases, trimmed to what is left. Everything
    /// but the size stays as the layer has it.
    pub rewrites: BTreeMap<PathId, Vec<u8>>,
    /// Databases that name what is gone, and could not be trimmed.
    pub whole: Vec<Whole>,
}

impl KeepSet {
    /// Adds a name unless it is there already. Returns whether it is new.
    pub(crate) fn add(&mut self, path: PathId, reason: Reason) -> bool {
        match self.reasons.entry(path) {
            std::collections::btree_map::Entry::Occupied(_) => false,
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(reason);
                true
            }
        }
    }

    /// Takes a name out: an explicit exclusion by the user does that, and a trimmed database with what only the whole one needs.
    pub(crate) fn remove(&mut self, path: PathId) {
        self.reasons.remove(&path);
    }

    /// Whether the name stays.
    pub fn contains(&self, path: PathId) -> bool {
        self.reasons.contains_key(&path)
    }

    /// Why the name stays.
    pub fn reason(&self, path: PathId) -> Option<&Reason> {
        self.reasons.get(&path)
    }

    /// Every kept name with its reason, in the order of the names' ids.
    pub fn iter(&self) -> impl Iterator<Item = (PathId, &Reason)> {
        self.reasons.iter().map(|(&path, reason)| (path, reason))
    }

    /// How many names stay.
    pub fn len(&self) -> usize {
        self.reasons.len()
    }

    /// Whether nothing stays.
    pub fn is_empty(&self) -> bool {
        self.reasons.is_empty()
    }

    /// What each rule cost, by its name.
    pub fn costs(&self, tree: &Tree) -> BTreeMap<&'static str, RuleCost> {
        let mut counted = vec![false; tree.inode_count()];
        let mut costs: BTreeMap<&'static str, RuleCost> = BTreeMap::new();
        for (path, reason) in self.iter() {
            let cost = costs.entry(reason.rule).or_default();
            cost.names += 1;
            let id = tree.inode_id(path);
            let is_first = !std::mem::replace(&mut counted[id.index()], true);
            if is_first && tree.inode_by_id(id).kind == Kind::File {
                let rewritten = self.rewrites.get(&path).map(|bytes| bytes.len() as u64);
                cost.bytes += rewritten.unwrap_or(tree.inode_by_id(id).size);
            }
        }
        costs
    }
}
