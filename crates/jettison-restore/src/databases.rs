//! Package databases that slimming cut down: as they must be for what is there again.

use std::collections::{BTreeMap, BTreeSet};

use jettison_packages::{Landmarks, Packages, database_parts, trimmed};
use jettison_rootfs::{ChangeKind, Field, PathId, Rewrites, diff};

use crate::{RestoreError, Whole};

/// What becomes of them.
#[derive(Debug, Default)]
pub(crate) struct Databases {
    /// New bytes of those that list less than the fat image's.
    pub(crate) rewrites: Rewrites,
    /// Files of those that come back as they were, and that the slim image does not have.
    pub(crate) parts: BTreeSet<PathId>,
}

impl Whole {
    /// Looks at the databases that the slim image has in a shorter form, when what `keeps` keeps is there. One that the user
    /// `wants` comes back as it was, and so does one of whose packages all are there.
    pub(crate) fn databases(
        &self,
        keeps: &dyn Fn(PathId) -> bool,
        wants: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Databases, RestoreError> {
        let tree = self.tree();
        let changes = diff(tree, self.slim_tree())?.into_iter();
        let has_other_bytes = |kind: &ChangeKind| matches!(kind, ChangeKind::Modified(fields) if fields.contains(&Field::Content));
        let shorter: BTreeSet<PathId> = changes
            .filter(|change| has_other_bytes(&change.kind))
            .filter_map(|change| tree.find(&change.path))
            .collect();
        let mut found = Databases::default();
        if shorter.is_empty() {
            return Ok(found);
        }
        let packages = Packages::of(tree, &Landmarks::of(tree));
        let mut trimmed: BTreeMap<PathId, Rewrites> = trimmed(tree, &packages, keeps)
            .trimmed
            .into_iter()
            .map(|database| (database.home, database.rewrites))
            .collect();
        trimmed.retain(|home, _| shorter.contains(home));
        // A database in several files is one thing: all of it is as it was, or none.
        let mut seen = BTreeSet::new();
        for (_, package) in packages.iter().filter(|(_, package)| shorter.contains(&package.home)) {
            if !seen.insert(package.home) {
                continue;
            }
            let parts = database_parts(tree, package);
            let is_wanted = parts.iter().any(|&part| wants(&tree.path(part)));
            if is_wanted || !trimmed.contains_key(&package.home) {
                trimmed.remove(&package.home);
                found.parts.extend(parts.into_iter().filter(|&part| !self.is_in_slim(part)));
            }
        }
        // Of lists that are no package's own (RECORD), the list itself is what may be wanted.
        trimmed.retain(|home, _| seen.contains(home) || !wants(&tree.path(*home)));
        let rewrites = trimmed.into_values().flatten();
        found.rewrites = rewrites.filter(|(path, _)| keeps(*path)).collect();
        Ok(found)
    }
}
